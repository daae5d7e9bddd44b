import * as assert from 'node:assert/strict'
import { dtypes } from '../../../ts/core/dtype.ts'
import { borders, gaussian, gradientMagnitude, mean, median, pipe, rank, Volume } from '../../../ts/index.ts'
import { discreteGaussian, sampledGaussian } from '../../../ts/pipeline/gaussian-weights.ts'
import {
  along,
  boxOffsets,
  type Field,
  fieldOf,
  largestDifference,
  mapField,
  noise,
} from '../../support/naive-filters.ts'
import { refusal } from '../../support/refusal.ts'
import { suite } from '../../support/suite.ts'

const test = suite('filters/neighbourhood')
const shape = [19, 7, 5]
const spacing = [0.7, 1.3, 2.1]
const total = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0)

function close(made: Volume, expected: Field, tolerance: number, what: string): void {
  const difference = largestDifference(fieldOf(made).values, expected.values)
  assert.ok(difference <= tolerance, `${what}: differs by ${difference}`)
}

test('gradientMagnitude is the length of the central differences, for every border', async () => {
  for (const dtype of ['int16', 'float64'] as const) {
    for (const border of borders) {
      const volume = noise(shape, dtype, { spacing })
      const made = await pipe(volume, gradientMagnitude({ border, borderValue: 11 })).compute()
      const expected = mapField(fieldOf(volume), { border, borderValue: 11 }, (sample) =>
        Math.hypot(...spacing.map((s, axis) => (sample(along(axis, 1)) - sample(along(axis, -1))) / (2 * s))),
      )
      assert.equal(made.dtype, dtype === 'int16' ? 'float32' : 'float64')
      close(made, expected, dtype === 'int16' ? 2e-5 : 1e-12, `${dtype} ${border}`)
    }
  }
})

test('gradientMagnitude counts voxels when asked, along the axes asked for', async () => {
  const volume = noise(shape, 'int16', { spacing })
  const made = await pipe(volume, gradientMagnitude({ units: 'voxel', axes: [2, 0] })).compute()
  const expected = mapField(fieldOf(volume), {}, (sample) =>
    Math.hypot(...[0, 2].map((axis) => (sample(along(axis, 1)) - sample(along(axis, -1))) / 2)),
  )
  close(made, expected, 2e-5, 'axes 0 and 2')
  await assert.rejects(
    pipe(volume, gradientMagnitude({ axes: [3] })).info(),
    refusal('InvalidArgument', 'gradientMagnitude.axes'),
  )
})

test('mean is the mean of a box, for every border and element type', async () => {
  const radius = [2, 0, 1]
  for (const dtype of ['uint8', 'int16', 'int32', 'uint64', 'float32', 'float64'] as const) {
    for (const border of borders) {
      const volume = noise(shape, dtype)
      const made = await pipe(volume, mean({ radius, border, borderValue: 9 })).compute()
      const offsets = boxOffsets(radius)
      const expected = mapField(
        fieldOf(volume),
        { border, borderValue: 9 },
        (sample) => total(offsets.map(sample)) / offsets.length,
      )
      close(made, expected, made.dtype === 'float32' ? 1e-5 : 1e-12, `${dtype} ${border}`)
    }
  }
})

test('the mean of integers is rounded once', async () => {
  const volume = noise(shape, 'uint16', { low: 60_000, high: 65_535 })
  const made = await pipe(volume, mean({ radius: 2 })).compute()
  const offsets = boxOffsets([2, 2, 2])
  const expected = mapField(fieldOf(volume), {}, (sample) =>
    Math.fround(total(offsets.map(sample)) / offsets.length),
  )
  assert.deepEqual(fieldOf(made).values, expected.values)
})

test('gaussian smooths one axis after another, the last axis first, each with its own border', async () => {
  const sigma = [1, 0, 2]
  for (const [weights, units] of [
    ['discrete', 'mm'],
    ['sampled', 'voxel'],
  ] as const) {
    for (const border of borders) {
      const volume = noise(shape, 'int16', { spacing })
      const made = await pipe(
        volume,
        gaussian({ sigma, weights, units, border, borderValue: 5, truncate: 2.5 }),
      ).compute()
      let expected = fieldOf(volume)
      for (const axis of [2, 0]) {
        const s = units === 'mm' ? sigma[axis] / spacing[axis] : sigma[axis]
        const line = weights === 'discrete' ? discreteGaussian(s * s, 0.01, 32) : sampledGaussian(s, 2.5)
        expected = mapField(expected, { border, borderValue: 5 }, (sample) =>
          total(
            line.map((w, k) =>
              k === 0 ? w * sample([]) : w * (sample(along(axis, -k)) + sample(along(axis, k))),
            ),
          ),
        )
      }
      close(made, expected, 1e-4, `${weights} ${border}`)
    }
  }
})

test('gaussian with sigma 0 changes nothing but the type', async () => {
  const volume = noise(shape, 'int16')
  const made = await pipe(volume, gaussian({ sigma: 0 })).compute()
  assert.equal(made.dtype, 'float32')
  assert.deepEqual(fieldOf(made).values, fieldOf(volume).values)
})

const order = (a: number, b: number) => {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b))
  return a - b || Number(Object.is(b, -0)) - Number(Object.is(a, -0))
}

test('median is the middle voxel of a box, for every element type and border', async () => {
  for (const dtype of dtypes) {
    const volume = noise(shape, dtype)
    for (const [k, radius] of [
      [1, 1, 1],
      [2, 0, 1],
      [0, 1, 2],
      [2, 2, 2],
      [3, 1, 0],
    ].entries()) {
      const border = borders[k]
      const made = await pipe(volume, median({ radius, border, borderValue: 3 })).compute()
      const offsets = boxOffsets(radius)
      const expected = mapField(
        fieldOf(volume),
        { border, borderValue: 3 },
        (sample) => offsets.map(sample).sort(order)[(offsets.length - 1) / 2],
      )
      assert.equal(made.dtype, dtype)
      assert.deepEqual(fieldOf(made).values, expected.values, `${dtype} ${radius} ${border}`)
    }
  }
})

test('ordering puts NaN above everything and -0 below 0', async () => {
  const values = [Number.NaN, 1, -0, 0, -Infinity, Infinity, Number.NaN, 2, -3]
  for (const array of [Float32Array.from(values), Float64Array.from(values)]) {
    const volume = Volume.wrap(array as Float64Array, { shape: [9] })
    for (let index = 0; index < 5; index++) {
      const made = await pipe(
        volume,
        rank({ radius: 2, index, border: 'constant', borderValue: 0.5 }),
      ).compute()
      const expected = mapField(
        fieldOf(volume),
        { border: 'constant', borderValue: 0.5 },
        (sample) => [-2, -1, 0, 1, 2].map((step) => sample([step])).sort(order)[index],
      )
      assert.deepEqual([...made.data].map(String), expected.values.map(String))
      assert.ok([...made.data].every((value, k) => Object.is(Number(value), expected.values[k])))
    }
  }
})

test('rank takes a percentile or an index', async () => {
  const volume = noise(shape, 'uint8')
  const offsets = boxOffsets([1, 1, 1])
  for (const [options, at] of [
    [{ percentile: 0 }, 0],
    [{ percentile: 100 }, 26],
    [{ percentile: 33 }, 8],
    [{ index: 3 }, 3],
  ] as const) {
    const made = await pipe(volume, rank(options)).compute()
    const expected = mapField(fieldOf(volume), {}, (sample) => offsets.map(sample).sort(order)[at])
    assert.deepEqual(fieldOf(made).values, expected.values, JSON.stringify(options))
  }
  await assert.rejects(
    pipe(volume, rank({ radius: 1, index: 27 })).info(),
    refusal('InvalidArgument', 'rank.index'),
  )
})

test('a radius may exceed the volume', async () => {
  const volume = noise([3, 2, 4], 'int16')
  for (const border of borders) {
    const made = await pipe(volume, median({ radius: [5, 4, 0], border })).compute()
    const offsets = boxOffsets([5, 4, 0])
    const expected = mapField(
      fieldOf(volume),
      { border },
      (sample) => offsets.map(sample).sort(order)[(offsets.length - 1) / 2],
    )
    assert.deepEqual(fieldOf(made).values, expected.values, border)
  }
})

test('a number is for the spatial axes, wherever they are', async () => {
  const series = noise([5, 7, 3, 4], 'int16')
  const made = await pipe(series, median()).compute()
  const offsets = boxOffsets([1, 1, 1, 0])
  const expected = mapField(fieldOf(series), {}, (sample) => offsets.map(sample).sort(order)[13])
  assert.deepEqual(fieldOf(made).values, expected.values)
  const turned = await pipe(series.permute([3, 0, 1, 2]), median()).compute()
  assert.ok(await turned.permute([1, 2, 3, 0]).equals(made))
  await assert.rejects(
    pipe(series, median({ radius: [1, 1, 1, 1, 1] })).info(),
    refusal('InvalidArgument', 'median.radius'),
  )
})

test('all axes of a slice are spatial', async () => {
  const slice = noise([9, 4], 'uint8')
  const made = await pipe(slice, mean({ radius: 1 })).compute()
  const offsets = boxOffsets([1, 1])
  close(
    made,
    mapField(fieldOf(slice), {}, (sample) => total(offsets.map(sample)) / 9),
    1e-5,
    'slice',
  )
})

test('components are filtered one by one', async () => {
  const volume = noise(shape, 'uint8', { components: 3 })
  const offsets = boxOffsets([1, 1, 1, 0])
  const made = await pipe(volume, median()).compute()
  assert.equal(made.components, 3)
  const expected = mapField(fieldOf(volume), {}, (sample) => offsets.map(sample).sort(order)[13])
  assert.deepEqual(fieldOf(made).values, expected.values)
  const smooth = await pipe(volume, gaussian({ sigma: [0, 1] })).compute()
  const line = discreteGaussian(1, 0.01, 32)
  const blurred = mapField(fieldOf(volume), {}, (sample) =>
    total(line.map((w, k) => (k === 0 ? w * sample([]) : w * (sample(along(1, -k)) + sample(along(1, k)))))),
  )
  close(smooth, blurred, 1e-4, 'gaussian of components')
})

test.run()
