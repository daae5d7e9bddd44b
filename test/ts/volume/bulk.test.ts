import * as assert from 'node:assert/strict'
import type { DType } from '../../../ts/core/dtype.ts'
import { Volume } from '../../../ts/volume/volume.ts'
import { exampleBase, indicesOf, readExample } from '../../support/example-volume.ts'
import { randomIntegers } from '../../support/random.ts'
import { refusal } from '../../support/refusal.ts'
import { suite } from '../../support/suite.ts'

const test = suite('volume/bulk')

function random(
  shape: readonly number[],
  dtype: 'int16' | 'float32' | 'int32',
  seed = 3,
): Volume<typeof dtype> {
  const volume = Volume.create({ shape, dtype })
  const next = randomIntegers(seed)
  volume.data.forEach((_, i) => {
    volume.data[i] = next(-30_000, 30_000)
  })
  return volume
}

function valuesOf(volume: Volume): (number | bigint)[] {
  const components = Array.from({ length: volume.components }, (_, c) => c)
  const at = (index: number[]) =>
    volume.components === 1 ? [volume.get(...index)] : components.map((c) => volume.get(...index, c))
  return Array.from(indicesOf(volume.shape), at).flat()
}

test('a copy is dense in index order, has the same indices and a header of its own', async () => {
  const base = readExample({})
  base.header = { description: 'before' }
  const copy = await base.copy()
  assert.deepEqual([copy.strides, copy.offset], [[1, 3, 12], 0])
  assert.deepEqual(
    [copy.affine, copy.orientation, copy.storageMapping],
    [base.affine, base.orientation, base.storageMapping],
  )
  assert.equal(copy.storageOrientation, 'RAS')
  assert.deepEqual(valuesOf(copy), valuesOf(base))
  copy.header = { ...copy.header, description: 'after' }
  copy.set(-1, 0, 0, 0)
  assert.equal(base.header.description, 'before')
  assert.notEqual(base.get(0, 0, 0), -1)
})

test('copies of views of every kind hold the same values in every layout', async () => {
  const volume = random([37, 23, 19], 'int16').view({ start: [2, 1, 3], shape: [33, 17, 11] })
  const kinds = [
    volume,
    volume.flip([0]),
    volume.permute([2, 0, 1]).flip([1]),
    volume.flipToOrientation('ASR'),
  ]
  for (const kind of kinds)
    for (const layout of [undefined, 'LPI', 'ASR', 'IRP']) {
      const copy = await kind.copy(layout === undefined ? {} : { layout })
      assert.equal(copy.memoryOrientation, layout ?? kind.orientation)
      assert.deepEqual(valuesOf(copy), valuesOf(kind))
    }
})

test('layout storage is the order of the file the volume came from', async () => {
  const copy = await exampleBase().flipToOrientation('ASR').copy({ layout: 'storage' })
  assert.equal(copy.memoryOrientation, 'RAS')
  await assert.rejects(
    Volume.create({ shape: [3, 4, 5], dtype: 'int8' }).copy({ layout: 'storage' }),
    refusal('InvalidArgument', 'layout'),
  )
})

test('conversion rounds half to even, saturates and makes NaN 0', async () => {
  const array = Float32Array.of(
    -1e9,
    -0.5,
    0.5,
    1.5,
    2.5,
    254.5,
    300,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    -3,
    7.49,
  )
  const bytes = await Volume.wrap<'float32'>(array, { shape: [11] }).copy({ dtype: 'uint8' })
  assert.deepEqual([...bytes.data], [0, 0, 0, 2, 2, 254, 255, 0, 255, 0, 7])
  const signed = await Volume.wrap<'float32'>(array, { shape: [11] }).copy({ dtype: 'int64' })
  assert.equal(signed.get(0), -1_000_000_000n)
  const floats = await Volume.wrap<'float32'>(array, { shape: [11] }).copy()
  assert.deepEqual(floats.data, array)
})

test('conversion of large strided views equals conversion voxel by voxel', async () => {
  const volume = random([131, 67, 29], 'int32')
    .view({ start: [1, 0, 2], shape: [127, 63, 23] })
    .permute([1, 2, 0])
    .flip([2])
  for (const dtype of ['int16', 'float64', 'uint64'] as DType[]) {
    const copy = await volume.copy({ dtype, layout: 'PIR' })
    const convert = (value: number) =>
      dtype === 'uint64'
        ? BigInt(Math.max(0, value))
        : dtype === 'float64'
          ? value
          : Math.max(-32768, Math.min(32767, value))
    assert.deepEqual(valuesOf(copy), (valuesOf(volume) as number[]).map(convert))
  }
})

test('copyFrom copies what overlaps, aligns the orientation and leaves the rest', async () => {
  const target = Volume.create({ shape: [5, 4, 3], dtype: 'float32' })
  await target.fill(-1)
  const source = random([3, 4, 2], 'int16').flipToOrientation('ASR')
  const aligned = source.flipToOrientation('LPI')
  await target.copyFrom(source, [3, -1, 2])
  for (const [i, j, k] of indicesOf([5, 4, 3]) as Iterable<[number, number, number]>) {
    const inside = i >= 3 && j < 3 && k === 2
    assert.equal(target.get(i, j, k), inside ? aligned.get(i - 3, j + 1, 0) : -1)
  }
  await target.copyFrom(source, [9, 0, 0])
  await assert.rejects(target.copyFrom(random([3, 4], 'int16')), refusal('ShapeMismatch'))
  await assert.rejects(target.copyFrom(source, [0, 0]), refusal('InvalidArgument', 'at'))
})

test('copyFrom within one memory acts as if the source had been copied first', async () => {
  const volume = random([19, 7, 5], 'int16')
  const before = valuesOf(volume.view({ start: [0, 0, 0], shape: [17, 7, 5] }).flip([0]))
  await volume
    .view({ start: [2, 0, 0] })
    .copyFrom(Volume.wrap(volume.data, { shape: [19, 7, 5] }).view({ shape: [17, 7, 5] }))
  assert.deepEqual(valuesOf(volume.view({ start: [2, 0, 0] }).flip([0])), before)
})

test('fill writes the view alone, any dtype, and refuses what the dtype cannot hold', async () => {
  const volume = Volume.create({ shape: [7, 5, 3], dtype: 'int16', components: 2 })
  await volume
    .view({ start: [1, 1, 1], shape: [4, 3, 2] })
    .flip([0])
    .fill(-300)
  assert.equal(volume.data.filter((value) => value === -300).length, 48)
  assert.equal(volume.data.filter((value) => value === 0).length, 162)
  assert.equal(volume.get(1, 1, 1, 0), -300)
  for (const value of [32_768, 0.5, Number.NaN, '3', undefined])
    await assert.rejects(volume.fill(value as number), refusal('InvalidArgument', 'value'))
  const big = Volume.create({ shape: [3], dtype: 'uint64' })
  await big.fill(2n ** 64n - 1n)
  assert.equal(big.get(2), 2n ** 64n - 1n)
  await big.fill(5)
  assert.equal(big.get(0), 5n)
  const real = Volume.create({ shape: [3], dtype: 'float64' })
  await real.fill(Number.NaN)
  assert.ok(Number.isNaN(real.get(1)))
})

test('equals compares voxels in index order; NaN equals NaN; geometry only when asked', async () => {
  const volume = random([19, 7, 5], 'float32')
  volume.data[17] = Number.NaN
  const copy = await volume.copy({ layout: 'ASR' })
  assert.equal(await volume.equals(copy), true)
  assert.equal(await volume.equals(copy, { geometry: true }), true)
  const moved = Volume.wrap(volume.data, { shape: [19, 7, 5], origin: [1, 0, 0] })
  assert.equal(await volume.equals(moved), true)
  assert.equal(await volume.equals(moved, { geometry: true }), false)
  copy.set(copy.get(18, 6, 4) + 1, 18, 6, 4)
  assert.equal(await volume.equals(copy), false)
  assert.equal(await volume.equals(volume.flip([1])), false)
  assert.equal(await volume.equals(volume.view({ shape: [18, 7, 5] })), false)
  assert.equal(await volume.equals(await volume.copy({ dtype: 'float64' })), false)
})

test('a described volume gets memory, with place, affine and header', () => {
  const header = Volume.describe({
    shape: [19, 7, 5],
    dtype: 'int16',
    affine: exampleBase().affine,
    header: { description: 'd' },
  })
  const part = header.view({ start: [3, 1, 2], shape: [5, 4, 3] }).flipToOrientation('ASR')
  const volume = part.allocate()
  assert.deepEqual([volume.isAllocated, header.isAllocated, volume.isDense], [true, false, true])
  assert.deepEqual(
    [volume.affine, volume.header, volume.memoryOrientation],
    [part.affine, { description: 'd' }, 'LPI'],
  )
  assert.equal(volume.parent, null)
  assert.equal(volume.get(3, 2, 4), 0)
  assert.throws(() => volume.allocate(), refusal('Unsupported'))
})

test.run()
