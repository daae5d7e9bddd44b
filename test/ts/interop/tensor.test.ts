import { Tensor } from 'onnxruntime-common'
import * as assert from 'uvu/assert'
import { fromTensor, toTensor } from '../../../ts/interop/index.ts'
import type { Volume } from '../../../ts/volume/volume.ts'
import { indicesOf } from '../../support/example-volume.ts'
import { dense, layouts, oblique, rejected, valuesAt } from '../../support/interop-volumes.ts'
import { refusal } from '../../support/refusal.ts'
import { suite } from '../../support/suite.ts'

const test = suite('interop: onnxruntime')

/** The element of a tensor at row-major indices. */
function elementAt({ data, dims }: Tensor, index: readonly number[]): number | bigint {
  const at = index.reduce((sum, i, k) => sum * (dims[k] as number) + i, 0)
  return (data as Float32Array)[at] as number
}

const make = (volume: Volume, options = {}) => toTensor(volume, Tensor, options)

test('every layout and type becomes a tensor with dims reversed, and a volume again', async () => {
  for (const { name, volume } of layouts()) {
    const tensor = await make(volume)
    const { components, affine, orientation } = volume
    assert.is(tensor.type, volume.dtype)
    assert.equal(tensor.dims, [...[...volume.shape].reverse(), ...(components > 1 ? [components] : [])], name)
    const back = fromTensor(tensor, { components, affine, orientation })
    assert.ok(await back.equals(volume, { geometry: false }), name)
    for (const index of indicesOf(volume.shape)) {
      const there = valuesAt(volume, index).map((_, c) =>
        elementAt(tensor, [...[...index].reverse(), ...(components > 1 ? [c] : [])]),
      )
      assert.equal(there, valuesAt(volume, index), name)
    }
  }
})

test('memory is shared where axis 0 is fastest and voxels are dense, and else copied', async () => {
  for (const { name, volume, canonical } of layouts()) {
    const shares = canonical || name === 'whole slices of a larger volume'
    const tensor = await make(volume)
    assert.is((tensor.data as Float32Array).buffer === volume.array().data.buffer, shares, name)
    if (!shares) await rejected(() => make(volume, { copy: 'never' }), 'Unsupported', 'options.copy')
  }
  const volume = dense('float32')
  const tensor = await toTensor(volume, Tensor, {
    copy: 'never',
  })
  ;(tensor.data as Float32Array)[7] = 12
  assert.is(volume.get(2, 1, 0), 12)
  fromTensor<'float32'>(tensor).set(13, 4, 3, 2)
  assert.is(tensor.data.at(-1), 13)
})

test('ones in front for networks, and left out again', async () => {
  const volume = dense('float32')
  const tensor = await make(volume, { rank: 5 })
  assert.equal(tensor.dims, [1, 1, 3, 4, 5])
  const back = fromTensor(tensor, { rank: 3, affine: oblique })
  assert.equal([back.shape, back.affine], [[5, 4, 3], oblique])
  assert.equal(fromTensor(tensor).shape, [5, 4, 3, 1, 1])
  assert.throws(
    () => fromTensor(tensor.reshape([1, 3, 4, 5]), { rank: 2 }),
    refusal('InvalidArgument', 'options.rank'),
  )
  await rejected(() => make(volume, { rank: 2 }), 'InvalidArgument', 'options.rank')
})

test('a series keeps its axes', async () => {
  const tensor = await make(dense('int16', [5, 4, 3, 2]))
  assert.equal(tensor.dims, [2, 3, 4, 5])
})

test('booleans are uint8; what no volume holds is refused', () => {
  assert.is(fromTensor(new Tensor('bool', [true, false, true])).dtype, 'uint8')
  const half = new Tensor('float16', new Uint16Array(6), [2, 3])
  assert.throws(() => fromTensor(half), refusal('Unsupported', 'tensor'))
  assert.throws(
    () => fromTensor(new Tensor('int4', new Uint8Array(3), [6])),
    refusal('Unsupported', 'tensor'),
  )
  assert.throws(() => fromTensor(new Tensor('string', ['a'], [1])), refusal('Unsupported', 'tensor'))
  const onGpu = Tensor.fromGpuBuffer({} as never, { dataType: 'float32', dims: [2, 3] })
  assert.throws(() => fromTensor(onGpu), refusal('Unsupported', 'tensor'))
  const spent = new Tensor('int8', new Int8Array(6), [2, 3])
  spent.dispose()
  assert.throws(() => fromTensor(spent), refusal('Unsupported', 'tensor'))
  const rgb = new Tensor('uint8', new Uint8Array(24), [2, 4, 3])
  assert.equal(fromTensor(rgb, { components: 3 }).shape, [4, 2])
  assert.throws(() => fromTensor(rgb, { components: 2 }), refusal('InvalidArgument', 'options.components'))
  const wrong = { type: 'int8', data: new Int8Array(5), dims: [2, 3] }
  assert.throws(() => fromTensor(wrong), refusal('InvalidArgument', 'tensor.data'))
})

test.run()
