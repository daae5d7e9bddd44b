import * as assert from 'node:assert/strict'
import {
  borders,
  gradient,
  gradientMagnitude,
  median,
  pipe,
  type RunOptions,
  Volume,
} from '../../../ts/index.ts'
import { along, eachIndex, fieldOf, largestDifference, mapField, noise } from '../../support/naive-filters.ts'
import { refusal } from '../../support/refusal.ts'
import { suite } from '../../support/suite.ts'

const test = suite('filters/gradient')
const shape = [19, 7, 5]
const spacing = [0.7, 1.3, 2.1]

const componentOf = (made: Volume, c: number): number[] => {
  const values: number[] = []
  eachIndex(made.shape, (index) =>
    values.push(Number(made.components > 1 ? made.get(...index, c) : made.get(...index))),
  )
  return values
}

test('each component is the central difference along its axis, for every border', async () => {
  for (const dtype of ['int16', 'float64'] as const)
    for (const border of borders) {
      const volume = noise(shape, dtype, { spacing })
      const made = await pipe(volume, gradient({ border, borderValue: 11 })).compute()
      assert.deepEqual([made.components, made.dtype], [3, dtype === 'int16' ? 'float32' : 'float64'])
      spacing.forEach((s, axis) => {
        const { values } = mapField(
          fieldOf(volume),
          { border, borderValue: 11 },
          (sample) => (sample(along(axis, 1)) - sample(along(axis, -1))) / (2 * s),
        )
        const apart = largestDifference(componentOf(made, axis), values)
        assert.ok(apart <= (dtype === 'int16' ? 2e-5 * 300 : 1e-12), `${dtype} ${border} ${axis}: ${apart}`)
      })
    }
})

test('components of the world frame point right, anterior and superior', async () => {
  const affine = [
    [-1.2, 0.5, 0, 3],
    [0.4, 1.5, 0.2, 4],
    [0, -0.1, 2.5, 5],
    [0, 0, 0, 1],
  ]
  const volume = Volume.create({ shape: [6, 5, 4], dtype: 'float64', affine })
  eachIndex(volume.shape, (index) => {
    const along = [2, -3, 5].map(
      (slope, axis) => slope * (volume.spacing[axis] as number) * (index[axis] as number),
    )
    volume.set(
      along.reduce((a, b) => a + b),
      ...index,
    )
  })
  const made = await pipe(volume, gradient({ frame: 'world' })).compute()
  const wanted = volume.direction.map((row) =>
    row.reduce((sum, d, k) => sum + d * ([2, -3, 5][k] as number), 0),
  )
  for (const [c, value] of wanted.entries()) assert.ok(Math.abs(Number(made.get(2, 2, 2, c)) - value) < 1e-12)
  await assert.rejects(
    pipe(noise([4, 3, 2, 5], 'uint8', {}), gradient({ frame: 'world', axes: [0, 3] })).info(),
    refusal('InvalidArgument', 'gradient.axes'),
  )
})

test('one axis gives one component, in voxels when asked, and several components are differentiated one by one', async () => {
  const volume = noise(shape, 'uint8', { spacing })
  const made = await pipe(volume, gradient({ axes: [1], units: 'voxel' })).compute()
  assert.equal(made.components, 1)
  const { values } = mapField(fieldOf(volume), {}, (sample) => (sample([0, 1]) - sample([0, -1])) / 2)
  assert.equal(largestDifference(componentOf(made, 0), values), 0)
  const pair = Volume.create({ shape, dtype: 'uint8', components: 2 })
  eachIndex(shape, (index) => {
    pair.set(7, ...index, 0)
    pair.set(volume.get(...index) as number, ...index, 1)
  })
  const both = await pipe(pair, gradient({ axes: [1, 0], units: 'voxel' })).compute()
  assert.equal(both.components, 4)
  assert.ok([0, 1].every((c) => componentOf(both, c).every((value) => value === 0)))
  assert.deepEqual(componentOf(both, 2), values)
})

test('its length is the gradient magnitude, and any division or region gives the same bytes', async () => {
  const volume = noise(shape, 'int16', { spacing })
  const whole = await pipe(volume, median(), gradient({ border: 'wrap' })).compute()
  const lengths = await pipe(volume, median(), gradientMagnitude({ border: 'wrap' })).compute()
  eachIndex(shape, (index) => {
    const length = Math.hypot(...[0, 1, 2].map((c) => Number(whole.get(...index, c))))
    assert.ok(Math.abs(length - Number(lengths.get(...index))) < 1e-3)
  })
  const ways: RunOptions[] = [
    { divisions: 4 },
    { split: 'blocks', divisions: 9, threads: 1 },
    { executor: 'reference' },
    { simd: 'baseline' },
  ]
  const pipeline = pipe(volume, median(), gradient({ border: 'wrap' }))
  for (const way of ways) assert.deepEqual((await pipeline.compute(way)).data, whole.data)
  const region = { start: [0, 2, 1], shape: [13, 4, 3] }
  assert.deepEqual((await pipeline.compute({ region })).data, (await whole.view(region).copy()).data)
})

test('a single voxel cut between its components still gets all of them', async () => {
  const volume = noise([1, 1, 1], 'uint8', {})
  for (const dtype of ['float32', 'int8'] as const) {
    const step = gradient({ border: 'constant', dtype })
    const whole = await pipe(volume, step).compute()
    const cut = await pipe(volume, step).compute({ divisions: 3, split: 'blocks', tile: [1, 1, 1] })
    assert.deepEqual(cut.data, whole.data)
  }
})

test.run()
