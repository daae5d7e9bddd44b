import * as assert from 'node:assert/strict'
import {
  cast,
  clamp,
  counters,
  linear,
  median,
  memoryLimit,
  monitor,
  pipe,
  VoxlineError,
} from '../../ts/index.ts'
import { bytesOf, collected, disposed, limitAbove } from '../support/admission.ts'
import { until } from '../support/counted-source.ts'
import { noise } from '../support/naive-filters.ts'
import { suite } from '../support/suite.ts'
import { temporaryFiles } from '../support/temporary.ts'

const test = suite('lifecycle/keep-memory')
const mebi = 2 ** 20
const shape = [256, 256, 128]
const bytes = 16 * mebi
const before = memoryLimit()

test.after.each(() => {
  memoryLimit(before)
})

test('kept bytes count in the budget, and the least one that works is named', async () => {
  const volume = noise(shape, 'int16')
  const steps = () => [median(), clamp({ low: 0 })] as const
  const [first, second] = steps()
  const plain = await pipe(volume, ...steps()).explain()
  const kept = await pipe(volume, first.keep(), second).explain()
  assert.ok(kept.peak >= bytes)
  assert.ok(kept.least >= bytes && kept.least < plain.least + 2 * bytes, `${kept.least}`)
  const pipeline = pipe(volume, first, second)
  const file = temporaryFiles()
  await assert.rejects(pipeline.write(file('a.nii'), { memory: bytes }), (error) => {
    assert.ok(error instanceof VoxlineError && error.code === 'Memory')
    return Number(error.details.required) > bytes
  })
  await pipeline.write(file('a.nii'), { memory: kept.least })
  assert.ok(
    await (await pipe(file('a.nii'), clamp()).compute()).equals(await pipe(volume, ...steps()).compute()),
  )
  pipeline.release()
  first.release()
})

test('release gives the memory back at once, or when the last run that reads it has ended', async () => {
  const volume = noise(shape, 'int16')
  const pipeline = pipe(volume, clamp({ low: 1 })).keep()
  await collected()
  const { live } = counters()
  const result = await pipeline.compute()
  result.dispose()
  assert.equal(counters().live, live + bytes)
  pipeline.release()
  assert.equal(counters().live, live)
  pipeline.keep()
  const tiles = pipeline.tiles({ divisions: 4 })
  const expected = await pipe(volume, clamp({ low: 1 })).compute()
  const { live: withExpected } = counters()
  let count = 0
  for await (const { region, volume: tile } of tiles) {
    if (count++ === 0) pipeline.release()
    assert.ok(await tile.equals(expected.view(region)))
    tile.dispose()
  }
  assert.equal(count, 4)
  await until(() => counters().live === withExpected)
  assert.equal(counters().live, withExpected)
})

test('where memory is wanted, what was used longest ago goes first', async () => {
  const volume = noise(shape, 'int16')
  const steps = [1, 2, 3].map((low) => clamp({ low }).keep())
  const seen = steps.map((step) => monitor(step))
  const pipelines = steps.map((step) => pipe(volume, step))
  await collected()
  const { live } = counters()
  const run = (k: number) => disposed(pipelines[k].compute({ divisions: 4 }))
  for (const k of [0, 1, 2, 0]) await run(k)
  assert.equal(counters().live, live + 3 * bytes)
  seen.forEach((one) => {
    one.reset()
  })
  const large = pipe(noise([256, 256, 256], 'int16'), linear({ scale: 2 }))
  const wanted = await bytesOf(() => large.compute({ divisions: 4 }))
  // Too little beside all three: the second was used longest ago.
  await limitAbove(wanted - bytes / 2)
  await disposed(large.compute({ divisions: 4 }))
  memoryLimit(before)
  for (const k of [0, 1, 2]) await run(k)
  const again = seen.map(({ runs }) => runs > 0)
  assert.deepEqual(again.slice(0, 2), [false, true])
  for (const step of steps) step.release()
})

test('what a run reads is not taken from it', async () => {
  const step = cast({ dtype: 'float32' }).keep()
  const seen = monitor(step)
  const pipeline = pipe(noise(shape, 'int16'), step, median())
  const compute = () => pipeline.compute({ divisions: 2 })
  await disposed(compute())
  const wanted = await bytesOf(compute)
  await collected()
  const { live } = counters()
  // Room for the run beside what it reads.
  await limitAbove(wanted + 16 * mebi)
  await disposed(compute())
  assert.deepEqual([seen.runs, counters().live], [2, live])
  await limitAbove(wanted - 16 * mebi)
  await assert.rejects(compute(), (error) => {
    assert.ok(error instanceof VoxlineError && error.code === 'Memory')
    assert.equal(error.details.required, wanted + 2 * bytes)
    return error.details.limit === memoryLimit()
  })
  assert.equal(counters().live, live)
  memoryLimit(before)
  await disposed(compute())
  assert.equal(seen.runs, 2)
  step.release()
})

test('what is kept for a run at work cannot go, and counts once', async () => {
  const kept = pipe(noise(shape, 'int16'), clamp({ low: 1 })).keep()
  const other = pipe(noise([256, 256, 256], 'int16'), median())
  const wanted = await bytesOf(() => other.compute({ divisions: 4 }))
  await disposed(kept.compute())
  await limitAbove(wanted - bytes / 2)
  const parts = kept.tiles({ divisions: 4 })
  const first = await parts.next()
  await assert.rejects(other.compute({ divisions: 4 }), (error) => (error as VoxlineError).code === 'Memory')
  first.value?.volume.dispose()
  for await (const { volume: tile } of parts) tile.dispose()
  // Nobody reads it any longer: it goes.
  await disposed(other.compute({ divisions: 4 }))
  kept.release()
})

test.run()
