import ndarray from 'ndarray'
import * as assert from 'uvu/assert'
import { fromNdarray, toNdarray } from '../../../ts/interop/index.ts'
import { Volume } from '../../../ts/volume/volume.ts'
import { indicesOf } from '../../support/example-volume.ts'
import { dense, layouts, oblique, valuesAt } from '../../support/interop-volumes.ts'
import { refusal } from '../../support/refusal.ts'
import { suite } from '../../support/suite.ts'

const test = suite('interop: ndarray')

test('every layout becomes an ndarray with the same values, and a volume again, without a copy', () => {
  for (const { name, volume } of layouts()) {
    const array = toNdarray(volume, ndarray)
    const { components, affine, orientation } = volume
    const back = fromNdarray(array, { components, affine, orientation })
    for (const index of indicesOf(volume.shape)) {
      const values = valuesAt(volume, index)
      const there = values.map((_, c) => array.get(...index, ...(components > 1 ? [c] : [])))
      assert.equal(there, values, name)
      assert.equal(valuesAt(back, index), values, name)
      assert.equal(back.indexToWorld(index), volume.indexToWorld(index), name)
    }
    assert.is((array.data as Uint8Array).buffer, volume.array().data.buffer, name)
    assert.is(back.array().data.buffer, volume.array().data.buffer, name)
  }
})

test('writes are seen on both sides', () => {
  const volume = dense('float32').flipToOrientation('PIL')
  const array = toNdarray(volume, ndarray)
  array.set(1, 0, 2, 123)
  assert.is(volume.get(1, 0, 2), 123)
  const back = fromNdarray<'float32'>(array)
  back.set(-7, 0, 1, 1)
  assert.is(volume.get(0, 1, 1), -7)
})

test("views made by ndarray's own methods keep their strides", () => {
  const array = ndarray(
    Float64Array.from({ length: 19 * 7 * 5 }, (_, i) => i),
    [19, 7, 5],
  )
  const part = array.lo(2, 1, 0).hi(9, 5, 4).step(-2, 1, 3).transpose(2, 0, 1)
  const volume = fromNdarray<'float64'>(part)
  assert.equal(volume.shape, part.shape)
  assert.ok(volume.strides.some((stride) => stride < 0))
  for (const index of indicesOf(volume.shape)) assert.is(volume.get(...index), part.get(...index))
})

test('the plain parts are those of an ndarray', () => {
  const { data, shape, stride, offset } = toNdarray(dense('int16').flip([0]))
  assert.equal([shape, stride, offset, data.length], [[5, 4, 3], [-1, 5, 20], 4, 60])
})

test('ndarrays that no volume can be are refused', () => {
  assert.throws(() => fromNdarray(ndarray([1, 2, 3])), refusal('InvalidArgument', 'array'))
  assert.throws(
    () => fromNdarray(ndarray(new Uint8Array(4), [2, 2], [0, 1])),
    refusal('InvalidArgument', 'strides'),
  )
  assert.throws(() => fromNdarray(ndarray(new Uint8Array(3), [2, 2])), refusal('OutOfBounds', 'array'))
  const planar = ndarray(new Uint8Array(24), [4, 2, 3], [1, 4, 8])
  assert.throws(() => fromNdarray(planar, { components: 3 }), refusal('Unsupported', 'array'))
  assert.throws(
    () => fromNdarray(planar, { components: 2 }),
    refusal('InvalidArgument', 'options.components'),
  )
  assert.throws(() => fromNdarray(null as never), refusal('InvalidArgument', 'array'))
  assert.throws(
    () => fromNdarray(planar, { component: 3 } as never),
    refusal('InvalidArgument', 'options.component'),
  )
  assert.throws(() => toNdarray({} as never), refusal('InvalidArgument', 'volume'))
  assert.throws(() => toNdarray(Volume.describe({ shape: [2], dtype: 'int8' })), refusal('Unsupported'))
})

test('the place is given, since an ndarray has none', () => {
  const volume = fromNdarray(ndarray(new Uint8Array(24), [2, 3, 4]), { affine: oblique })
  assert.equal(volume.affine, oblique)
})

test.run()
