import * as assert from 'node:assert/strict'
import { type Affine, apply, inverse, multiply } from '../../../ts/geometry/affine.ts'
import { makeGeometry } from '../../../ts/geometry/make-geometry.ts'
import {
  directionsOfAffine,
  formatOrientation,
  parseOrientation,
  turn,
} from '../../../ts/geometry/orientation.ts'
import { refusal } from '../../support/refusal.ts'
import { suite } from '../../support/suite.ts'

const test = suite('geometry/geometry')

const last = [0, 0, 0, 1]
const oblique: Affine = [
  [3.715298, 0.316404, 2.895823, 10],
  [-0.561512, 3.916967, 1.169743, -20],
  [-1.371591, -0.746498, 7.365182, 30],
  last,
]

test('a new volume is LPI with the spacing as columns and voxel 0 at the origin', () => {
  const geometry = makeGeometry(3, { spacing: [1, 2, 1.2] })
  assert.deepEqual(geometry.affine, [[-1, 0, 0, 0], [0, -2, 0, 0], [0, 0, -1.2, 0], last])
  assert.equal(geometry.orientation, 'LPI')
  assert.deepEqual(geometry.spacing, [1, 2, 1.2])
  assert.deepEqual(geometry.direction, [
    [-1, 0, 0],
    [0, -1, 0],
    [0, 0, -1],
  ])
})

test('columns follow the letters of the orientation', () => {
  const geometry = makeGeometry(4, { orientation: 'tASR', spacing: [2.5, 1, 2, 3], origin: [7, 8, 9] })
  assert.deepEqual(geometry.affine, [[0, 0, 3, 7], [1, 0, 0, 8], [0, 2, 0, 9], last])
  assert.equal(geometry.orientation, 'tASR')
  assert.deepEqual(geometry.spacing, [2.5, 1, 2, 3])
  assert.deepEqual(geometry.indexToWorld([5, 1, 1, 1]), [10, 9, 11])
  assert.deepEqual(geometry.indexToWorld([1, 1, 1]), [10, 9, 11])
  assert.deepEqual(geometry.worldToIndex([10, 9, 11]), [1, 1, 1])
})

test('spatial spacing alone leaves 1 for the other axes', () => {
  assert.deepEqual(makeGeometry(4, { orientation: 'ATSR', spacing: [2, 3, 4] }).spacing, [2, 1, 3, 4])
})

test('a slice has two letters and the plane normal as its third column', () => {
  const geometry = makeGeometry(2, { orientation: 'RI', spacing: [2, 3] })
  assert.deepEqual(geometry.affine, [[2, 0, 0, 0], [0, 0, 1, 0], [0, -3, 0, 0], last])
  assert.deepEqual(geometry.indexToWorld([1, 1]), [2, 0, -3])
  assert.deepEqual(geometry.worldToIndex([2, 0, -3]), [1, 1])
  assert.equal(makeGeometry(1, {}).orientation, 'L')
})

test('turning the example of 17×21×3 to LPI negates its columns and moves the origin', () => {
  const geometry = makeGeometry(3, { affine: oblique })
  assert.equal(geometry.orientation, 'RAS')
  const turned = geometry.moved(turn(geometry.directions, parseOrientation('LPI', 3), [17, 21, 3]))
  const expected = [81.564497, 51.694624, 7.854943]
  turned.affine.slice(0, 3).forEach((row, r) => {
    assert.deepEqual(
      row.slice(0, 3),
      oblique[r]?.slice(0, 3).map((value) => -value),
    )
    assert.ok(Math.abs((row[3] as number) - (expected[r] as number)) < 2e-5)
  })
})

test('a round trip through every orientation restores every bit', () => {
  const start = makeGeometry(3, { affine: oblique })
  let geometry = start
  let shape = [17, 21, 3]
  for (const code of ['LPI', 'ASR', 'PIR', 'LIP', 'IPL', 'RPI', 'SAL', 'RAS']) {
    const step = turn(geometry.directions, parseOrientation(code, 3), shape)
    geometry = geometry.moved(step)
    shape = step.axes.map((axis) => shape[axis] as number)
    assert.equal(geometry.orientation, code)
  }
  assert.equal(geometry.affine, start.affine)
})

test('orientation of an affine follows the nearest axes', () => {
  const cases: [number[][], string][] = [
    [[[0, 0, 4, 10], [2, 0, 0, 20], [0, 3, 0, 30], last], 'ASR'],
    [[[0, 3, 0, 10], [2, 0, 0, 20], [0, 0, -4, 30], last], 'ARI'],
    [[[-2, 0, 0, 3], [0, 3, 0, -6], [0, 0, 4, -10], last], 'LAS'],
    // Both of the first two columns lean to x: the second gets what is left.
    [[[2, 1.9, 0, 0], [0.5, 0.6, 0, 0], [0, 0, 1, 0], last], 'RAS'],
    [[[0.6, 2, 0, 0], [0.1, -0.1, 0, 0], [0, 0, -1, 0], last], 'ARI'],
  ]
  for (const [affine, code] of cases) assert.equal(formatOrientation(directionsOfAffine(affine, 3)), code)
})

test('affine and orientation or spacing that disagree are refused, as is a singular affine', () => {
  const affine = [[2, 0, 0, 0], [0, 3, 0, 0], [0, 0, 4, 0], last]
  assert.equal(makeGeometry(3, { affine, orientation: 'RAS', spacing: [2, 3, 4] }).orientation, 'RAS')
  assert.throws(
    () => makeGeometry(3, { affine, orientation: 'LPI' }),
    refusal('InvalidArgument', 'orientation'),
  )
  assert.throws(
    () => makeGeometry(3, { affine, spacing: [2, 3, 5] }),
    refusal('InvalidArgument', 'spacing[2]'),
  )
  assert.throws(() => makeGeometry(3, { affine, origin: [0, 0, 0] }), refusal('InvalidArgument', 'origin'))
  const singular = [[2, 4, 0, 0], [3, 6, 0, 0], [0, 0, 4, 0], last]
  assert.throws(() => makeGeometry(3, { affine: singular }), refusal('InvalidArgument', 'affine'))
  const bad = [
    affine.slice(0, 3),
    [[1, 2, 3], [0, 0, 0], [], last],
    [...affine.slice(0, 3), [0, 0, 1, 1]],
    'RAS',
    null,
  ]
  for (const value of [...bad, [[Number.NaN, 0, 0, 0], ...affine.slice(1)]])
    assert.throws(() => makeGeometry(3, { affine: value as Affine }), refusal('InvalidArgument', 'affine'))
})

test('spacing must be positive and of the right length', () => {
  for (const spacing of [[1, 2], [1, 0, 2], [1, -1, 2], [1, Number.NaN, 2], 3])
    assert.throws(() => makeGeometry(3, { spacing: spacing as number[] }), refusal('InvalidArgument'))
})

test('the inverse of an affine undoes it', () => {
  const product = multiply(inverse(oblique), oblique)
  const apart = product.flat().map((value, k) => Math.abs(value - (k % 5 === 0 ? 1 : 0)))
  assert.ok(Math.max(...apart) < 1e-12)
  const [x, y, z] = apply(inverse(oblique), apply(oblique, [3, 4, 2]))
  for (const apart of [x - 3, y - 4, z - 2]) assert.ok(Math.abs(apart) < 1e-12)
})

test.run()
