import * as assert from 'node:assert/strict'
import { type DType, dtypes, isInteger, realOf } from '../../../ts/core/dtype.ts'
import { gradientMagnitudeRecursiveGaussian, recursiveGaussian } from '../../../ts/filters/index.ts'
import { type AnyStep, cast, clamp, pipe, Volume } from '../../../ts/index.ts'
import { callNative } from '../../../ts/native/errors.ts'
import { type Field, fieldOf, largestDifference, noise } from '../../support/naive-filters.ts'
import { naiveLines } from '../../support/naive-recursive.ts'
import { randomIntegers } from '../../support/random.ts'
import { refusal } from '../../support/refusal.ts'
import { type RegionalRun, runRegional, slabsOf } from '../../support/run-regional.ts'
import { suite } from '../../support/suite.ts'

const test = suite('filters/recursive-gaussian')
const spacing = [0.7, 1.3, 2.1]
const { levels } = callNative((addon) => addon.settings())

const bytesOf = (values: ArrayBufferView) => Buffer.from(values.buffer, values.byteOffset, values.byteLength)

// Integers from end to end of their type.
function anyVoxels(shape: readonly number[], dtype: DType): Volume {
  const volume = noise(shape, dtype)
  if (!isInteger(dtype)) return volume
  const { buffer, byteOffset, byteLength } = volume.data
  const random = randomIntegers(11)
  new Uint8Array(buffer, byteOffset, byteLength).forEach((_, i, bytes) => {
    bytes[i] = random(0, 255)
  })
  volume.touch()
  return volume
}

async function valuesOf(volume: Volume, step: AnyStep, run?: RegionalRun): Promise<readonly number[]> {
  return Array.from(await runRegional(volume, step, run), Number)
}

function naive(field: Field, sigmas: readonly number[], orders: readonly number[]): Field {
  return sigmas.reduceRight(
    (made, sigma, axis) => (sigma === 0 ? made : naiveLines(made, axis, sigma, orders[axis])),
    field,
  )
}

test('recursiveGaussian is the convolution its recursion stands for, for lines of every length and order', async () => {
  for (const shape of [[19, 7, 5], [1, 2, 3], [70, 3, 2], [5, 129, 2], [3, 4, 200], [130], [6, 65]])
    for (const sigma of [0.4, 1, 3.3])
      for (const orders of [
        [0, 0, 0],
        [1, 0, 2],
        [2, 1, 0],
      ]) {
        const volume = noise(shape, 'float64')
        const order = orders.slice(0, shape.length)
        const made = await valuesOf(volume, recursiveGaussian({ sigma: shape.map(() => sigma), order }))
        const expected = naive(fieldOf(volume), shape.map(() => sigma), order) // biome-ignore format: one call
        const difference = largestDifference(made, expected.values)
        assert.ok(difference < 1e-9, `[${shape}] σ ${sigma} order ${order}: differs by ${difference}`)
      }
})

test('recursiveGaussian of float32 stays within a millionth of the range for any sigma', async () => {
  const volume = noise([33, 3, 150], 'float32', { low: 0, high: 3000 })
  for (const sigma of [0.3, 2, 10, 80])
    for (const order of [0, 1, 2]) {
      const made = await valuesOf(
        volume,
        recursiveGaussian({ sigma: [0, 0, sigma], order: [0, 0, order], units: 'voxel' }),
      )
      const expected = naive(fieldOf(volume), [0, 0, sigma], [0, 0, order])
      const range = 3000 * (order === 0 ? 1 : Math.min(1, 2 / sigma ** order))
      const difference = largestDifference(made, expected.values) / range
      assert.ok(difference < 2e-6, `σ ${sigma} order ${order}: differs by ${difference} of the range`)
    }
})

test('recursiveGaussian measures sigma and derivatives in millimetres unless voxels are asked for', async () => {
  const volume = noise([19, 7, 5], 'int16', { spacing })
  const inVoxels = spacing.map((s) => 2 / s)
  const cases = [
    { options: { sigma: 2 }, orders: [0, 0, 0], sigmas: inVoxels, factor: 1 },
    { options: { sigma: 2, order: [0, 1, 0] }, orders: [0, 1, 0], sigmas: inVoxels, factor: 1 / 1.3 },
    { options: { sigma: 2, order: 2 }, orders: [2, 2, 2], sigmas: inVoxels, factor: (0.7 * 1.3 * 2.1) ** -2 },
    {
      options: { sigma: 2, order: [0, 1, 0], scaleNormalized: true },
      orders: [0, 1, 0],
      sigmas: inVoxels,
      factor: 2 / 1.3,
    },
    {
      options: { sigma: 2, order: [1], units: 'voxel' },
      orders: [1, 0, 0],
      sigmas: [2, 2, 2],
      factor: 1,
    },
  ] as const
  for (const { options, orders, sigmas, factor } of cases) {
    const made = await valuesOf(volume, recursiveGaussian(options))
    const expected = naive(fieldOf(volume), sigmas, orders).values.map((value) => value * factor)
    assert.ok(largestDifference(made, expected) < 1e-4, JSON.stringify(options))
  }
})

test('gradientMagnitudeRecursiveGaussian is the length of the derivatives along the axes smoothed', async () => {
  for (const [sigma, scaleNormalized] of [
    [2, false],
    [[1.5, 0, 2.5], true],
    [[0, 3], false],
  ] as const) {
    const volume = noise([19, 7, 70], 'float64', { spacing })
    const sigmas = [0, 1, 2].map((axis) => (typeof sigma === 'number' ? sigma : (sigma[axis] ?? 0)))
    const inVoxels = sigmas.map((s, axis) => s / spacing[axis])
    const slopes = [0, 1, 2]
      .filter((axis) => sigmas[axis] > 0)
      .map((axis) => {
        const orders = [0, 1, 2].map((a) => (a === axis ? 1 : 0))
        const factor = scaleNormalized ? inVoxels[axis] : 1 / spacing[axis]
        return naive(fieldOf(volume), inVoxels, orders).values.map((value) => value * factor)
      })
    const expected = slopes[0].map((_, i) => Math.hypot(...slopes.map((slope) => slope[i])))
    const made = await valuesOf(volume, gradientMagnitudeRecursiveGaussian({ sigma, scaleNormalized }))
    assert.ok(largestDifference(made, expected) < 1e-9, `σ ${sigma}`)
  }
})

test('gradientMagnitudeRecursiveGaussian of several pieces, in many parts each, is the length of its slopes', async () => {
  const volume = noise([300, 200, 90], 'float32')
  const slopes = await Promise.all(
    [0, 1, 2].map((axis) => {
      const order = [0, 0, 0].with(axis, 1)
      return pipe(volume, recursiveGaussian({ sigma: 2, order })).compute()
    }),
  )
  const [x, y, z] = slopes.map(({ data }) => data as Float32Array) as [
    Float32Array,
    Float32Array,
    Float32Array,
  ]
  for (const dtype of ['float32', 'float64'] as const) {
    const made = await pipe(volume, gradientMagnitudeRecursiveGaussian({ sigma: 2, dtype })).compute()
    const differences = Array.from(made.data as Float32Array | Float64Array, (value, i) =>
      Math.abs(value - Math.hypot(x[i] as number, y[i] as number, z[i] as number)),
    )
    const most = differences.reduce((far, difference) => Math.max(far, difference), 0)
    assert.ok(most < 1e-4, `${dtype}: differs by ${most}`)
  }
})

test('recursive filters give the same bytes for any region, budget, thread count and level', async () => {
  const steps = [
    recursiveGaussian({ sigma: 3, order: [0, 1, 2] }),
    gradientMagnitudeRecursiveGaussian({ sigma: 2 }),
  ]
  for (const dtype of ['float32', 'float64'] as const)
    for (const shape of [
      [21, 5, 150],
      [150, 11, 3],
    ])
      for (const step of steps) {
        const volume = noise(shape, dtype, { spacing })
        const whole = bytesOf(await runRegional(volume, step))
        for (const [k, level] of levels.entries())
          for (const [axis, height] of [
            [2, 40],
            [1, 3],
            [0, 64],
          ] as const) {
            const regions = [...slabsOf(shape, axis, height)].reverse()
            const budget = k % 2 === 0 ? 1000 : 2 ** 30
            const parts = await runRegional(volume, step, { regions, budget, level, threads: 1 + (k % 2) })
            assert.ok(bytesOf(parts).equals(whole), `${dtype} [${shape}] ${level} axis ${axis}`)
          }
      }
})

test('voxels of any type are read as they are: the bytes are those of the same voxels as real numbers', async () => {
  const shape = [37, 9, 70]
  const regions = slabsOf(shape, 2, 40)
  for (const dtype of dtypes)
    for (const volume of [anyVoxels(shape, dtype), anyVoxels([70, 9, 37], dtype).permute([2, 1, 0])]) {
      const real = await pipe(volume, cast({ dtype: realOf(dtype) })).compute()
      for (const step of [
        recursiveGaussian({ sigma: 2, order: [0, 1, 2] }),
        gradientMagnitudeRecursiveGaussian({ sigma: [0, 0, 1.5] }),
      ])
        for (const level of levels) {
          const made = bytesOf(await runRegional(volume, step, { regions, budget: 100_000, level }))
          const expected = bytesOf(await runRegional(real, step, { regions, budget: 100_000, level }))
          assert.ok(made.equals(expected), `${dtype} ${volume.strides} ${level}`)
        }
    }
})

test('a block inside a volume needs no more than its segments', async () => {
  const volume = noise([21, 9, 200], 'float32')
  const step = recursiveGaussian({ sigma: 2 })
  const whole = await runRegional(volume, step)
  const region = { start: [3, 2, 70], shape: [5, 4, 7] }
  const part = await runRegional(volume, step, { regions: [region], budget: 1 })
  for (let z = 0; z < 7; z++)
    for (let y = 0; y < 4; y++)
      for (let x = 0; x < 5; x++) {
        const at = 3 + x + 21 * (2 + y + 9 * (70 + z))
        assert.equal(part[at], whole[at])
      }
  const { needs } = step.bind().regional?.(volume, new Map()) ?? {}
  assert.deepEqual(needs?.(region), [{ start: [0, 0, 64], shape: [21, 9, 64] }])
})

test('in little memory lines are read in strips, and states lie in a file of which parts are mapped', async () => {
  const volume = noise([180_000, 66], 'uint8')
  const smooth = pipe(volume, clamp(), recursiveGaussian({ sigma: [0, 2] }))
  const region = { start: [1000, 61], shape: [170_000, 4] }
  const wanted = await (await smooth.compute({ divisions: 1 })).view(region).copy()
  const { least } = await smooth.explain({ region })
  assert.ok(least < 24 * 2 ** 20)
  assert.ok(await wanted.equals(await smooth.compute({ region, memory: '24MiB' })))
})

test('recursiveGaussian filters components and time points by themselves', async () => {
  const volume = noise([9, 8, 3, 4], 'float32', { components: 3 })
  const made = await valuesOf(volume, recursiveGaussian({ sigma: 1.5 }))
  const { shape, values } = fieldOf(volume)
  const expected = naive({ shape, values }, [1.5, 1.5, 1.5, 0, 0], [0, 0, 0])
  const size = 9 * 8 * 3 * 4
  const difference = largestDifference(
    Array.from({ length: 3 }, (_, c) => Array.from({ length: size }, (_, i) => made[i * 3 + c])).flat(),
    expected.values,
  )
  assert.ok(difference < 1e-3, `differs by ${difference}`)
})

test('a NaN spreads over its line and no further', async () => {
  const volume = noise([5, 4, 150], 'float32')
  volume.set(Number.NaN, 2, 1, 77)
  const made = await valuesOf(volume, recursiveGaussian({ sigma: [0, 0, 1] }))
  made.forEach((value, at) => {
    assert.equal(Number.isNaN(value), at % 20 === 2 + 5 * 1, `voxel ${at}`)
  })
})

test('zeros behind a bright voxel stay free of denormal numbers', async () => {
  const volume = Volume.create({ shape: [1, 1, 2000], dtype: 'float32' })
  volume.set(1, 0, 0, 0)
  const made = await valuesOf(volume, recursiveGaussian({ sigma: [0, 0, 2] }))
  assert.ok(made.slice(400).every((value) => value === 0))
})

test('options that smooth nothing or do not fit are refused', () => {
  const volume = noise([3, 3], 'uint8')
  assert.throws(() => recursiveGaussian({ sigma: 0 }), refusal('InvalidArgument', 'recursiveGaussian.sigma'))
  assert.throws(
    () => recursiveGaussian({ sigma: [0, 0] }),
    refusal('InvalidArgument', 'recursiveGaussian.sigma'),
  )
  assert.throws(() => recursiveGaussian({ order: 3 }), refusal('InvalidArgument', 'recursiveGaussian.order'))
  const plan = (step: AnyStep) => () => step.bind().regional?.(volume, new Map())
  assert.throws(
    plan(recursiveGaussian({ sigma: [1, 0], order: [0, 1] })),
    refusal('InvalidArgument', 'recursiveGaussian.order'),
  )
  assert.throws(
    plan(recursiveGaussian({ sigma: [1, 1, 1] })),
    refusal('InvalidArgument', 'recursiveGaussian.sigma'),
  )
})

test('lines of any length have the scratch that the instruction set asks for', async () => {
  const volume = noise([60_000, 17], 'float32')
  const [first, ...others] = await Promise.all(
    levels.map((simd) => pipe(volume, recursiveGaussian({ sigma: [3, 0] })).compute({ simd })),
  )
  for (const other of others) assert.ok(await other?.equals(first as Volume))
})

test.run()
