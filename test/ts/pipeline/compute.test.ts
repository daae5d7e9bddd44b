import * as assert from 'node:assert/strict'
import { clamp, flip, gaussian, linear, median, type Pipeline, pipe, Volume } from '../../../ts/index.ts'
import { fieldOf, noise } from '../../support/naive-filters.ts'
import { refusal } from '../../support/refusal.ts'
import { suite } from '../../support/suite.ts'
import { temporaryFiles } from '../../support/temporary.ts'

const test = suite('pipeline/compute')
const shape = [19, 7, 5]

test('a result goes into a volume, a view, or the input itself', async () => {
  const volume = noise(shape, 'int16')
  const expected = await pipe(volume, median()).compute()
  const around = Volume.create({ shape: [23, 9, 8], dtype: 'int16' })
  const view = around.view({ start: [2, 1, 3], shape }).flip([1])
  assert.equal(await pipe(volume, median()).compute({ into: view }), view)
  assert.ok(await view.equals(expected))
  assert.equal(
    fieldOf(around).values.reduce((sum, value) => sum + value, 0),
    fieldOf(expected).values.reduce((sum, value) => sum + value, 0),
  )
  const clamped = await pipe(volume, clamp({ low: 0 })).compute()
  const copy = await volume.copy()
  await pipe(copy, clamp({ low: 0 })).compute({ into: copy, divisions: 3 })
  assert.ok(await copy.equals(clamped))
  await pipe(volume, median()).compute({ into: volume, divisions: 3 })
  assert.ok(await volume.equals(expected))
})

test('a result goes into other memory of the same bytes', async () => {
  const volume = noise(shape, 'int16')
  const flipped = await pipe(volume, flip({ axes: [0] })).compute()
  const doubled = await pipe(volume, linear({ scale: 2, dtype: 'int16' })).compute()
  const bytes = new Int16Array(volume.size + 3)
  const wrapped = (offset: number) => Volume.wrap(bytes.subarray(offset, offset + volume.size), { shape })
  for (const offset of [0, 3])
    for (const [step, expected] of [
      [flip({ axes: [0] }), flipped],
      [linear({ scale: 2, dtype: 'int16' }), doubled],
    ] as const) {
      const [from, into] = [wrapped(0), wrapped(offset)]
      bytes.set(volume.data as Int16Array)
      from.touch()
      await pipe(from, step).compute({ into })
      assert.deepEqual([...into.data], [...expected.data])
    }
})

test('a wrapped array that was detached after a run is refused, as a source and as what is filled', async () => {
  const own = noise(shape, 'int16')
  for (const role of ['source', 'into'] as const) {
    const array = new Int16Array(own.size)
    const wrapped = Volume.wrap(array, { shape })
    const [from, into] = role === 'source' ? [wrapped, own] : [own, wrapped]
    const pipeline = pipe(from, clamp())
    await pipeline.compute({ into })
    structuredClone(array.buffer, { transfer: [array.buffer] })
    await assert.rejects(pipeline.compute({ into }), /detached/)
  }
})

test('into must fit', async () => {
  const pipeline = pipe(noise(shape, 'int16'), median())
  await assert.rejects(
    pipeline.compute({ into: Volume.create({ shape, dtype: 'uint16' }) }),
    refusal('ShapeMismatch', 'compute.into'),
  )
  await assert.rejects(
    pipeline.compute({ into: Volume.create({ shape: [19, 7, 4], dtype: 'int16' }) }),
    refusal('ShapeMismatch'),
  )
  await assert.rejects(pipeline.compute({ into: 3 as never }), refusal('InvalidArgument', 'compute.into'))
})

test('a result has the header of its source but for what its voxels no longer say', async () => {
  const file = temporaryFiles()
  const volume = noise(shape, 'int16')
  volume.header = { description: 'a scan', display: { min: 0, max: 9 } }
  await volume.write(file('a.nii'))
  const made = await pipe(file('a.nii'), median()).compute({ region: { start: [1, 2, 3] } })
  assert.equal(made.header.description, 'a scan')
  assert.equal(made.header.display, undefined)
  const { drops } = await pipe(file('a.nii'), median()).explain()
  assert.ok(drops.some(({ step, field }) => step === 'median' && field === 'display'))
})

test('options are read when a run begins', async () => {
  const volume = noise(shape, 'int16')
  const step = clamp({ low: 0 })
  const pipeline = pipe(volume, step)
  const run = pipeline.compute()
  step.set({ low: 50 })
  const first = await run
  const least = (made: Volume) => Math.min(...fieldOf(made).values)
  assert.equal(least(first), 0)
  assert.equal(least(await pipeline.compute()), 50)
})

test('a pipeline may run with itself at once, and be the source of another', async () => {
  const volume = noise(shape, 'int16')
  const smooth: Pipeline = pipe(volume, gaussian())
  const [a, b] = await Promise.all([smooth.compute({ divisions: 3 }), smooth.compute()])
  assert.ok(await a.equals(b))
  const both = await pipe(smooth, median()).compute()
  assert.ok(await both.equals(await pipe(a, median()).compute()))
})

test.run()
