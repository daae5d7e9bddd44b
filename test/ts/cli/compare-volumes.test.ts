import * as assert from 'uvu/assert'
import { compareVoxels, gridDistance } from '../../../ts/cli/compare-volumes.ts'
import { Volume } from '../../../ts/index.ts'
import { suite } from '../../support/suite.ts'
import { ramp } from './harness.ts'

const test = suite('comparison of volumes')

test('element types do not matter, values do', () => {
  assert.equal(compareVoxels(ramp('int16'), ramp('float64'), 0), { count: 0, total: 665, worst: 0, at: null })
  assert.equal(compareVoxels(ramp('int64'), ramp('uint16'), 0).count, 0)
})

test('the order in memory does not matter', async () => {
  const moved = await ramp().copy({ layout: 'SAR' })
  assert.is(compareVoxels(ramp(), moved, 0).count, 0)
})

test('the worst difference is found with its voxel, and the tolerance counts', () => {
  const other = ramp('float32')
  other.set(2.5, 0, 0, 0)
  other.set(Number(other.get(17, 5, 3)) - 4, 17, 5, 3)
  assert.equal(compareVoxels(ramp(), other, 3), { count: 1, total: 665, worst: 4, at: [17, 5, 3] })
  assert.is(compareVoxels(ramp(), other, 2).count, 2)
})

test('NaN equals NaN and infinities themselves; a NaN against a number is infinitely far', () => {
  const one = Volume.wrap(Float32Array.of(Number.NaN, Number.POSITIVE_INFINITY, 1), { shape: [3] })
  const two = Volume.wrap(Float64Array.of(Number.NaN, Number.POSITIVE_INFINITY, 1), { shape: [3] })
  assert.is(compareVoxels(one, two, 0).count, 0)
  two.set(Number.NaN, 2)
  assert.equal(compareVoxels(one, two, 1e9), { count: 1, total: 3, worst: Number.POSITIVE_INFINITY, at: [2] })
})

test('64-bit integers are compared exactly', () => {
  const one = Volume.wrap(BigInt64Array.of(2n ** 60n, 5n), { shape: [2] })
  const two = Volume.wrap(BigInt64Array.of(2n ** 60n + 1n, 5n), { shape: [2] })
  assert.equal(compareVoxels(one, two, 0), { count: 1, total: 2, worst: 1, at: [0] })
})

test('grids are as far apart as their furthest corners', () => {
  const here = Volume.create({ shape: [11, 3, 2], dtype: 'uint8' })
  const there = Volume.create({ shape: [11, 3, 2], dtype: 'uint8', spacing: [1.1, 1, 1] })
  assert.ok(Math.abs(gridDistance(here, there) - 1) < 1e-9)
  assert.is(gridDistance(here, here), 0)
})

test.run()
