import * as assert from 'uvu/assert'
import { displayOrientation, planeOf } from '../../../ts/cli/display.ts'
import { percentileRange, toGrey } from '../../../ts/cli/grey-range.ts'
import { gridOf, pictureOf } from '../../../ts/cli/picture.ts'
import { Volume } from '../../../ts/index.ts'
import { suite } from '../../support/suite.ts'
import { ramp } from './harness.ts'

const test = suite('command-line pictures')

test('pictures are shown towards R, A and S, whatever the indices', () => {
  for (const [code, shown] of [
    ['LPI', 'RAS'],
    ['SAR', 'RAS'],
    ['PIL', 'RAS'],
    ['LPIT', 'RAST'],
    ['LIPt', 'RAST'],
    ['PL', 'RA'],
    ['IP', 'AS'],
  ] as const)
    assert.is(displayOrientation(code), shown, code)
})

test('an axial slice has the right at the right and the front at the top', () => {
  const slice = ramp().view({ start: [0, 0, 2], shape: [19, 7, 1] })
  const { width, height, values, right, up, spacing } = planeOf(slice, 2)
  assert.equal([width, height, right, up, spacing], [19, 7, 'R', 'A', [1, 2]])
  // LPI: index 0 is rightmost, foremost.
  assert.is(values[0], 400 + 18)
  assert.is(values[18], 400)
  assert.is(values[values.length - 1], 400 + 120)
})

test('sagittal slices have the front at the right and the top at the top, coronal ones the right at the right', () => {
  const sagittal = planeOf(ramp().view({ start: [4, 0, 0], shape: [1, 7, 5] }), 0)
  assert.equal([sagittal.width, sagittal.height, sagittal.right, sagittal.up], [7, 5, 'A', 'S'])
  assert.is(sagittal.values[0], 4 + 120)
  const coronal = planeOf(ramp().view({ start: [0, 3, 0], shape: [19, 1, 5] }), 1)
  assert.equal([coronal.width, coronal.height, coronal.right, coronal.up], [19, 5, 'R', 'S'])
  assert.is(coronal.values[0], 60 + 18)
})

test('the picture does not depend on the orientation of the indices', () => {
  const volume = ramp()
  const expected = planeOf(volume.view({ start: [0, 0, 2], shape: [19, 7, 1] }), 2).values
  for (const [code, axis] of [
    ['RAS', 2],
    ['SRA', 0],
    ['AIL', 1],
  ] as const) {
    const turned = volume.flipToOrientation(code)
    const region = {
      start: turned.shape.map((_, a) => (a === axis ? 2 : 0)),
      shape: turned.shape.map((n, a) => (a === axis ? 1 : n)),
    }
    assert.equal(planeOf(turned.view(region), axis).values, expected, code)
  }
})

test('pixels are square: voxels are repeated along the coarser axis', () => {
  const plane = planeOf(ramp().view({ start: [0, 0, 2], shape: [19, 7, 1] }), 2)
  const { width, height, data } = pictureOf(plane, { low: 400, high: 400 + 255 })
  assert.equal([width, height], [19, 14])
  for (let y = 0; y < 14; y++) assert.is(data[y * 19], 18 + 20 * Math.floor(y / 2))
})

test('three components are colours', () => {
  const volume = Volume.create({ shape: [3, 2, 1], dtype: 'uint8', components: 3, orientation: 'RAS' })
  volume.set(200, 0, 1, 0, 0)
  volume.set(100, 2, 0, 0, 2)
  const { channels, data } = pictureOf(planeOf(volume, 2), { low: 0, high: 1 })
  assert.is(channels, 3)
  assert.equal([...data], [200, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 100])
})

test('a volume without two spatial axes across the slice is refused', () => {
  assert.throws(() => planeOf(ramp(), null), /two spatial axes/)
})

test('the grey range lies between percentiles of the finite values and is never empty', () => {
  const values = Float64Array.from({ length: 1001 }, (_, i) => i)
  assert.equal(percentileRange([values], 10, 90), { low: 100, high: 900 })
  assert.equal(percentileRange([Float64Array.of(7, 7, 7)], 1, 99), { low: 6.5, high: 7.5 })
  assert.equal(percentileRange([Float64Array.of(Number.NaN, Number.POSITIVE_INFINITY)], 1, 99), {
    low: -0.5,
    high: 0.5,
  })
})

test('values beyond the range are black and white, NaN is black', () => {
  const values = Float64Array.of(-5, 0, 51, 255, 500, Number.NaN, Number.POSITIVE_INFINITY)
  assert.equal([...toGrey(values, { low: 0, high: 255 })], [0, 0, 51, 255, 255, 0, 255])
})

test('a grid puts pictures row after row with a gap', () => {
  const one = (level: number) => ({
    width: 2,
    height: 1,
    channels: 1 as const,
    data: Uint8Array.of(level, level + 1),
  })
  const { width, height, data } = gridOf([one(10), one(20), one(30)], 2, 1)
  assert.equal([width, height], [5, 3])
  assert.equal([...data], [10, 11, 0, 20, 21, 0, 0, 0, 0, 0, 30, 31, 0, 0, 0])
})

test.run()
