import * as assert from 'node:assert/strict'
import { borders, laplacian, pipe } from '../../../ts/index.ts'
import { along, fieldOf, largestDifference, mapField, noise } from '../../support/naive-filters.ts'
import { refusal } from '../../support/refusal.ts'
import { suite } from '../../support/suite.ts'

const test = suite('filters/laplacian')
const shape = [19, 7, 5]
const spacing = [0.7, 1.3, 2.1]

test('laplacian is the sum of the second differences, for every border', async () => {
  for (const dtype of ['int16', 'float64'] as const) {
    for (const border of borders) {
      const volume = noise(shape, dtype, { spacing })
      const made = await pipe(volume, laplacian({ border, borderValue: 11 })).compute()
      const expected = mapField(fieldOf(volume), { border, borderValue: 11 }, (sample) =>
        spacing
          .map(
            (s, axis) => (sample(along(axis, 1)) - 2 * sample([0, 0, 0]) + sample(along(axis, -1))) / (s * s),
          )
          .reduce((sum, part) => sum + part, 0),
      )
      assert.equal(made.dtype, dtype === 'int16' ? 'float32' : 'float64')
      const difference = largestDifference(fieldOf(made).values, expected.values)
      assert.ok(
        difference <= (dtype === 'int16' ? 2e-4 : 1e-11),
        `${dtype} ${border}: differs by ${difference}`,
      )
    }
  }
})

test('laplacian counts voxels when asked, along the axes asked for', async () => {
  const volume = noise(shape, 'int16', { spacing })
  const made = await pipe(volume, laplacian({ units: 'voxel', axes: [1] })).compute()
  const expected = mapField(
    fieldOf(volume),
    {},
    (sample) => sample(along(1, 1)) - 2 * sample([0, 0, 0]) + sample(along(1, -1)),
  )
  assert.equal(largestDifference(fieldOf(made).values, expected.values), 0)
  await assert.rejects(
    pipe(volume, laplacian({ axes: [3] })).info(),
    refusal('InvalidArgument', 'laplacian.axes'),
  )
})

test.run()
