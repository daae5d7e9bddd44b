import { castImage, copyImage, getMatrixElement, Image, ImageType, stackImages } from 'itk-wasm'
import * as assert from 'uvu/assert'
import { fromItkWasm, type ItkWasmImage, toItkWasm } from '../../../ts/interop/index.ts'
import { Volume } from '../../../ts/volume/volume.ts'
import { indicesOf } from '../../support/example-volume.ts'
import {
  apart,
  dense,
  layouts,
  mirrored,
  oblique,
  rejected,
  valuesAt,
} from '../../support/interop-volumes.ts'
import { refusal } from '../../support/refusal.ts'
import { suite } from '../../support/suite.ts'

const test = suite('interop: itk-wasm')

/** An object of itk-wasm's own class with the fields of ours. */
function theirs(image: ItkWasmImage): Image {
  const { dimension, componentType, pixelType, components } = image.imageType
  const type = new ImageType(dimension, componentType, pixelType as 'Scalar', components)
  return Object.assign(new Image(type), image)
}

/** origin + direction · (spacing × index), as ITK has it. */
function physical(image: Image, index: readonly number[]): number[] {
  const { origin, spacing, direction, size } = image
  return origin.map((start, row) =>
    index.reduce(
      (sum, i, axis) =>
        sum + Number(getMatrixElement(direction, size.length, row, axis)) * (spacing[axis] as number) * i,
      start,
    ),
  )
}

function values(image: Image, index: readonly number[]): (number | bigint)[] {
  const { components } = image.imageType
  let at = 0
  let step = components
  index.forEach((i, axis) => {
    at += i * step
    step *= image.size[axis] as number
  })
  // itk-wasm hands whole buffers to its modules.
  const data = image.data as Int16Array
  const whole = new (data.constructor as Int16ArrayConstructor)(data.buffer)
  return Array.from(whole.subarray(at, at + components))
}

test('every layout keeps values and places, both ways', async () => {
  for (const { name, volume } of layouts()) {
    const image = theirs(await toItkWasm(volume))
    const back = fromItkWasm(image)
    assert.equal([back.shape, back.dtype, back.components], [volume.shape, volume.dtype, volume.components])
    assert.is(back.orientation, volume.orientation)
    for (const index of indicesOf(volume.shape)) {
      const place = volume.indexToWorld(index)
      assert.ok(apart(mirrored(physical(image, index)), place) < 1e-12, name)
      assert.ok(apart(back.indexToWorld(index), place) < 1e-12, name)
      assert.equal(values(image, index), valuesAt(volume, index), name)
      assert.equal(valuesAt(back, index), valuesAt(volume, index), name)
    }
  }
})

test('memory is shared exactly where itk-wasm can read it', async () => {
  for (const { name, volume, canonical } of layouts()) {
    const { data } = await toItkWasm(volume)
    assert.is(data.buffer === volume.array().data.buffer, canonical, name)
    assert.equal([data.byteOffset, data.byteLength], [0, data.buffer.byteLength], name)
    if (canonical) await toItkWasm(volume, { copy: 'never' })
    else await rejected(() => toItkWasm(volume, { copy: 'never' }), 'Unsupported', 'options.copy')
  }
})

test('writes go through where memory is shared, and not where it was copied', async () => {
  const volume = dense('float32')
  const shared = await toItkWasm(volume)
  shared.data[7] = 99
  assert.is(volume.get(2, 1, 0), 99)
  const own = await toItkWasm(volume, { copy: 'always' })
  own.data[7] = 1
  assert.is(volume.get(2, 1, 0), 99)
  const back = fromItkWasm<'float32'>(theirs(shared))
  back.set(5, 4, 3, 2)
  assert.is(volume.get(4, 3, 2), 5)
})

test('a copy outlives its volume, and the order of memory can be shared by turning first', async () => {
  const turned = Volume.create({ shape: [5, 4, 3], dtype: 'int16', affine: oblique }).flip([1])
  const same = turned.flipToOrientation(turned.memoryOrientation)
  const shared = await toItkWasm(same, { copy: 'never' })
  assert.is(shared.data.buffer, turned.data.buffer)
  const copy = await toItkWasm(turned)
  turned.root.dispose()
  same.dispose()
  turned.dispose()
  assert.is(copy.data.length, 60)
  const moved = structuredClone(copy.data, { transfer: [copy.data.buffer as ArrayBuffer] })
  assert.equal([moved.length, copy.data.length], [60, 0])
})

test("itk-wasm's own functions take the images", async () => {
  const volume = dense('int16', [5, 4, 3])
  const slabs = [0, 1, 2].map((k) => volume.view({ start: [0, 0, k], shape: [5, 4, 1] }))
  const images = await Promise.all(slabs.map(async (slab) => theirs(await toItkWasm(slab))))
  const stacked = fromItkWasm(stackImages(images))
  assert.ok(await stacked.equals(volume))
  assert.ok(apart(stacked.indexToWorld([4, 3, 2]), volume.indexToWorld([4, 3, 2])) < 1e-12)
  const cast = fromItkWasm(
    castImage(copyImage(theirs(await toItkWasm(volume))), { componentType: 'float64' }),
  )
  assert.is(cast.dtype, 'float64')
  assert.is(cast.get(1, 2, 2), volume.get(1, 2, 2))
})

test("images made by itk-wasm's classes become volumes", () => {
  const image = new Image(new ImageType(3, 'float32', 'Scalar', 1))
  image.size = [5, 4, 3]
  image.spacing = [1, 2, 3]
  image.origin = [10, 20, 30]
  image.data = new Float32Array(60)
  image.metadata.set('0008|0060', 'MR')
  image.metadata.set('list', [1, 2])
  const volume = fromItkWasm(image)
  assert.is(volume.orientation, 'LPS')
  assert.equal(volume.affine, [
    [-1, 0, 0, -10],
    [0, -2, 0, -20],
    [0, 0, 3, 30],
    [0, 0, 0, 1],
  ])
  assert.equal(volume.header.keys, { '0008|0060': 'MR', list: '[1,2]' })
})

test('pixel types follow the components', async () => {
  const type = async (dtype: 'uint8' | 'float32', components: number) =>
    (await toItkWasm(dense(dtype, [5, 4], components), { dimension: 3 })).imageType.pixelType
  assert.equal(
    [await type('float32', 1), await type('uint8', 3), await type('uint8', 4), await type('float32', 3)],
    ['Scalar', 'RGB', 'RGBA', 'Vector'],
  )
  const complex = await toItkWasm(dense('float32', [5, 4, 3], 2), { pixelType: 'Complex' })
  assert.is(complex.imageType.pixelType, 'Complex')
})

test('time is an axis beyond space wherever it stands, forward or backward', async () => {
  const data = new Int16Array(5 * 4 * 3 * 2).map((_, i) => i)
  const shape = [5, 4, 3, 2]
  const timing = {
    offset: 12,
    sliceCode: 0,
    sliceStart: 0,
    sliceEnd: 0,
    sliceDuration: 0,
    frequencyAxis: null,
    phaseAxis: null,
    sliceAxis: null,
  }
  const volume = Volume.wrap(data, { shape, affine: oblique, spacing: [2, 3, 4.5, 0.5], header: { timing } })
  for (const turned of [
    volume,
    volume.flip([3]),
    volume.permute([3, 0, 2, 1]),
    volume.permute([1, 3, 0, 2]).flip([0, 1]),
  ]) {
    const image = theirs(await toItkWasm(turned))
    const back = fromItkWasm(image)
    assert.is(back.orientation, turned.orientation)
    assert.ok(apart(back.spacing, turned.spacing) < 1e-12)
    assert.is(back.header.timing?.offset, 12)
    assert.ok(await back.equals(turned))
    const axis = Array.from(turned.orientation.toLowerCase()).indexOf('t')
    for (const index of indicesOf(turned.shape)) {
      const [x, y, z, t] = physical(image, index) as [number, number, number, number]
      assert.ok(apart(mirrored([x, y, z]), turned.indexToWorld(index)) < 1e-12)
      const step = turned.orientation.includes('t') ? 1 - (index[axis] as number) : (index[axis] as number)
      assert.is(t, 12 + 0.5 * step)
    }
  }
})

test('a slice is a 2-D image only where that says its place', async () => {
  const flat = Volume.wrap(new Uint8Array(20), {
    shape: [5, 4],
    spacing: [1, 2],
    origin: [3, 4, 0],
    orientation: 'AL',
  })
  const image = theirs(await toItkWasm(flat))
  assert.equal(
    [image.size, image.origin, Array.from(image.direction as Float64Array)],
    [
      [5, 4],
      [-3, -4],
      [0, 1, -1, 0],
    ],
  )
  const back = fromItkWasm(image)
  assert.equal([back.orientation, back.indexToWorld([4, 3])], ['AL', flat.indexToWorld([4, 3])])
  const above = Volume.wrap(new Uint8Array(20), { shape: [5, 4], origin: [3, 4, 9] })
  await rejected(() => toItkWasm(above), 'Unsupported', 'volume')
  const slice = dense('uint8', [5, 4])
  await rejected(() => toItkWasm(slice), 'Unsupported', 'volume')
  const placed = theirs(await toItkWasm(slice, { dimension: 3, copy: 'never' }))
  assert.equal(placed.size, [5, 4, 1])
  assert.ok(apart(mirrored(physical(placed, [4, 3, 0])), slice.indexToWorld([4, 3])) < 1e-12)
})

test('images that no volume can be are refused', async () => {
  const image = await toItkWasm(dense('int16'))
  const bad = (change: object) => () => fromItkWasm({ ...image, ...change })
  assert.throws(bad({ data: null }), refusal('InvalidArgument', 'array'))
  assert.throws(bad({ data: new Int16Array(59) }), refusal('InvalidArgument', 'image.data'))
  assert.throws(bad({ data: new Uint16Array(60) }), refusal('InvalidArgument', 'image.data'))
  assert.throws(bad({ size: [5, 12] }), refusal('InvalidArgument', 'image.size'))
  assert.throws(bad({ direction: [1, 0, 0, 1] }), refusal('InvalidArgument', 'image.direction'))
  assert.throws(bad({ spacing: [1, 2, Number.NaN] }), refusal('InvalidArgument', 'image.spacing'))
  assert.throws(bad({ direction: new Float64Array(9) }), refusal('InvalidArgument', 'affine'))
  assert.throws(() => fromItkWasm(null as never), refusal('InvalidArgument', 'image'))
  const four = await toItkWasm(Volume.wrap(new Uint8Array(16), { shape: [2, 2, 2, 2] }))
  const sheared = four.direction.slice()
  sheared[3] = 0.5
  assert.throws(() => fromItkWasm({ ...four, direction: sheared }), refusal('Unsupported', 'image.direction'))
  await rejected(() => toItkWasm(dense('int16'), { dimension: 2 }), 'InvalidArgument', 'options.dimension')
  await rejected(() => toItkWasm(dense('int16'), { copy: 'no' } as never), 'InvalidArgument', 'options.copy')
})

test.run()
