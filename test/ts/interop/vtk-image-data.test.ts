import vtkDataArray from '@kitware/vtk.js/Common/Core/DataArray.js'
import vtkImageData from '@kitware/vtk.js/Common/DataModel/ImageData.js'
import * as assert from 'uvu/assert'
import { fillVtkImageData, fromVtkImageData, toVtkImageData } from '../../../ts/interop/index.ts'
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

const test = suite('interop: vtk.js')

type Triple = [number, number, number]

// The package's types lose what vtkImageData inherits where imports need their endings.
type Image = vtkImageData & {
  getPointData(): { getScalars(): vtkDataArray; setScalars(scalars: never): boolean }
}

const make = (state = {}) => vtkImageData.newInstance(state) as Image

function scalarsAt(image: Image, index: readonly number[]): number[] {
  const scalars = image.getPointData().getScalars()
  const components = scalars.getNumberOfComponents()
  const at = image.computeOffsetIndex(index as Triple)
  return Array.from(scalars.getData() as ArrayLike<number>).slice(at, at + components)
}

const fitting = () =>
  layouts().filter(({ volume }) => !volume.dtype.endsWith('64') || volume.dtype === 'float64')

test('every layout keeps values and places, made at once or filled in', async () => {
  for (const { name, volume } of fitting()) {
    const made = make(await toVtkImageData(volume))
    const filled = make()
    await fillVtkImageData(filled, volume, vtkDataArray)
    for (const image of [made, filled]) {
      assert.equal(image.getDimensions(), volume.shape, name)
      assert.is(image.getPointData().getScalars().getNumberOfComponents(), volume.components)
      for (const index of indicesOf(volume.shape)) {
        const world = image.indexToWorld(index as Triple)
        assert.ok(apart(mirrored(world), volume.indexToWorld(index)) < 1e-12, name)
        assert.equal(scalarsAt(image, index), valuesAt(volume, index), name)
      }
    }
  }
})

test('and both ways', async () => {
  for (const { name, volume } of fitting()) {
    const state = await toVtkImageData(volume)
    for (const image of [state, make(state)]) {
      const back = fromVtkImageData(image)
      assert.equal([back.orientation, back.dtype], [volume.orientation, volume.dtype], name)
      assert.ok(await back.equals(volume), name)
      const last = volume.shape.map((length) => length - 1)
      assert.ok(apart(back.indexToWorld(last), volume.indexToWorld(last)) < 1e-12, name)
    }
  }
})

test("vtk.js finds a voxel's value at its place in the world", async () => {
  const volume = dense('float32').flipToOrientation('PIL')
  const image = make(await toVtkImageData(volume))
  for (const index of indicesOf(volume.shape)) {
    const world = mirrored(volume.indexToWorld(index)) as Triple
    const inside = image.worldToIndex(world).map((i) => Math.round(i)) as Triple
    assert.equal(inside, index)
    assert.is(scalarsAt(image, inside)[0], volume.get(...index))
  }
  assert.ok(apart(mirrored(image.getPoint(0)), volume.origin) < 1e-12)
})

test('memory is shared where axis 0 is fastest and voxels are dense, and else copied', async () => {
  for (const { name, volume, canonical } of fitting()) {
    const shares = canonical || name === 'whole slices of a larger volume'
    const { data } = (await toVtkImageData(volume)).pointData.arrays[0] as { data: { values: Int16Array } }
    assert.is(data.values.buffer === volume.array().data.buffer, shares, name)
    if (!shares)
      await rejected(() => toVtkImageData(volume, { copy: 'never' }), 'Unsupported', 'options.copy')
  }
  const volume = dense('uint16')
  const image = make(await toVtkImageData(volume, { copy: 'never' }))
  image.getPointData().getScalars().setComponent(6, 0, 77)
  assert.is(volume.get(1, 1, 0), 77)
  fromVtkImageData(image).set(5, 4, 3, 2)
  assert.is(image.getPointData().getScalars().getComponent(59, 0), 5)
})

test('a slice has a place in space, and one volume of a series can be viewed', async () => {
  const slice = dense('uint8', [5, 4])
  const image = make(await toVtkImageData(slice))
  assert.equal(image.getDimensions(), [5, 4, 1])
  assert.ok(apart(mirrored(image.indexToWorld([4, 3, 0])), slice.indexToWorld([4, 3])) < 1e-12)
  const series = dense('uint8', [5, 4, 3, 2]).permute([3, 0, 1, 2])
  await rejected(() => toVtkImageData(series), 'Unsupported', 'volume')
  const second = series.view({ start: [1, 0, 0, 0], shape: [1, 5, 4, 3] })
  const one = make(await toVtkImageData(second, { copy: 'never' }))
  assert.equal(scalarsAt(one, [2, 3, 1]), [series.get(1, 2, 3, 1)])
})

test('an extent that does not start at 0 is moved, not forgotten', async () => {
  const image = make(await toVtkImageData(dense('int16')))
  image.setExtent([2, 6, -1, 2, 10, 12])
  const volume = fromVtkImageData(image)
  for (const [i, j, k] of indicesOf([5, 4, 3]) as Generator<Triple>) {
    const there: Triple = [i + 2, j - 1, k + 10]
    assert.ok(apart(mirrored(image.indexToWorld(there)), volume.indexToWorld([i, j, k])) < 1e-12)
    assert.equal(scalarsAt(image, there), [volume.get(i, j, k)])
  }
})

test('what vtk.js cannot have, and images that are no volumes, are refused', async () => {
  await rejected(() => toVtkImageData(dense('int64')), 'Unsupported', 'volume')
  const sheared = oblique.map((row, r) => row.map((value, k) => (k === 1 && r < 2 ? value + 1 : value)))
  const volume = Volume.wrap(new Uint8Array(60), { shape: [5, 4, 3], affine: sheared })
  await rejected(() => toVtkImageData(volume), 'Unsupported', 'volume')
  await rejected(
    () => fillVtkImageData(make(), dense('int8'), null as never),
    'InvalidArgument',
    'vtkDataArray',
  )
  assert.throws(() => fromVtkImageData(make() as never), refusal('InvalidArgument', 'imageData'))
  const state = await toVtkImageData(dense('int8'))
  assert.throws(
    () => fromVtkImageData({ ...state, extent: [0, 4, 0, 4, 0, 2] }),
    refusal('InvalidArgument', 'imageData'),
  )
  assert.throws(
    () => fromVtkImageData({ ...state, spacing: [1, 1] }),
    refusal('InvalidArgument', 'imageData.spacing'),
  )
  assert.throws(() => fromVtkImageData(null as never), refusal('InvalidArgument', 'imageData'))
})

test.run()
