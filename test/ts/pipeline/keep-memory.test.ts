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
} from '../../../ts/index.ts'
import { countedSource, until } from '../../support/counted-source.ts'
import { noise } from '../../support/naive-filters.ts'
import { suite } from '../../support/suite.ts'
import { temporaryFiles } from '../../support/temporary.ts'

const test = suite('pipeline/keep-memory')
const mebi = 2 ** 20
const shape = [128, 128, 128]
const bytes = 2 * 128 ** 3
const before = memoryLimit()

test.after.each(() => {
  memoryLimit(before)
})

// What the process takes and what is kept can be told apart only where nothing else runs.
function limitAbove(more: number): void {
  memoryLimit(process.memoryUsage.rss() - counters().pooled + more)
}

test('kept bytes count in the budget, and the least one that works is named', async () => {
  const volume = noise(shape, 'int16')
  const steps = () => [median(), clamp({ low: 0 })] as const
  const [first, second] = steps()
  const plain = await pipe(volume, ...steps()).explain()
  const kept = await pipe(volume, first.keep(), second).explain()
  assert.ok(kept.peak >= bytes)
  assert.ok(kept.least >= bytes && kept.least < bytes + 16 * mebi, `${kept.least}`)
  assert.ok(plain.least < bytes)
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
  const { live } = counters()
  const run = async (k: number) => {
    const result = await pipelines[k].compute({ memory: 64 * mebi, divisions: 4 })
    result.dispose()
  }
  for (const k of [0, 1, 2, 0]) await run(k)
  assert.equal(counters().live, live + 3 * bytes)
  seen.forEach((one) => {
    one.reset()
  })
  // Too little for this run beside all three: the second was used longest ago.
  const large = pipe(noise([128, 128, 512], 'int16'), linear({ scale: 2 }))
  const { peak } = await large.explain({ divisions: 1 })
  limitAbove(peak + 16 * mebi - bytes)
  const { live: withLarge } = counters()
  const made = await large.compute({ divisions: 1 })
  const freed = withLarge + made.byteLength - counters().live
  made.dispose()
  memoryLimit(before)
  assert.ok(freed > 0 && freed % bytes === 0 && freed < 3 * bytes, `${freed / bytes} released`)
  for (const k of [0, 1, 2]) await run(k)
  assert.deepEqual(
    seen.map(({ runs }) => runs > 0),
    freed === bytes ? [false, true, false] : [false, true, true],
  )
  for (const step of steps) step.release()
  assert.equal(counters().live, withLarge - 3 * bytes)
})

test('what a run reads is not taken from it', async () => {
  const { source, calls } = countedSource([64, 64, 64])
  const step = cast({ dtype: 'float32' }).keep()
  const pipeline = pipe(source, step, median())
  await (await pipeline.compute()).dispose()
  const reads = calls.regions.length
  const { peak } = await pipeline.explain({ divisions: 2 })
  const { live } = counters()
  // There is room for the run itself and what it reads, and for nothing else.
  limitAbove(peak + 4 * mebi)
  await (await pipeline.compute({ divisions: 2 })).dispose()
  assert.deepEqual([calls.regions.length, counters().live], [reads, live])
  limitAbove(mebi)
  await assert.rejects(pipeline.compute({ divisions: 2 }), (error) => {
    assert.ok(error instanceof VoxlineError && error.code === 'Memory')
    return Number(error.details.required) >= peak - 4 * mebi
  })
  assert.equal(counters().live, live)
  memoryLimit(before)
  await (await pipeline.compute({ divisions: 2 })).dispose()
  assert.equal(calls.regions.length, reads)
  step.release()
})

test('kept bytes leave less room for runs', async () => {
  const volume = noise([64, 64, 64], 'int16')
  const kept = pipe(noise(shape, 'int16'), clamp({ low: 1 })).keep()
  const small = pipe(volume, median())
  const { peak } = await small.explain({ divisions: 1 })
  const read = await kept.tiles({ divisions: 4 })
  const first = await read.next()
  // The kept voxels are being read, and cannot go.
  limitAbove(peak + bytes / 2)
  const waiting = small.compute({ divisions: 1 })
  first.value?.volume.dispose()
  for await (const { volume: tile } of read) tile.dispose()
  assert.deepEqual((await waiting).shape, [64, 64, 64])
  kept.release()
})

test.run()
