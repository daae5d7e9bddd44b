import * as assert from 'node:assert/strict'
import {
  add,
  cast,
  clamp,
  crop,
  flip,
  monitor,
  permute,
  pipe,
  projection,
  Volume,
} from '../../../../ts/index.ts'
import { madeSource } from '../../../support/made-source.ts'
import { noise } from '../../../support/naive-filters.ts'
import { refusal } from '../../../support/refusal.ts'
import { suite } from '../../../support/suite.ts'

const test = suite('pipeline/cases/geometry')

const blank = (shape: readonly number[]) => Volume.create({ shape, dtype: 'int16' }).geometry

test('case 35: a chain over a crop writes neither to the volume nor to what is kept', async () => {
  const volume = noise([32, 32, 32], 'int16')
  const before = await volume.copy()
  const part = crop({ start: [16, 16, 16], shape: [8, 8, 8] })
  const made = await pipe(volume, part, clamp({ low: -5, high: 5 })).compute()
  assert.deepEqual(
    [Math.min(...[...made.data].map(Number)), Math.max(...[...made.data].map(Number))],
    [-5, 5],
  )
  assert.ok(await volume.equals(before))
  const kept = cast({ dtype: 'float32' }).keep()
  const seen = monitor(kept)
  const own = await pipe(volume, part, kept).compute()
  const runs = seen.runs
  const clamped = await pipe(volume, part, kept, clamp({ low: -5, high: 5 })).compute()
  assert.ok(!(await clamped.equals(own)))
  assert.ok(await (await pipe(volume, part, kept).compute()).equals(own))
  assert.ok(await volume.equals(before))
  assert.equal(seen.runs - runs, 0)
})

test('case 36: a flipped crop keeps world positions and needs the mirrored part', async () => {
  const source = madeSource([20, 30, 40], 'int32', (x, y, z) => x + 100 * y + 10000 * z)
  const seen = monitor(source)
  const pipeline = pipe(source, crop({ start: [10, 20, 30], shape: [5, 4, 3] }), flip({ axes: [0, 2] }))
  const { geometry } = await pipeline.info()
  const world = blank([20, 30, 40])
  assert.deepEqual(geometry.indexToWorld([0, 0, 0]), world.indexToWorld([14, 20, 32]))
  assert.deepEqual(geometry.indexToWorld([4, 3, 2]), world.indexToWorld([10, 23, 30]))
  const made = await pipeline.compute({ region: { start: [1, 0, 0], shape: [2, 4, 1] } })
  assert.deepEqual(seen.needed, [{ start: [12, 20, 32], shape: [2, 4, 1] }])
  assert.deepEqual([made.get(0, 0, 0), made.get(1, 3, 0)], [322013, 322312])
})

test('case 37: voxel 0 of a permuted crop lies where its voxel lay', async () => {
  const source = madeSource([40, 40, 40], 'int32', (x, y, z) => x + 100 * y + 10000 * z)
  for (const axes of [
    [2, 0, 1],
    [1, 0, 2],
    [0, 2, 1],
  ]) {
    const made = await pipe(
      source,
      crop({ start: [9, 9, 9], shape: [20, 20, 20] }),
      permute({ axes }),
    ).compute()
    assert.deepEqual(made.geometry.indexToWorld([0, 0, 0]), blank([40, 40, 40]).indexToWorld([9, 9, 9]))
    const index = [1, 2, 3]
    const moved = axes.map((axis) => index[axis] as number)
    assert.equal(made.get(...moved), 10 + 1100 + 120000)
    assert.deepEqual(made.geometry.indexToWorld(moved), blank([40, 40, 40]).indexToWorld([10, 11, 12]))
  }
})

test('case 38: a crop of one plane keeps rank and place, a dropped axis leaves an affine, a wrong rank is refused', async () => {
  const volume = noise([9, 8, 7], 'int16', { spacing: [1, 2, 3] })
  const plane = await pipe(volume, crop({ start: [0, 3, 0], shape: [9, 1, 7] })).compute()
  assert.deepEqual(plane.shape, [9, 1, 7])
  assert.deepEqual(plane.geometry.indexToWorld([4, 0, 5]), volume.geometry.indexToWorld([4, 3, 5]))
  const { geometry, shape } = await pipe(volume, projection({ axis: 1, keepAxis: false })).compute()
  assert.deepEqual(shape, [9, 7])
  // Voxels lie at the middle of the axis that was dropped.
  assert.deepEqual(geometry.indexToWorld([4, 5]), volume.geometry.indexToWorld([4, 3.5, 5]))
  assert.ok(geometry.affine.flat().every(Number.isFinite))
  assert.deepEqual([...geometry.worldToIndex(geometry.indexToWorld([4, 5]))].slice(0, 2), [4, 5])
  const pipeline = pipe(volume, cast({ dtype: 'float32' }))
  const region = { start: [0, 0], shape: [2, 2] }
  await assert.rejects(pipeline.compute({ region }), refusal('InvalidArgument', 'compute.region.start'))
})

test('case 40: inputs must lie on one grid within the tolerance', async () => {
  const shape = [100, 100, 100]
  const at = (origin: readonly number[], angle = 0) => {
    const [c, s] = [Math.cos(angle), Math.sin(angle)]
    const affine = [
      [c, -s, 0, origin[0] as number],
      [s, c, 0, origin[1] as number],
      [0, 0, 1, origin[2] as number],
      [0, 0, 0, 1],
    ] as const
    return madeSource(shape, 'uint8', () => 1, { affine })
  }
  const first = at([0, 0, 0])
  const info = (other: ReturnType<typeof at>, options = {}) => pipe(first, add(other, options)).info()
  assert.deepEqual((await info(at([1e-5, 0, 0]))).shape, shape)
  await assert.rejects(info(at([2e-3, 0, 0])), refusal('ShapeMismatch'))
  await assert.rejects(info(at([0, 0, 0], 1e-3)), refusal('ShapeMismatch'))
  assert.deepEqual((await info(at([2e-3, 0, 0]), { tolerance: 0.01 })).shape, shape)
})

test.run()
