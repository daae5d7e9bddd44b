import * as assert from 'node:assert/strict'
import {
  cast,
  type DType,
  median,
  monitor,
  pipe,
  type RunOptions,
  resample,
  Volume,
  warp,
} from '../../../ts/index.ts'
import { eachIndex, noise } from '../../support/naive-filters.ts'
import { linearAt, sampledAt } from '../../support/naive-sampling.ts'
import { refusal } from '../../support/refusal.ts'
import { suite } from '../../support/suite.ts'
import { temporaryFiles } from '../../support/temporary.ts'

const test = suite('filters/warp')
const file = temporaryFiles()

const shape = [19, 7, 11]
const affine = [
  [-1.5, 0.2, 0, 10],
  [0.1, 2, -0.3, -20],
  [0, 0.4, 3, 30],
  [0, 0, 0, 1],
]
const unit = [
  [1, 0, 0, 0],
  [0, 1, 0, 0],
  [0, 0, 1, 0],
  [0, 0, 0, 1],
]
// Grids that a field may lie on, around the middle of the volumes above.
const grids = {
  'its own': { shape, affine },
  'a coarser one': {
    shape: [9, 5, 4],
    affine: affine.map((row) => row.map((x, k) => (k < 3 ? x * ([2, 1.5, 3][k] as number) : x))),
  },
  'a turned one': {
    shape: [12, 13, 14],
    affine: [
      [1.2, -1.6, 0.1, -10],
      [1.6, 1.2, 0, -40],
      [0.2, 0, 2.5, 32],
      [0, 0, 0, 1],
    ],
  },
  'a smaller one': {
    shape: [5, 3, 4],
    affine: affine.map((row, k) => row.with(3, [4, -15, 38, 1][k] as number)),
  },
} as const

type Wave = (index: readonly number[], component: number) => number

const wave: Wave = ([i = 0, j = 0, k = 0], component) =>
  [4 * Math.sin(i / 3 + k), 5 * Math.cos(j / 2 + i), 6 * Math.sin(k / 2 - j)][component] as number

function fieldOf(
  grid: { shape: readonly number[]; affine?: readonly (readonly number[])[] },
  of: Wave,
  dtype: DType = 'float32',
): Volume {
  const field = Volume.create({ ...grid, dtype, components: 3 }) as Volume
  eachIndex(field.shape, (index) => {
    for (const c of [0, 1, 2]) field.set(of(index, c), ...index, c)
  })
  return field
}

const added = (a: readonly number[], b: readonly number[]) => a.map((x, k) => x + (b[k] as number))

// By the definition, voxel for voxel; how many lie inside.
function checkWarped(made: Volume, source: Volume, field: Volume, isLinear: boolean, within: number): number {
  let inside = 0
  eachIndex(made.shape, (index) => {
    const at = made.indexToWorld(index)
    const seen = field.worldToIndex(at)
    const c = source
      .worldToIndex(
        added(
          at,
          [0, 1, 2].map((k) => linearAt(field, seen, [k])),
        ),
      )
      .slice(0, made.rank)
    // Positions that a rounding decides about.
    if (c.some((x) => Math.abs(x - Math.floor(x) - 0.5) < 1e-9)) return
    const wanted = sampledAt(source, c, isLinear)
    if (wanted !== null) inside++
    const found = Number(made.get(...index))
    assert.ok(Math.abs(found - (wanted ?? -9)) <= within, `${index} at ${c} is ${found}, not ${wanted}`)
  })
  return inside
}

for (const [name, grid] of Object.entries(grids))
  test(`a field on ${name} moves voxels to the linear values of the definition`, async () => {
    for (const [dtype, type, within] of [
      ['int16', 'float64', 0.51],
      ['float32', 'float32', 1e-3],
      ['int64', 'float64', 0.5000001],
    ] as const) {
      const source = noise(shape, dtype, { affine })
      const field = fieldOf(grid, wave, type)
      const made = await pipe(source, warp(field, { outsideValue: -9 })).compute()
      assert.deepEqual([made.dtype, made.shape, made.affine], [dtype, shape, source.affine])
      assert.ok(checkWarped(made, source, field, true, within) > 200)
    }
  })

test('nearest takes the voxel of the definition bit for bit', async () => {
  for (const dtype of ['uint8', 'float32', 'int64'] as const)
    for (const grid of [grids['a coarser one'], grids['a turned one']]) {
      const source = noise(shape, dtype, { affine })
      const step = {
        interpolation: 'nearest',
        outsideValue: -9,
        dtype: dtype === 'uint8' ? 'int16' : dtype,
      } as const
      const field = fieldOf(grid, wave)
      const made = await pipe(source, warp(field, step)).compute()
      assert.ok(checkWarped(made, source, field, false, 0) > 200)
    }
})

test('the field and the input may be seen in any orientation', async () => {
  const source = noise(shape, 'float32', { affine })
  const field = fieldOf(grids['a coarser one'], wave)
  const wanted = await pipe(source, warp(field)).compute()
  for (const code of ['SAR', 'PRI']) {
    const turned = await pipe(source, warp(field.flipToOrientation(code))).compute()
    assert.ok(turned.data.every((value, i) => Math.abs(Number(value) - Number(wanted.data[i])) < 1e-3))
    const seen = await pipe(source.flipToOrientation(code), warp(field, { outsideValue: -9 })).compute()
    assert.equal(seen.orientation, code)
    checkWarped(seen, source.flipToOrientation(code), field, true, 1e-3)
  }
})

test('a field of zeros changes nothing, one that a matrix makes does what the matrix does', async () => {
  const source = noise(shape, 'float32', { affine })
  source.data[100] = Number.NaN
  source.data[200] = Number.POSITIVE_INFINITY
  const still = fieldOf(grids['a turned one'], () => 0)
  for (const interpolation of ['nearest', 'linear'] as const) {
    const same = await pipe(source, warp(still, { interpolation })).compute()
    assert.deepEqual(same.data, source.data)
  }
  const transform = [
    [0.9, -0.3, 0.1, 1],
    [0.3, 0.95, -0.2, 2],
    [0.05, 0.1, 1, 3],
    [0, 0, 0, 1],
  ]
  const smooth = noise(shape, 'float64', { affine })
  const moves = fieldOf(
    grids['its own'],
    (index, k) => {
      const at = [...smooth.indexToWorld(index), 1]
      return (transform[k] as number[]).reduce((sum, x, j) => sum + x * (at[j] as number), -(at[k] as number))
    },
    'float64',
  )
  for (const interpolation of ['linear', 'cubic'] as const) {
    const made = await pipe(smooth, warp(moves, { interpolation, outsideValue: 7 })).compute()
    const wanted = await pipe(smooth, resample({ transform, interpolation, outsideValue: 7 })).compute()
    assert.ok(wanted.data.some((value) => value !== 7))
    assert.ok(made.data.every((value, i) => Math.abs(Number(value) - Number(wanted.data[i])) < 1e-8))
  }
})

const ways: readonly RunOptions[] = [
  { executor: 'reference' },
  { simd: 'baseline' },
  { divisions: 5 },
  { split: 'blocks', divisions: 12, threads: 1 },
]

test('any division, region, number of threads and way of computing gives the same bytes', async () => {
  for (const [k, dtype] of (['int16', 'float32', 'int32'] as const).entries())
    for (const [m, interpolation] of (['nearest', 'linear', 'cubic'] as const).entries()) {
      const grid = Object.values(grids)[(k + m) % 3] as (typeof grids)['its own']
      const field = pipe(fieldOf(grid, wave), cast({ dtype: 'float32' }))
      const step = warp(field, { interpolation, outsideValue: 5 })
      const pipeline = pipe(noise(shape, dtype, { affine }), median(), step)
      const whole = await pipeline.compute()
      assert.ok(whole.data.some((value) => value !== 5))
      for (const way of ways) assert.deepEqual((await pipeline.compute(way)).data, whole.data)
      const region = { start: [3, 2, 4], shape: [11, 4, 5] }
      const part = await pipeline.compute({ region })
      assert.deepEqual(part.data, (await whole.view(region).copy()).data)
    }
})

test('the output lies on the grid of a reference where one is given', async () => {
  const source = noise(shape, 'float32', { affine })
  const field = fieldOf(grids['a turned one'], wave)
  for (const reference of [field, { shape: [10, 12, 9], affine: grids['a turned one'].affine }]) {
    const made = await pipe(source, warp(field, { reference, outsideValue: -9 })).compute()
    assert.deepEqual([made.shape, made.affine, made.components], [reference.shape, reference.affine, 1])
    assert.ok(checkWarped(made, source, field, true, 1e-3) > 50)
  }
})

test('planes and colours are moved like volumes, frames by a field of their own or one for all', async () => {
  const plane = noise([13, 9], 'float32', { spacing: [2, 3] })
  const flat = fieldOf({ shape: [13, 9] }, ([i = 0, j = 0], k) => [Math.sin(j), Math.cos(i), 0][k] as number)
  const bent = await pipe(plane, warp(flat, { outsideValue: -9 })).compute()
  assert.ok(checkWarped(bent, plane, flat, true, 1e-3) > 50)
  const series = noise([6, 5, 4, 3], 'uint8', { components: 3 })
  const own = fieldOf({ shape: [6, 5, 4, 3] }, ([i = 0, j = 0, , t = 0], k) => Math.sin(i + j + k) * t)
  for (const field of [own, await own.view({ start: [0, 0, 0, 2], shape: [6, 5, 4, 1] }).copy()]) {
    const whole = await pipe(series, warp(field, { outsideValue: 1 })).compute()
    const [frame, time] = [1, field.shape[3] === 1 ? 0 : 1]
    const single = Volume.create({ shape: [6, 5, 4], dtype: 'uint8' }) as Volume
    const moves = Volume.create({ shape: [6, 5, 4], dtype: 'float32', components: 3 }) as Volume
    eachIndex(single.shape, (index) => {
      single.set(series.get(...index, frame, 2) as number, ...index)
      for (const c of [0, 1, 2]) moves.set(field.get(...index, time, c) as number, ...index, c)
    })
    const alone = await pipe(single, warp(moves, { outsideValue: 1 })).compute()
    eachIndex(single.shape, (index) => assert.equal(whole.get(...index, frame, 2), alone.get(...index)))
  }
})

test('vectors that lead nowhere give the outside value, and only where they count', async () => {
  const source = noise([9, 8, 7], 'float32', { affine: unit })
  const field = fieldOf({ shape: [9, 8, 7], affine: unit }, () => 0)
  field.set(Number.NaN, 4, 4, 4, 0)
  field.set(Number.POSITIVE_INFINITY, 5, 1, 2, 1)
  field.set(1e30, 2, 2, 2, 2)
  for (const interpolation of ['nearest', 'linear'] as const) {
    const made = await pipe(source, warp(field, { interpolation, outsideValue: 5 })).compute()
    const nowhere = ['4,4,4', '5,1,2', '2,2,2']
    eachIndex(source.shape, (index) => {
      const wanted = nowhere.includes(String(index)) ? 5 : source.get(...index)
      assert.equal(made.get(...index), wanted)
    })
  }
})

test('a region reads its image, widened by the extreme displacements; one moved outside reads nothing', async () => {
  const source = noise([12, 12, 12], 'int16', { affine: unit })
  const step = cast({ dtype: 'float32' })
  const seen = monitor(step)
  const field = fieldOf(
    { shape: [12, 12, 12], affine: unit },
    ([i = 0, , k = 0], c) => [i === 3 ? 0.5 : -2, 1, k === 2 ? 2 : 0][c] as number,
  )
  const pipeline = pipe(source, step, warp(field))
  await pipeline.compute({ region: { start: [3, 2, 1], shape: [4, 3, 2] } })
  assert.deepEqual(seen.needed, [{ start: [1, 3, 1], shape: [7, 3, 4] }])
  seen.reset()
  const far = pipe(source, step, warp(fieldOf({ shape: [12, 12, 12], affine: unit }, () => 40)))
  assert.ok((await far.compute()).data.every((value) => value === 0))
  assert.equal(seen.runs, 0)
})

test('what does not fit a budget is read in parts', async () => {
  const path = file('large.nii')
  await noise([64, 64, 200], 'float32', { affine: unit }).write(path)
  const field = fieldOf(
    { shape: [2, 2, 2], affine: unit.map((row, r) => row.map((x, k) => (r < 3 && k < 3 ? 63 * x : x))) },
    ([i = 0], c) => (c === 2 ? 150 * i : 0),
  )
  const step = cast({ dtype: 'float64' })
  const pipeline = pipe(path, step, warp(field, { dtype: 'uint8' }))
  const whole = await pipeline.compute()
  const seen = monitor(step)
  const tight = await pipeline.compute({ memory: '16MiB' })
  assert.ok(await tight.equals(whole))
  const bytes = seen.needed.map(({ shape }) => 8 * shape.reduce((product, n) => product * n, 1))
  assert.ok(Math.max(...bytes) <= 2 ** 23, `${Math.max(...bytes)} bytes were read at once`)
  assert.ok(seen.runs > 4)
})

test('a field that brings back what lies elsewhere is not read voxel by voxel', async () => {
  const size = [40, 40, 40]
  const path = file('elsewhere.nii')
  const source = noise(size, 'int16', { affine: unit })
  await source.write(path)
  for (const shift of [60, 39, 36]) {
    // Where nothing moves the grids share a corner, or nothing.
    const away = unit.map((row, r) => (r < 3 ? row.with(3, shift) : row))
    const reference = Volume.create({ shape: size, dtype: 'uint8', affine: away })
    const field = fieldOf(
      { shape: [2, 2, 2], affine: away.map((row, r) => row.map((x, k) => (r < 3 && k < 3 ? 39 * x : x))) },
      () => -shift,
    )
    const step = cast({ dtype: 'float64' })
    const seen = monitor(step)
    const made = await pipe(path, step, warp(field, { reference, dtype: 'int16' })).compute({
      memory: '16MiB',
    })
    assert.ok(await made.equals(source))
    assert.ok(seen.needed.length < 100, `${seen.needed.length} regions were read`)
  }
})

test('cubic values are the same in the least budget, where coefficients are made block by block', async () => {
  const path = file('cubic.nii')
  await noise([150, 140, 70], 'float32', { affine: unit }).write(path)
  const field = fieldOf(
    { shape: [4, 4, 3], affine: unit.map((row, r) => row.map((x, k) => (r < 3 && k < 3 ? 40 * x : x))) },
    ([i = 0, j = 0, k = 0], c) => [9 * (i - 1), 11 * (k - j), 6 * (j % 2)][c] as number,
  )
  const step = cast({ dtype: 'float64' })
  const pipeline = pipe(path, step, warp(field, { interpolation: 'cubic' }))
  const whole = await pipeline.compute()
  const to = file('moved.nii')
  const { least } = await pipeline.explain({ to })
  const seen = monitor(step)
  const read: number[] = []
  for (const memory of [least, 3 * least]) {
    seen.reset()
    await pipeline.write(to, { memory, overwrite: true })
    assert.ok(await (await pipe(to).compute()).equals(whole))
    const sizes = seen.needed.map(({ shape }) => shape.reduce((product, n) => product * n, 1))
    read.push(sizes.reduce((sum, n) => sum + n, 0))
  }
  // All voxels and their coefficients before and behind an axis are that much; blocks of 64 with 28 voxels around them overlap.
  assert.ok(least < 3 * 8 * 150 * 140 * 70, `${least} bytes`)
  assert.ok((read[0] as number) > 2 * (read[1] as number), `${read} voxels were read`)
})

test('fields that are none are refused', async () => {
  const source = noise(shape, 'int16', { affine })
  await assert.rejects(pipe(source, warp(source)).info(), refusal('InvalidArgument', 'warp.field'))
  const series = Volume.create({ shape: [4, 5, 6, 2], dtype: 'float32', components: 3 })
  await assert.rejects(pipe(source, warp(series)).info(), refusal('ShapeMismatch', 'warp.field'))
  const plane = Volume.create({ shape: [4, 5], dtype: 'uint8' })
  const field = fieldOf(grids['its own'], wave)
  await assert.rejects(
    pipe(source, warp(field, { reference: plane })).info(),
    refusal('ShapeMismatch', 'warp.reference'),
  )
  assert.throws(() => (warp as (field: unknown) => unknown)(3), refusal('InvalidArgument', 'warp.field'))
})

test.run()
