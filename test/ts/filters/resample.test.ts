import * as assert from 'node:assert/strict'
import {
  cast,
  type DType,
  expand,
  median,
  monitor,
  pipe,
  type RunOptions,
  resample,
  Volume,
} from '../../../ts/index.ts'
import { eachIndex } from '../../support/naive-filters.ts'
import { sampledAt } from '../../support/naive-sampling.ts'
import { randomIntegers } from '../../support/random.ts'
import { refusal } from '../../support/refusal.ts'
import { suite } from '../../support/suite.ts'

const test = suite('filters/resample')
const shape = [19, 7, 11]
const affine = [
  [-1.5, 0.2, 0, 10],
  [0.1, 2, -0.3, -20],
  [0, 0.4, 3, 30],
  [0, 0, 0, 1],
]
// A skewed turn about a point, by default the middle of the volumes below.
function turn(degrees: number, [x, y, z] = [-2.7, -13.3, 47.4]): number[][] {
  const [c, s] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)]
  const rows = [
    [c, -s, 0.1],
    [s, c, -0.2],
    [0.05, 0.1, 1],
  ]
  const moved = rows.map(
    (row) =>
      (row[0] as number) * (x as number) +
      (row[1] as number) * (y as number) +
      (row[2] as number) * (z as number),
  )
  return [...rows.map((row, k) => [...row, ([x, y, z][k] as number) - (moved[k] as number)]), [0, 0, 0, 1]]
}
const unit = [
  [1, 0, 0, 0],
  [0, 1, 0, 0],
  [0, 0, 1, 0],
  [0, 0, 0, 1],
]
// Of grids of 1 mm: the third axis stays.
const aboutZ = [
  [Math.cos(0.3), -Math.sin(0.3), 0, 2.25],
  [Math.sin(0.3), Math.cos(0.3), 0, -1.75],
  [0, 0, 1, 0],
  [0, 0, 0, 1],
]

const elsewhere = turn(40).map((row, k) => [...row.slice(0, 3), [-8, -18, 40, 1][k] as number])

function noise(dtype: DType, options: object = { affine }, lengths = shape): Volume {
  const random = randomIntegers(11)
  const volume = Volume.create({ shape: lengths, dtype, ...options }) as Volume
  volume.data.forEach((_, k) => {
    const value = random(0, 250)
    volume.data[k] = typeof volume.data[k] === 'bigint' ? BigInt(value) : value
  })
  return volume
}

const times = (a: readonly (readonly number[])[], v: readonly number[]) =>
  a.slice(0, 3).map((row) => row.reduce((sum, value, k) => sum + value * (v[k] ?? 1), 0))

function checkResampled(
  made: Volume,
  source: Volume,
  transform: number[][] | undefined,
  isLinear: boolean,
  within: number,
): number {
  let inside = 0
  eachIndex(made.shape, (index) => {
    const at = made.indexToWorld(index)
    const c = source.worldToIndex(transform ? times(transform, at) : at)
    const found = Number(made.get(...index))
    // Positions that a rounding decides about.
    if (c.some((x) => Math.abs(x - Math.floor(x) - 0.5) < 1e-9)) return
    const wanted = sampledAt(source, c, isLinear)
    if (wanted !== null) inside++
    assert.ok(Math.abs(found - (wanted ?? -9)) <= within, `${index} at ${c} is ${found}, not ${wanted}`)
  })
  return inside
}

const ways: readonly RunOptions[] = [
  {},
  { simd: 'baseline' },
  { divisions: 5 },
  { split: 'blocks', divisions: 12, threads: 1 },
]

test('rotated grids get the linear values of the definition, in every element type', async () => {
  for (const [dtype, within] of [
    ['int16', 0.51],
    ['int8', 0.51],
    ['int64', 0.5000001],
    ['float32', 1e-3],
    ['float64', 1e-9],
  ] as const)
    for (const transform of [turn(25), aboutZ, turn(-100)]) {
      const source = noise(dtype === 'int8' ? 'uint8' : dtype, {
        affine: transform === aboutZ ? unit : affine,
      })
      if (dtype === 'int8')
        for (const [k, value] of source.data.entries()) source.data[k] = Number(value) >> 1
      const input = dtype === 'int8' ? await source.copy({ dtype }) : source
      const made = await pipe(input, resample({ transform, outsideValue: -9 })).compute()
      assert.equal(made.dtype, dtype)
      assert.ok(checkResampled(made, source, transform, true, within) > 50)
    }
})

test('nearest takes the voxel of the definition bit for bit', async () => {
  for (const dtype of ['uint8', 'int16', 'float32', 'int64'] as const)
    for (const transform of [turn(25), aboutZ, undefined]) {
      const source = noise(dtype)
      const step = resample({
        spacing: [1.1, 1.3, 4.7],
        interpolation: 'nearest',
        outsideValue: -9,
        dtype: dtype === 'uint8' ? 'int16' : dtype,
        ...(transform && { transform }),
      })
      const made = await pipe(source, step).compute()
      assert.ok(checkResampled(made, source, transform, false, 0) > 50)
    }
})

test('a finer and a coarser spacing keep the first voxel and the directions', async () => {
  for (const dtype of ['int16', 'float64'] as const)
    for (const spacing of [[0.7, 1.1, 1.9], [3.1, 2.9, 7.7], [1.1]]) {
      const source = noise(dtype)
      const made = await pipe(source, resample({ spacing, outsideValue: -9 })).compute()
      assert.deepEqual(made.indexToWorld([0, 0, 0]), source.indexToWorld([0, 0, 0]))
      assert.deepEqual(
        made.shape,
        shape.map(
          (n, k) =>
            Math.floor(
              ((n - 1) * (source.spacing[k] as number)) / (spacing[k] ?? (source.spacing[k] as number)) +
                1e-9,
            ) + 1,
        ),
      )
      for (const [k, length] of spacing.entries()) assert.equal(made.spacing[k], length)
      checkResampled(made, source, undefined, true, dtype === 'int16' ? 0.51 : 1e-9)
    }
})

test('any division, region, number of threads and way of computing gives the same bytes', async () => {
  const far = [
    [1.9, 0, 0, 0],
    [0, 1, 0, 0],
    [0, 0, 1, 0],
    [0, 0, 0, 1],
  ]
  for (const dtype of ['int16', 'float32', 'int32'] as const)
    for (const interpolation of ['nearest', 'linear', 'cubic'] as const)
      for (const options of [
        { transform: turn(25) },
        { transform: aboutZ },
        { spacing: [0.9, 1.1, 2] },
        { transform: far },
      ]) {
        const pipeline = pipe(
          noise(dtype),
          median(),
          resample({ ...options, interpolation, outsideValue: 5 }),
        )
        const whole = await pipeline.compute()
        assert.ok(whole.data.some((value) => value !== 5))
        for (const way of [...ways, { executor: 'reference' } as const])
          assert.deepEqual((await pipeline.compute(way)).data, whole.data)
        const region = { start: [3, 2, 4], shape: [11, 4, 5] }
        const part = await pipeline.compute({ region })
        assert.deepEqual(part.data, (await whole.view(region).copy()).data)
      }
})

test('the grid of a volume, of its numbers, and a reference seen the other way round', async () => {
  const source = noise('float32')
  const other = Volume.create({ shape: [9, 13, 8], dtype: 'uint8', affine: elsewhere })
  const made = await pipe(source, resample({ reference: other, outsideValue: -9 })).compute()
  assert.deepEqual([made.shape, made.affine], [other.shape, other.affine])
  assert.ok(checkResampled(made, source, undefined, true, 1e-3) > 20)
  const numbers = { shape: other.shape, affine: other.affine }
  const same = await pipe(source, resample({ reference: numbers, outsideValue: -9 })).compute()
  assert.deepEqual([same.data, same.affine], [made.data, other.affine])
  const turned = await pipe(
    source,
    resample({ reference: other.flipToOrientation('SAL'), outsideValue: -9 }),
  ).compute()
  assert.equal(turned.orientation, 'SAL')
  checkResampled(turned, source, undefined, true, 1e-3)
})

test('a volume resampled to its own grid is the volume, and one turned there is the turned one', async () => {
  for (const interpolation of ['nearest', 'linear'] as const) {
    const source = noise('float32')
    source.data[100] = Number.NaN
    source.data[200] = Number.POSITIVE_INFINITY
    const same = await pipe(source, resample({ reference: source, interpolation })).compute()
    assert.deepEqual(same.data, source.data)
    const turned = source.flipToOrientation('SAR')
    const there = await pipe(source, resample({ reference: turned, interpolation })).compute()
    assert.deepEqual((await there.copy()).data, (await turned.copy()).data)
  }
})

// Coefficients of the spline through a line, mirrored at its ends, by elimination.
function spline(x: readonly number[]): (c: number) => number {
  const n = x.length
  const above = x.map((_, i) => (i === 0 ? 2 : 1) as number)
  const below = x.map((_, i) => (i === n - 1 ? 2 : 1) as number)
  const [diagonal, right] = [x.map(() => 4), x.map((value) => 6 * value)]
  for (let i = 1; i < n; i++) {
    const factor = (below[i] as number) / (diagonal[i - 1] as number)
    diagonal[i] = (diagonal[i] as number) - factor * (above[i - 1] as number)
    right[i] = (right[i] as number) - factor * (right[i - 1] as number)
  }
  const made = [...right]
  for (let i = n - 1; i >= 0; i--)
    made[i] =
      ((right[i] as number) - (i < n - 1 ? (above[i] as number) * (made[i + 1] as number) : 0)) /
      (diagonal[i] as number)
  const mirrored = (i: number) => Math.abs(((i + 4 * (n - 1)) % (2 * (n - 1))) - 0)
  const get = (i: number) => {
    const at = mirrored(i)
    return made[at < n ? at : 2 * (n - 1) - at] as number
  }
  const weight = (d: number) => (d < 1 ? 2 / 3 - d * d * (1 - d / 2) : d < 2 ? (2 - d) ** 3 / 6 : 0)
  return (c) =>
    [-1, 0, 1, 2].reduce(
      (sum, t) => sum + get(Math.floor(c) + t) * weight(Math.abs(c - Math.floor(c) - t)),
      0,
    )
}

test('cubic interpolation along each axis is the B-spline through the line, also of short and of long lines', async () => {
  for (const n of [2, 3, 5, 64, 65, 200])
    for (const axis of [0, 1, 2]) {
      const lengths = [3, 2, 4].map((length, k) => (k === axis ? n : length))
      const source = noise(
        'float64',
        {
          affine: [
            [1, 0, 0, 0],
            [0, 1, 0, 0],
            [0, 0, 1, 0],
            [0, 0, 0, 1],
          ],
        },
        lengths,
      )
      const shift = [0, 1, 2].map((k) => (k === axis ? 0.3 : 0))
      const transform = [0, 1, 2].map((r) => [...[0, 1, 2].map((k) => (r === k ? 1 : 0)), shift[r] as number])
      const made = await pipe(
        source,
        resample({ transform: [...transform, [0, 0, 0, 1]], interpolation: 'cubic' }),
      ).compute()
      const at = (i: number) => [1, 1, 1].map((k, a) => (a === axis ? i : k))
      const value = spline(Array.from({ length: n }, (_, i) => Number(source.get(...at(i)))))
      for (let i = 0; i < n; i++)
        assert.ok(
          Math.abs(Number(made.get(...at(i))) - value(i + 0.3)) < 1e-9,
          `axis ${axis}, ${i} of ${n}: ${made.get(...at(i))}, not ${value(i + 0.3)}`,
        )
    }
})

test('expand reads at the middles of finer voxels and keeps the outer faces', async () => {
  for (const interpolation of ['linear', 'nearest'] as const) {
    const source = noise('float64')
    const made = await pipe(source, expand({ factor: [3, 2], interpolation })).compute()
    assert.deepEqual(made.shape, [57, 14, 11])
    eachIndex(made.shape, (index) => {
      const c = [3, 2, 1].map((f, k) => ((index[k] as number) + 0.5) / f - 0.5)
      const wanted = sampledAt(source, c, interpolation === 'linear') as number
      assert.ok(Math.abs(Number(made.get(...index)) - wanted) < 1e-9)
      const [p, q] = [made.indexToWorld(index), source.indexToWorld(c)]
      assert.ok(p.every((x, k) => Math.abs(x - (q[k] as number)) < 1e-9))
    })
  }
  const series = noise('int16', {}, [4, 3, 2, 5])
  const longer = await pipe(series, expand({ factor: [1, 1, 1, 2] })).compute()
  assert.deepEqual(longer.shape, [4, 3, 2, 10])
  assert.equal(longer.get(1, 2, 1, 0), series.get(1, 2, 1, 0))
})

test('planes, series and components are resampled like volumes', async () => {
  const plane = noise('float32', { spacing: [2, 3] }, [13, 9])
  const finer = await pipe(plane, resample({ spacing: 1 })).compute()
  assert.deepEqual(finer.shape, [25, 25])
  assert.equal(finer.get(2, 3), plane.get(1, 1))
  const series = noise('uint8', { components: 3 }, [6, 5, 4, 3])
  const whole = await pipe(
    series,
    resample({ transform: turn(20, [-2.5, -2, -1.5]), outsideValue: 1 }),
  ).compute()
  assert.deepEqual([whole.shape, whole.components], [[6, 5, 4, 3], 3])
  const single = Volume.create({ shape: [6, 5, 4], dtype: 'uint8' })
  eachIndex(single.shape, (index) => single.set(Number(series.get(...index, 2, 1)), ...index))
  const alone = await pipe(
    single,
    resample({ transform: turn(20, [-2.5, -2, -1.5]), outsideValue: 1 }),
  ).compute()
  eachIndex(single.shape, (index) => assert.equal(whole.get(...index, 2, 1), alone.get(...index)))
})

test('a region reads the box around its image and no more; one outside reads nothing', async () => {
  const step = cast({ dtype: 'float32' })
  const far = [
    [1, 0, 0, 0],
    [0, 1, 0, 0],
    [0, 0, 1, 15],
    [0, 0, 0, 1],
  ]
  const pipeline = pipe(
    noise('int16', { affine: unit }),
    step,
    resample({ transform: far.map((row, k) => (k === 2 ? [0, 0, 1, 2.5] : row)), affine: unit }),
  )
  const seen = monitor(step)
  await pipeline.compute({ region: { start: [3, 2, 1], shape: [4, 3, 2] } })
  assert.deepEqual(seen.needed, [{ start: [3, 2, 3], shape: [4, 3, 3] }])
  seen.reset()
  const outside = await pipe(noise('int16', { affine: unit }), step, resample({ transform: far })).compute()
  assert.ok(outside.data.every((value) => value === 0))
  assert.equal(seen.runs, 0)
})

test('header forms follow to the new grid', async () => {
  const source = noise('int16')
  source.header = {
    sform: { code: 1, affine },
    qform: { code: 1, affine: turn(10) },
    scaling: { slope: 2, intercept: 0 },
  }
  const made = await pipe(source, resample({ reference: { shape: [4, 5, 6], affine: turn(30) } })).compute()
  assert.deepEqual(made.header.sform, { code: 1, affine: turn(30) })
  assert.equal(made.header.scaling, undefined)
  const p = times(turn(10), source.worldToIndex(made.indexToWorld([1, 2, 3])))
  const q = times(made.header.qform?.affine as number[][], [1, 2, 3])
  assert.ok(p.every((value, k) => Math.abs(value - (q[k] as number)) < 1e-9))
})

test('options that say one thing twice, and grids that do not fit, are refused', async () => {
  const source = noise('int16')
  assert.throws(
    () => resample({ reference: source, spacing: 1 }),
    refusal('InvalidArgument', 'resample.spacing'),
  )
  assert.throws(() => resample({ affine, spacing: 1 }), refusal('InvalidArgument', 'resample.spacing'))
  assert.throws(
    () => resample({ affine: [[1, 0, 0, 0]] as never }),
    refusal('InvalidArgument', 'resample.affine'),
  )
  const plane = Volume.create({ shape: [4, 5], dtype: 'uint8' })
  await assert.rejects(
    pipe(source, resample({ reference: plane })).info(),
    refusal('ShapeMismatch', 'resample.reference'),
  )
  const series = noise('uint8', {}, [4, 3, 2, 5])
  await assert.rejects(
    pipe(series, resample({ spacing: [1, 1, 1, 2] })).info(),
    refusal('InvalidArgument', 'resample.spacing[3]'),
  )
})

test.run()
