import * as assert from 'node:assert/strict'
import { dtypes } from '../../../ts/core/dtype.ts'
import { binShrink, median, pipe, type RunOptions, type Volume } from '../../../ts/index.ts'
import { eachIndex, noise } from '../../support/naive-filters.ts'
import { refusal } from '../../support/refusal.ts'
import { suite } from '../../support/suite.ts'

const test = suite('filters/binShrink')
const shape = [19, 7, 6]
const factor = [4, 2, 3]

function meanOf(source: Volume, [x, y, z]: readonly number[], [fx, fy, fz]: readonly number[]): number {
  let sum = 0
  for (let k = 0; k < (fz as number); k++)
    for (let j = 0; j < (fy as number); j++)
      for (let i = 0; i < (fx as number); i++)
        sum += Number(
          source.get(
            (x as number) * (fx as number) + i,
            (y as number) * (fy as number) + j,
            (z as number) * (fz as number) + k,
          ),
        )
  return sum / ((fx as number) * (fy as number) * (fz as number))
}

function halfToEven(value: number): number {
  const floor = Math.floor(value)
  return value - floor === 0.5 ? floor + (Math.abs(floor) % 2) : Math.round(value)
}

const ways: readonly RunOptions[] = [
  {},
  { divisions: 2 },
  { split: 'blocks', divisions: 7, threads: 1 },
  { executor: 'reference', simd: 'baseline' },
]

test('bins become their means, integers rounded half to even, in every element type and however the run is cut', async () => {
  for (const [k, dtype] of dtypes.entries())
    for (const factors of [factor, [2, 2, 2], [1, 7, 1], [19, 1, 1]]) {
      const source = noise(shape, dtype, {})
      const made = await pipe(source, binShrink({ factor: factors })).compute(ways[k % 4] as RunOptions)
      assert.deepEqual(
        [made.dtype, made.shape],
        [dtype, shape.map((n, axis) => Math.floor(n / (factors[axis] as number)))],
      )
      eachIndex(made.shape, (index) => {
        const mean = meanOf(source, index, factors)
        const wanted = dtype === 'float64' ? mean : dtype === 'float32' ? Math.fround(mean) : halfToEven(mean)
        const found = Number(made.get(...index))
        assert.ok(
          Math.abs(found - wanted) <= (dtype.startsWith('float') ? 1e-6 * Math.abs(wanted) : 0),
          `${dtype} ${index}: ${found}, not ${wanted}`,
        )
      })
    }
})

test('means keep their fractions when asked for as floats', async () => {
  for (const [input, dtype] of [
    ['uint8', 'float32'],
    ['int64', 'float64'],
    ['int16', 'float64'],
  ] as const) {
    const source = noise(shape, input, {})
    const made = await pipe(source, binShrink({ factor, dtype })).compute()
    eachIndex(made.shape, (index) => {
      const mean = meanOf(source, index, factor)
      assert.equal(made.get(...index), dtype === 'float32' ? Math.fround(mean) : mean)
    })
  }
})

test('bins lie where their voxels lie', async () => {
  const source = noise(shape, 'int16', { spacing: [0.7, 1.3, 2.1] })
  const made = await pipe(source, binShrink({ factor })).compute()
  const [p, q] = [made.indexToWorld([1, 2, 1]), source.indexToWorld([5.5, 4.5, 4])]
  assert.ok(p.every((x, k) => Math.abs(x - (q[k] as number)) < 1e-12))
})

test('a region of shrunken filtered voxels is a part of the whole, and an axis with no bin is refused', async () => {
  const pipeline = pipe(noise(shape, 'int16', {}), median(), binShrink({ factor: [2, 2, 1] }))
  const whole = await pipeline.compute()
  const region = { start: [3, 1, 2], shape: [5, 2, 3] }
  assert.deepEqual((await pipeline.compute({ region })).data, (await whole.view(region).copy()).data)
  await assert.rejects(
    pipe(whole, binShrink({ factor: [1, 1, 7] })).info(),
    refusal('InvalidArgument', 'binShrink.factor[2]'),
  )
})

test.run()
