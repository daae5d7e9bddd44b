import * as assert from 'node:assert/strict'
import {
  add,
  cast,
  clamp,
  gaussian,
  linear,
  median,
  monitor,
  pipe,
  rescaleIntensity,
  statistics,
  Volume,
} from '../../../ts/index.ts'
import { countedSource, voxelCount } from '../../support/counted-source.ts'
import { noise } from '../../support/naive-filters.ts'
import { refusal } from '../../support/refusal.ts'
import { suite } from '../../support/suite.ts'
import { temporaryFiles } from '../../support/temporary.ts'

const test = suite('pipeline/keep')
const shape = [19, 7, 10]

test('without keep every run starts from its source, with it nothing runs again', async () => {
  const volume = noise(shape, 'int16')
  const step = median()
  const seen = monitor(step)
  const pipeline = pipe(volume, step)
  const expected = await pipeline.compute({ divisions: 10 })
  await pipeline.compute({ divisions: 10 })
  assert.equal(seen.runs, 20)
  seen.reset()
  pipeline.keep()
  for (let k = 0; k < 3; k++) assert.ok(await (await pipeline.compute({ divisions: 10 })).equals(expected))
  assert.equal(seen.runs, 10)
})

test('a step is kept wherever it stands, and what is above runs by itself', async () => {
  const [low, high] = [median().keep(), linear({ scale: 2 })]
  const [below, above] = [monitor(low), monitor(high)]
  const volume = noise(shape, 'int16')
  const pipeline = pipe(volume, low, high)
  const first = await pipeline.compute()
  assert.deepEqual([below.runs, above.runs], [1, 1])
  high.set({ scale: 3 })
  const second = await pipeline.compute()
  assert.deepEqual([below.runs, above.runs], [1, 2])
  const [a, b] = [first.data as Float32Array, second.data as Float32Array]
  assert.ok(a.some((value) => value !== 0))
  a.forEach((value, k) => {
    assert.equal(b[k], Math.fround(value * 1.5))
  })
})

test('options are compared by value', async () => {
  const step = median({ radius: [1, 1, 1] })
  const seen = monitor(step)
  const pipeline = pipe(noise(shape, 'int16'), step).keep()
  const small = await pipeline.compute()
  step.set({ radius: [1, 1, 1] })
  assert.throws(() => step.set({ radius: -1 }), refusal('InvalidArgument'))
  await pipeline.info()
  await pipeline.explain()
  await pipeline.compute()
  assert.equal(seen.runs, 1)
  step.set({ radius: [2, 1, 1] })
  const large = await pipeline.compute()
  assert.equal(seen.runs, 2)
  assert.ok(!(await large.equals(small)))
  assert.ok(await large.equals(await pipe(pipeline.source, median({ radius: [2, 1, 1] })).compute()))
})

test('a volume that was written to is read again, by hand only after touch', async () => {
  const volume = Volume.create({ shape, dtype: 'int16' })
  const step = linear({ scale: 2, shift: 1 })
  const seen = monitor(step)
  const pipeline = pipe(volume, step).keep()
  const valueNow = async () => (await pipeline.compute()).get(3, 4, 5)
  assert.equal(await valueNow(), 1)
  await volume.fill(7)
  assert.equal(await valueNow(), 15)
  volume.set(9, 3, 4, 5)
  assert.equal(await valueNow(), 19)
  assert.equal(seen.runs, 3)
  volume.data.fill(30)
  assert.equal(await valueNow(), 19)
  volume.touch()
  assert.equal(await valueNow(), 61)
  assert.equal(seen.runs, 4)
})

test('a further input that was written to, or exchanged, ends what is kept', async () => {
  const [volume, other] = [noise(shape, 'int16'), Volume.create({ shape, dtype: 'int16' })]
  const step = add(other)
  const seen = monitor(step)
  const pipeline = pipe(volume, step).keep()
  const difference = async () => Number((await pipeline.compute()).get(1, 2, 3)) - Number(volume.get(1, 2, 3))
  assert.equal(await difference(), 0)
  assert.equal(await difference(), 0)
  assert.equal(seen.runs, 1)
  await other.fill(5)
  assert.equal(await difference(), 5)
  step.set({ operand: 11 })
  assert.equal(await difference(), 11)
  assert.equal(seen.runs, 3)
})

test('a file that was replaced is read again', async () => {
  const file = temporaryFiles()
  const [first, second] = [noise(shape, 'int16'), noise([19, 7, 11], 'int16')]
  await first.write(file('a.nii'))
  const step = median()
  const seen = monitor(step)
  const pipeline = pipe(file('a.nii'), step).keep()
  await pipeline.compute()
  await pipeline.compute()
  assert.equal(seen.runs, 1)
  await second.write(file('a.nii'), { overwrite: true })
  assert.ok(await (await pipeline.compute()).equals(await pipe(second, median()).compute()))
  assert.equal(seen.runs, 2)
})

test('release gives back what is kept, and nothing is kept any longer', async () => {
  for (const how of ['step', 'pipeline'] as const) {
    const step = median()
    const seen = monitor(step)
    const pipeline = pipe(noise(shape, 'int16'), step)
    if (how === 'step') step.keep()
    else pipeline.keep()
    const expected = await pipeline.compute()
    await pipeline.compute()
    assert.equal(seen.runs, 1, how)
    if (how === 'step') step.release()
    else pipeline.release()
    for (const runs of [2, 3]) {
      assert.ok(await (await pipeline.compute()).equals(expected))
      assert.equal(seen.runs, runs, how)
    }
  }
})

test('what needs the whole input beforehand does not read it again', async () => {
  for (const steps of [
    [rescaleIntensity({ min: 0, max: 1 })],
    [gaussian({ sigma: 2 })],
    [gaussian(), rescaleIntensity()],
  ]) {
    const { source, calls } = countedSource(shape)
    const pipeline = pipe(source, ...steps)
    const expected = await pipeline.compute()
    const pass = voxelCount(calls.regions)
    assert.ok(pass >= 19 * 7 * 10)
    pipeline.keep()
    await pipeline.compute()
    const read = voxelCount(calls.regions)
    assert.ok(read > pass)
    for (const options of [{}, { divisions: 4 }, { region: { start: [1, 2, 3], shape: [4, 4, 4] } }])
      await pipeline.compute(options)
    assert.ok(await (await pipe(pipeline, clamp()).compute()).equals(await pipe(expected, clamp()).compute()))
    assert.equal(voxelCount(calls.regions), read)
  }
})

test('a whole that is kept is written without another run', async () => {
  const file = temporaryFiles()
  const step = median({ radius: 2 })
  const seen = monitor(step)
  const pipeline = pipe(noise(shape, 'int16'), cast({ dtype: 'float32' }), step).keep()
  const expected = await pipeline.compute()
  assert.equal(seen.runs, 1)
  await pipeline.write(file('a.nii'), { divisions: 4 })
  assert.equal(seen.runs, 1)
  assert.ok(await (await Volume.read(file('a.nii'))).equals(expected))
})

test('what a last step measures is measured every time', async () => {
  const volume = noise(shape, 'int16')
  const pipeline = pipe(volume, statistics()).keep()
  const { mean } = await pipe(volume, statistics()).compute()
  for (let k = 0; k < 2; k++) assert.equal((await pipeline.compute()).mean, mean)
})

test.run()
