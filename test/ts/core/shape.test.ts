import * as assert from 'node:assert/strict'
import {
  axesByStride,
  canonicalStrides,
  checkShape,
  isDense,
  overlapsItself,
  reach,
} from '../../../ts/core/shape.ts'
import { randomIntegers } from '../../support/random.ts'
import { refusal } from '../../support/refusal.ts'
import { suite } from '../../support/suite.ts'

const test = suite('core/shape')

test('canonical strides have the components innermost and axis 0 next', () => {
  assert.deepEqual(canonicalStrides([19, 7, 5], 3), [3, 57, 399])
})

test('a shape is 1 to 8 integers of at least 1', () => {
  assert.deepEqual(checkShape('shape', [3, 1]), [3, 1])
  const bad = [
    [],
    [0],
    [2.5],
    [Number.NaN],
    ['3'],
    [-1, 2],
    new Array(9).fill(1),
    null,
    'abc',
    [2 ** 53],
    new Array(2),
  ]
  for (const shape of bad) assert.throws(() => checkShape('shape', shape), refusal('InvalidArgument'))
})

test('dense means one block without gaps in any order and direction', () => {
  assert.ok(isDense([4, 5, 3], [-3, -12, -1], 1))
  assert.ok(isDense([4, 1, 3], [3, 99, 1], 1))
  assert.ok(isDense([3, 4], [2, 6], 2))
  assert.ok(!isDense([3, 4], [1, 4], 1))
  assert.ok(!isDense([3, 4], [2, 6], 1))
})

test('the reach of negative strides lies below voxel 0', () => {
  assert.deepEqual(reach([2, 3, 4], [-12, 4, -1]), [-15, 8])
})

test('axes of length 1 take no part in the order of strides', () => {
  assert.deepEqual(axesByStride([4, 1, 3, 2], [3, 1, -1, 12]), [2, 0, 3])
})

function overlapsByCounting(
  shape: readonly number[],
  strides: readonly number[],
  components: number,
): boolean {
  let elements = Array.from({ length: components }, (_, c) => c)
  shape.forEach((length, axis) => {
    elements = elements.flatMap((e) => Array.from({ length }, (_, i) => e + i * (strides[axis] as number)))
  })
  return new Set(elements).size < elements.length
}

test('two voxels at one address are found exactly', () => {
  const random = randomIntegers(7)
  let both = [0, 0]
  for (let round = 0; round < 3000; round++) {
    const rank = random(1, 4)
    const shape = Array.from({ length: rank }, () => random(1, 4))
    const strides = Array.from({ length: rank }, () => random(-14, 14))
    const components = random(1, 2)
    const expected = overlapsByCounting(shape, strides, components)
    both = [(both[0] as number) + Number(expected), (both[1] as number) + Number(!expected)]
    assert.equal(
      overlapsItself(shape, strides, components),
      expected,
      `${shape} | ${strides} | ${components}`,
    )
  }
  assert.ok(
    both.every((count) => count > 300),
    `${both}`,
  )
})

test.run()
