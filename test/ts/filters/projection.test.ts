import * as assert from 'node:assert/strict'
import { cast, type DType, median, pipe, projection, type RunOptions, Volume } from '../../../ts/index.ts'
import { eachIndex } from '../../support/naive-filters.ts'
import { randomIntegers } from '../../support/random.ts'
import { refusal } from '../../support/refusal.ts'
import { suite } from '../../support/suite.ts'

const test = suite('filters/projection')
const shape = [19, 7, 6]
const affine = [
  [-1.5, 0.2, 0, 10],
  [0.1, 2, -0.3, -20],
  [0, 0.4, 3, 30],
  [0, 0, 0, 1],
]

function noise(dtype: DType, lengths = shape, options: object = { affine }): Volume {
  const random = randomIntegers(5)
  const volume = Volume.create({ shape: lengths, dtype, ...options }) as Volume
  volume.data.forEach((_, k) => {
    const value = random(0, 120)
    volume.data[k] = typeof volume.data[k] === 'bigint' ? 2n ** 60n + BigInt(value) : value
  })
  return volume
}

type Value = number | bigint

function lineOf(source: Volume, index: readonly number[], axis: number): Value[] {
  return Array.from(
    { length: source.shape[axis] as number },
    (_, i) => source.get(...index.with(axis, i)) as Value,
  )
}

const byValue = (a: Value, b: Value) => (a < b ? -1 : a > b ? 1 : 0)
const chosen = {
  maximum: (line: Value[]) => line.toSorted(byValue).at(-1),
  minimum: (line: Value[]) => line.toSorted(byValue)[0],
  median: (line: Value[]) => line.toSorted(byValue)[Math.floor((line.length - 1) / 2)],
}
const ways: readonly RunOptions[] = [
  {},
  { divisions: 3 },
  { split: 'blocks', divisions: 8, threads: 1 },
  { executor: 'reference', simd: 'baseline' },
]

test('greatest, least and middle voxels keep every bit in every element type, along each axis, however the run is cut', async () => {
  for (const dtype of ['uint8', 'int8', 'uint16', 'float32', 'int64', 'uint64', 'float64'] as const)
    for (const method of ['maximum', 'minimum', 'median'] as const)
      for (const axis of [0, 1, 2]) {
        const source = noise(dtype)
        const made = await pipe(source, projection({ axis, method })).compute(ways[axis] as RunOptions)
        assert.deepEqual([made.dtype, made.shape], [dtype, shape.with(axis, 1)])
        eachIndex(made.shape, (index) =>
          assert.equal(
            made.get(...index),
            chosen[method](lineOf(source, index, axis)),
            `${dtype} ${method} ${index}`,
          ),
        )
      }
})

test('sums are float64, means real, and both exact where doubles are', async () => {
  for (const dtype of ['uint8', 'int16', 'uint32', 'int64', 'float32'] as const)
    for (const axis of [0, 1, 2]) {
      const source = noise(dtype)
      const sum = await pipe(source, projection({ axis, method: 'sum' })).compute(ways[axis] as RunOptions)
      const mean = await pipe(source, projection({ axis, method: 'mean' })).compute(
        ways[2 - axis] as RunOptions,
      )
      assert.equal(sum.dtype, 'float64')
      assert.equal(mean.dtype, dtype === 'uint32' || dtype === 'int64' ? 'float64' : 'float32')
      const n = shape[axis] as number
      eachIndex(sum.shape, (index) => {
        const wanted = lineOf(source, index, axis).reduce<number>((total, value) => total + Number(value), 0)
        assert.equal(sum.get(...index), wanted)
        assert.equal(mean.get(...index), mean.dtype === 'float32' ? Math.fround(wanted / n) : wanted / n)
      })
    }
})

test('NaN is above all else and -0 below 0', async () => {
  const source = Volume.create({ shape: [3, 2], dtype: 'float32' })
  source.data.set([1, Number.NaN, Number.POSITIVE_INFINITY, 0, -0, 0])
  const of = async (method: 'maximum' | 'minimum' | 'median') => [
    ...(await pipe(source, projection({ axis: 0, method })).compute()).data,
  ]
  assert.deepEqual(await of('maximum'), [Number.NaN, 0])
  assert.deepEqual(await of('minimum'), [1, -0])
  assert.deepEqual(await of('median'), [Number.POSITIVE_INFINITY, 0])
})

test('the axis kept is as long as what it stands for; dropped, its column is the last', async () => {
  const source = noise('int16')
  source.header = { sform: { code: 1, affine } }
  for (const axis of [0, 1, 2]) {
    const kept = await pipe(source, projection({ axis })).compute()
    const n = shape[axis] as number
    assert.ok(Math.abs((kept.spacing[axis] as number) - n * (source.spacing[axis] as number)) < 1e-12)
    const centre = source.indexToWorld([1, 1, 1].with(axis, (n - 1) / 2))
    assert.ok(
      kept.indexToWorld([1, 1, 1].with(axis, 0)).every((x, k) => Math.abs(x - (centre[k] as number)) < 1e-9),
    )
    const flat = await pipe(source, projection({ axis, keepAxis: false })).compute()
    assert.deepEqual(flat.shape, shape.toSpliced(axis, 1))
    assert.deepEqual(flat.orientation, Array.from(source.orientation).toSpliced(axis, 1).join(''))
    assert.deepEqual(flat.data, kept.data)
    const at = flat.indexToWorld([3, 2])
    assert.ok(
      kept.indexToWorld([3, 2].toSpliced(axis, 0, 0)).every((x, k) => Math.abs(x - (at[k] as number)) < 1e-9),
    )
    assert.deepEqual(
      flat.affine.map((row) => row[2]),
      kept.affine.map((row) => row[axis]),
    )
    assert.deepEqual(flat.header.sform?.affine, flat.affine)
  }
})

test('axes beyond the third take the place of one dropped, and close their ranks', async () => {
  const source = noise('uint8', [5, 4, 3, 6, 2], { spacing: [1, 2, 3, 4, 5], components: 2 })
  const time = await pipe(source, projection({ axis: 3, keepAxis: false })).compute()
  assert.deepEqual([time.shape, time.orientation, time.components], [[5, 4, 3, 2], 'LPIT', 2])
  const depth = await pipe(source, projection({ axis: 1, keepAxis: false, method: 'minimum' })).compute()
  assert.deepEqual([depth.shape, depth.orientation], [[5, 3, 6, 2], 'LIPT'])
  eachIndex(depth.shape, ([x, z, t, u]) => {
    const line = [0, 1, 2, 3].map((y) =>
      Number(source.get(x as number, y, z as number, t as number, u as number, 1)),
    )
    assert.equal(depth.get(x as number, z as number, t as number, u as number, 1), Math.min(...line))
  })
})

test('filtered voxels are projected, and regions are parts of the whole', async () => {
  const pipeline = pipe(
    noise('int16'),
    median(),
    projection({ axis: 1, method: 'mean' }),
    cast({ dtype: 'float32' }),
  )
  const whole = await pipeline.compute()
  for (const way of ways) assert.deepEqual((await pipeline.compute(way)).data, whole.data)
  const region = { start: [2, 0, 1], shape: [15, 1, 4] }
  assert.deepEqual((await pipeline.compute({ region })).data, (await whole.view(region).copy()).data)
})

test('an axis the volume has not, or the only one dropped, is refused', async () => {
  await assert.rejects(
    pipe(noise('uint8'), projection({ axis: 3 })).info(),
    refusal('InvalidArgument', 'projection.axis'),
  )
  const line = Volume.create({ shape: [4], dtype: 'uint8' })
  await assert.rejects(
    pipe(line, projection({ axis: 0, keepAxis: false })).info(),
    refusal('InvalidArgument', 'projection.keepAxis'),
  )
})

test.run()
