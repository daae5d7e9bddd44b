import * as assert from 'node:assert/strict'
import type { TypedArray } from '../../../ts/core/dtype.ts'
import { dtypes, isBig } from '../../../ts/core/dtype.ts'
import { Volume } from '../../../ts/volume/volume.ts'
import { refusal } from '../../support/refusal.ts'
import { suite } from '../../support/suite.ts'

const test = suite('volume/arrays')

test('a wrapped array and its volume see each other’s writes', () => {
  const array = new Int16Array(24)
  const volume = Volume.wrap(array, { shape: [2, 3, 4], strides: [-12, 4, -1] })
  assert.equal(volume.offset, 15)
  volume.set(7, 1, 2, 3)
  assert.equal(array[15 - 12 + 8 - 3], 7)
  array[15] = 9
  assert.equal(volume.get(0, 0, 0), 9)
  assert.equal(volume.isDense, true)
  assert.equal(volume.data.length, 24)
})

test('a sub-array keeps its own bounds', () => {
  const array = Float32Array.from({ length: 40 }, (_, i) => i)
  const volume = Volume.wrap(array.subarray(5, 29), { shape: [2, 3, 4] })
  assert.deepEqual(volume.data, array.slice(5, 29))
  assert.equal(volume.data.buffer, array.buffer)
  assert.throws(
    () => Volume.wrap(array.subarray(5, 28), { shape: [2, 3, 4] }),
    refusal('OutOfBounds', 'array'),
  )
})

test('the class of the array gives the dtype', () => {
  for (const dtype of dtypes) {
    const volume = Volume.create({ shape: [3, 2], dtype })
    assert.equal(volume.dtype, dtype)
    assert.equal(Volume.wrap(volume.data as TypedArray, { shape: [3, 2] }).dtype, dtype)
    assert.equal(volume.get(0, 0), isBig(dtype) ? 0n : 0)
  }
  assert.equal(Volume.wrap(new Uint8ClampedArray(6), { shape: [6] }).dtype, 'uint8')
  assert.equal(Volume.wrap(Buffer.alloc(6), { shape: [6] }).dtype, 'uint8')
  assert.equal(Volume.wrap(new Int16Array(new SharedArrayBuffer(12)), { shape: [6] }).dtype, 'int16')
})

test('arrays that cannot be wrapped are refused', () => {
  // ES2024, which the compiler's library does not know yet.
  const Resizable = ArrayBuffer as unknown as new (
    bytes: number,
    options: { maxByteLength: number },
  ) => ArrayBuffer
  const resizable = new Resizable(8, { maxByteLength: 16 })
  const wrap = (array: unknown, options: object = { shape: [4] }) =>
    Volume.wrap(array as Int16Array, options as { shape: number[] })
  for (const array of [new DataView(new ArrayBuffer(8)), new Uint8Array(resizable)])
    assert.throws(() => wrap(array), refusal('Unsupported', 'array'))
  for (const array of [[1, 2, 3, 4], new ArrayBuffer(8), null, new Int16Array(0)])
    assert.throws(() => wrap(array), refusal('InvalidArgument', 'array'))
  const eight = new Int16Array(8)
  assert.throws(() => wrap(eight, { shape: [2, 3], strides: [1, 4] }), refusal('OutOfBounds'))
  assert.throws(() => wrap(eight, { shape: [2, 2], offset: -1 }), refusal('OutOfBounds'))
  assert.throws(() => wrap(eight, { shape: [2, 2], offset: 5 }), refusal('OutOfBounds'))
  for (const strides of [
    [0, 1],
    [1, 1],
    [2, -2],
  ])
    assert.throws(() => wrap(eight, { shape: [2, 2], strides }), refusal('InvalidArgument', 'strides'))
  assert.throws(() => wrap(eight, { shape: [2, 2], strides: [1, 0.5] }), refusal('InvalidArgument'))
  assert.throws(() => wrap(eight, { shape: [8], stride: [1] }), refusal('InvalidArgument', 'options.stride'))
})

test('a buffer detached later is refused at the next use', async () => {
  const array = new Int16Array(6)
  const volume = Volume.wrap(array, { shape: [6] })
  volume.get(0)
  await volume.fill(3)
  structuredClone(array.buffer, { transfer: [array.buffer] })
  assert.throws(() => volume.get(0), refusal('InvalidArgument'))
  assert.throws(() => volume.data, refusal('InvalidArgument'))
  assert.throws(() => volume.lines(), refusal('InvalidArgument'))
  await assert.rejects(volume.fill(3), refusal('InvalidArgument'))
  await assert.rejects(volume.copy(), refusal('InvalidArgument'))
})

test('data is one array over the voxels, the same each time, and one buffer serves all views', () => {
  const volume = Volume.create({ shape: [19, 7, 5], dtype: 'float32' })
  assert.equal(volume.data, volume.data)
  assert.equal(volume.data.length, 665)
  const plane = volume.view({ start: [0, 0, 2], shape: [19, 7, 2] }).flip([0])
  assert.equal(plane.data.buffer, volume.data.buffer)
  assert.equal(plane.data.byteOffset, volume.data.byteOffset + 4 * 19 * 7 * 2)
  plane.data[0] = 5
  assert.equal(volume.get(0, 0, 2), 5)
  assert.equal(plane.get(18, 0, 0), 5)
})

test('array describes any strides over the whole allocation', () => {
  const volume = Volume.create({ shape: [4, 5], dtype: 'uint8', components: 3 })
  const view = volume.view({ start: [1, 1], shape: [2, 3] }).flip([0])
  view.set(9, 0, 2, 1)
  const { data, shape, stride, offset } = view.array()
  assert.deepEqual([shape, stride, offset], [[2, 3, 3], [-3, 12, 1], 18])
  assert.equal(data[offset + 2 * 12 + 1], 9)
  assert.equal(volume.get(2, 3, 1), 9)
  assert.throws(() => view.get(0, 2), refusal('InvalidArgument'))
})

test('data of a volume with gaps or without voxels says what to use instead', () => {
  const volume = Volume.create({ shape: [4, 5], dtype: 'uint8' })
  assert.throws(() => volume.view({ shape: [2, 2] }).data, refusal('Unsupported'))
  const header = Volume.describe({ shape: [4, 5], dtype: 'uint8' })
  assert.equal(header.isAllocated, false)
  for (const use of [() => header.data, () => header.get(0, 0), () => header.lines(), () => header.touch()])
    assert.throws(use, refusal('Unsupported'))
})

test('values must be of the dtype’s kind', () => {
  const big = Volume.create({ shape: [2], dtype: 'int64' })
  big.set(-5n, 1)
  assert.equal(big.get(1), -5n)
  assert.throws(() => big.set(5 as unknown as bigint, 0), refusal('InvalidArgument', 'value'))
  const small = Volume.create({ shape: [2], dtype: 'uint8' })
  assert.throws(() => small.set(5n as unknown as number, 0), refusal('InvalidArgument', 'value'))
})

test('every write raises the version that all views share', async () => {
  const volume = Volume.create({ shape: [4, 5], dtype: 'uint8' })
  const view = volume.flip([0])
  const versions = [volume.version]
  volume.set(1, 0, 0)
  versions.push(view.version)
  view.touch()
  versions.push(volume.version)
  await view.fill(3)
  versions.push(volume.version)
  await volume.copyFrom(Volume.create({ shape: [2, 2], dtype: 'uint8' }))
  versions.push(view.version)
  assert.ok(
    versions.every((version, k) => k === 0 || version > (versions[k - 1] as number)),
    `${versions}`,
  )
  await view.equals(volume)
  assert.equal(volume.version, versions.at(-1))
})

test('shapes and options that make no volume are refused', () => {
  const make = (options: object) => () => Volume.create(options as { shape: number[]; dtype: 'uint8' })
  for (const shape of [[], [0, 1], [1.5], new Array(9).fill(1), undefined, [2 ** 52, 4]])
    assert.throws(make({ shape, dtype: 'uint8' }), refusal('InvalidArgument'))
  for (const dtype of ['int12', undefined, 'Uint8', 3])
    assert.throws(make({ shape: [2], dtype }), refusal('InvalidArgument', 'dtype'))
  for (const more of [
    { margin: -1 },
    { margin: [1, 1] },
    { components: 0 },
    { spacings: [1] },
    { orientation: 'lpi' },
  ])
    assert.throws(make({ shape: [2, 3, 4], dtype: 'uint8', ...more }), refusal('InvalidArgument'))
  assert.throws(make({ shape: [2 ** 20, 2 ** 20, 2 ** 12], dtype: 'uint8' }), refusal('Memory'))
})

test.run()
