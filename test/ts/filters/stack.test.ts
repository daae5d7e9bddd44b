import * as assert from 'node:assert/strict'
import { pipe, projection, stack, Volume } from '../../../ts/index.ts'
import { eachIndex, noise } from '../../support/naive-filters.ts'
import { refusal } from '../../support/refusal.ts'
import { suite } from '../../support/suite.ts'
import { temporaryFiles } from '../../support/temporary.ts'

const test = suite('filters/stack')
const file = temporaryFiles()

test('volumes become a series, in the orientation of the first, however the run is cut', async () => {
  const spacing = [0.7, 1.1, 2.5]
  const frames = Array.from({ length: 7 }, (_, k) => noise([5, 4, 3], 'int16', { seed: k, spacing }))
  const given = frames.map((frame, k) => (k % 2 ? frame.flip([0, 2]) : frame))
  const series = pipe(given[0] as Volume, stack(given.slice(1), { spacing: 2.2, origin: 1.5 }))
  const made = await series.compute()
  assert.deepEqual([made.shape, made.orientation], [[5, 4, 3, 7], 'LPIT'])
  assert.deepEqual([made.spacing, made.affine], [[...spacing, 2.2], frames[0]?.affine])
  assert.equal(made.header.timing?.offset, 1.5)
  eachIndex(made.shape, (index) =>
    assert.equal(made.get(...index), (frames[index[3] as number] as Volume).get(...index.slice(0, 3))),
  )
  for (const way of [{ divisions: 5 }, { split: 'blocks', divisions: 9 }, { executor: 'reference' }] as const)
    assert.ok(await made.equals(await series.compute(way)))
  await series.write(file('series.nii.gz'), { divisions: 4 })
  using read = await Volume.read(file('series.nii.gz'))
  assert.ok(await read.equals(made))
  assert.deepEqual([read.spacing[3], read.header.timing?.offset], [made.spacing[3], 1.5].map(Math.fround))
})

test('slices become the volume they were cut from, wherever they lie along its axis', async () => {
  const affine = [
    [-1.5, 0.2, 0, 10],
    [0.1, 2, 0, -20],
    [0, 0, 3, 30],
    [0, 0, 0, 1],
  ]
  const whole = noise([5, 4, 6], 'uint8', { affine })
  const slices = Array.from({ length: 6 }, (_, k) =>
    pipe(whole.view({ start: [0, 0, k], shape: [5, 4, 1] }), projection({ axis: 2, keepAxis: false })),
  )
  const again = pipe(slices[0] as (typeof slices)[0], stack(slices.slice(1), { spacing: 3 }))
  const made = await again.compute()
  assert.ok(await made.equals(whole))
  assert.deepEqual([made.affine, made.orientation], [whole.affine, whole.orientation])
  const moved = await pipe(slices[0] as (typeof slices)[0], stack([], { spacing: 3, origin: -2 })).info()
  assert.deepEqual(moved.geometry.origin, [10, -20, 28])
})

test('lines become a slice; axes beyond time are places without an origin', async () => {
  const line = noise([9], 'float32')
  const slice = await pipe(line, stack([line, line], { spacing: 2 })).info()
  assert.deepEqual([slice.shape, slice.geometry.orientation, slice.geometry.spacing], [[9, 3], 'LA', [1, 2]])
  const series = noise([3, 2, 2, 4], 'float32')
  const five = await pipe(series, stack([series])).info()
  assert.deepEqual([five.shape, five.geometry.orientation], [[3, 2, 2, 4, 2], 'LPITU'])
  const begun = pipe(series, stack([series], { origin: 1 }))
  await assert.rejects(begun.info(), /stack\.origin must be 0 along axis 4/)
})

test('volumes of another grid are refused', async () => {
  const one = noise([4, 3, 2], 'int16')
  const rows = [
    [-1, 0, 0, 0],
    [0, -1, 0, 0],
    [0, 0, -1, 1],
    [0, 0, 0, 1],
  ]
  const apart = noise([4, 3, 2], 'int16', { affine: rows })
  await assert.rejects(pipe(one, stack([apart])).info(), refusal('ShapeMismatch', 'stack.operands[0]'))
  const short = pipe(one, stack([noise([4, 3, 1], 'int16')]))
  await assert.rejects(short.info(), /stack\.operands\[0\] must have the shape \[4,3,2\];/)
  const deep = noise([1, 1, 1, 1, 1, 1, 1, 2], 'int16')
  await assert.rejects(pipe(deep, stack([])).info(), /at most 7 axes/)
})

test.run()
