import * as assert from 'node:assert/strict'
import { distanceMap } from '../../../ts/filters/index.ts'
import { type AnyStep, type DType, dtypes, pipe, Volume } from '../../../ts/index.ts'
import { callNative } from '../../../ts/native/errors.ts'
import { naiveDistance, signedAs } from '../../support/naive-distance.ts'
import { fieldOf, largestDifference } from '../../support/naive-filters.ts'
import { randomIntegers } from '../../support/random.ts'
import { refusal } from '../../support/refusal.ts'
import { type RegionalRun, runRegional, slabsOf } from '../../support/run-regional.ts'
import { suite } from '../../support/suite.ts'

const test = suite('filters/distance-map')
const spacing = [0.7, 1.3, 2.1]
const { levels } = callNative((addon) => addon.settings())

const bytesOf = (values: ArrayBufferView) => Buffer.from(values.buffer, values.byteOffset, values.byteLength)

async function valuesOf(volume: Volume, step: AnyStep, run?: RegionalRun): Promise<readonly number[]> {
  return Array.from(await runRegional(volume, step, run), Number)
}

// A ball, a bar through the volume, and specks one in `rare`.
function objects(shape: readonly number[], rare: number, dtype: DType = 'uint8', steps = spacing): Volume {
  const volume = Volume.create({ shape, dtype, spacing: steps.slice(0, shape.length) })
  const random = randomIntegers(rare + shape.length)
  const { data } = volume
  for (let at = 0; at < data.length; at++) {
    let [rest, square, isBar] = [at, 0, true]
    for (const [axis, n] of shape.entries()) {
      const i = rest % n
      rest = (rest - i) / n
      square += ((i - n * 0.6) / (n * 0.25)) ** 2
      if (axis > 0) isBar &&= i === Math.floor(n / 4)
    }
    const isIn = square < 1 || isBar || (rare > 0 && random(1, rare) === 1)
    data[at] = (typeof data[at] === 'bigint' ? BigInt(isIn) : Number(isIn)) as never
  }
  volume.touch()
  return volume
}

test('distanceMap compares every voxel with every feature, for any spacing and rank', async () => {
  for (const shape of [[19, 7, 5], [23, 17], [90], [1, 6, 70], [70, 3, 4], [3, 70, 2]])
    for (const steps of [spacing, [1, 1, 1], [2.5, 2.5, 2.5], [3, 1, 2]])
      for (const rare of [0, 7, 150])
        for (const to of ['border', 'object', 'background'] as const) {
          const volume = objects(shape, rare, 'uint8', steps)
          const axes = shape.map((_, axis) => axis)
          const distances = naiveDistance(fieldOf(volume), to, axes, steps)
          const expected = to === 'border' ? signedAs(fieldOf(volume), distances) : distances
          const made = await valuesOf(volume, distanceMap({ to }))
          const difference = largestDifference(made, expected.map(Math.fround))
          assert.ok(difference <= 4e-6, `[${shape}] ${steps} ${to} 1/${rare}: differs by ${difference}`)
        }
})

test('squares, signs, units and the greatest distance are as asked for', async () => {
  const volume = objects([19, 11, 9], 0)
  const axes = [0, 1, 2]
  const distances = naiveDistance(fieldOf(volume), 'border', axes, spacing)
  const signed = signedAs(fieldOf(volume), distances)
  const close = async (step: AnyStep, expected: readonly number[]) => {
    const difference = largestDifference(await valuesOf(volume, step), expected)
    assert.ok(difference <= 3e-5, `${JSON.stringify(step.options)}: differs by ${difference}`)
  }
  await close(distanceMap({ squared: true }), signed.map((d) => d * Math.abs(d))) // biome-ignore format: short
  await close(distanceMap({ insideIsPositive: true }), signed.map((d) => -d || 0)) // biome-ignore format: short
  const inVoxels = signedAs(fieldOf(volume), naiveDistance(fieldOf(volume), 'border', axes, [1, 1, 1]))
  await close(distanceMap({ units: 'voxel' }), inVoxels)
  const limited = (most: number) => signed.map((d) => Math.sign(d) * Math.min(Math.abs(d), most))
  await close(distanceMap({ maximum: 2.2 }), limited(2.2))
  await close(
    distanceMap({ maximum: 2.2, squared: true }),
    limited(2.2).map((d) => d * Math.abs(d)),
  )
  const whole = await valuesOf(volume, distanceMap({ dtype: 'int16' }))
  assert.ok(largestDifference(whole, signed) <= 0.5001)
})

test('the border itself is at zero, and without one all is infinitely far', async () => {
  const made = await valuesOf(objects([9, 8, 7], 3), distanceMap({ insideIsPositive: true }))
  assert.ok(made.some((value) => value === 0))
  assert.ok(made.every((value) => !Object.is(value, -0)))
  const volume = Volume.create({ shape: [5, 4, 70], dtype: 'uint8' })
  const all = async (step: AnyStep, value: number) =>
    assert.ok((await valuesOf(volume, step)).every((one) => one === value))
  await all(distanceMap(), Number.POSITIVE_INFINITY)
  await all(distanceMap({ to: 'object', maximum: 3 }), 3)
  await all(distanceMap({ to: 'background' }), 0)
  await volume.fill(1)
  await all(distanceMap(), Number.NEGATIVE_INFINITY)
  await all(distanceMap({ to: 'background' }), Number.POSITIVE_INFINITY)
})

test('every element type has objects where it is above or below zero', async () => {
  for (const dtype of dtypes) {
    const volume = objects([11, 6, 5], 20, dtype)
    const expected = naiveDistance(fieldOf(volume), 'object', [0, 1, 2], spacing)
    const made = await valuesOf(volume, distanceMap({ to: 'object' }))
    assert.ok(largestDifference(made, expected) <= 4e-6, dtype)
  }
  const floats = Volume.create({ shape: [5], dtype: 'float32' })
  floats.data.set([Number.NaN, -0, -3, 0, 0])
  floats.touch()
  assert.deepEqual(await valuesOf(floats, distanceMap({ to: 'object' })), [2, 1, 0, 1, 2])
})

test('axes that are not named are independent', async () => {
  const volume = objects([9, 8, 7, 3], 30, 'uint8', [...spacing, 1])
  for (const axes of [undefined, [1], [2, 0], [3, 1], [0]]) {
    const used = axes ?? [0, 1, 2]
    const distances = naiveDistance(fieldOf(volume), 'border', used, [...spacing, 1])
    const made = await valuesOf(volume, distanceMap({ axes }))
    assert.ok(largestDifference(made, signedAs(fieldOf(volume), distances)) <= 4e-6, `axes ${axes}`)
  }
})

test('distanceMap gives the same bytes for any region, budget, thread count and level', async () => {
  for (const shape of [
    [37, 9, 100],
    [70, 41],
  ])
    for (const steps of [spacing, [1, 1, 1]])
      for (const options of [{}, { to: 'object' }, { maximum: 7 }] as const) {
        const step = distanceMap(options)
        const volume = objects(shape, 400, 'uint8', steps)
        const whole = bytesOf(await runRegional(volume, step))
        for (const [k, level] of levels.entries())
          for (const [axis, height] of [
            [shape.length - 1, 9],
            [0, 16],
          ] as const) {
            const regions = [...slabsOf(shape, axis, height)].reverse()
            const budget = k % 2 === 0 ? 400 : 2 ** 30
            const parts = await runRegional(volume, step, { regions, budget, level, threads: 1 + (k % 2) })
            assert.ok(
              bytesOf(parts).equals(whole),
              `[${shape}] ${level} axis ${axis} ${JSON.stringify(options)}`,
            )
          }
      }
})

test('lines of large planes are cut in shorter segments, and long lines have the scratch they need', async () => {
  const volume = Volume.create({ shape: [2 ** 19, 18], dtype: 'uint8', spacing: [1, 1] })
  const points = [0, 1, 2, 3, 4].map((k) => [k * 100_003, (k * 7) % 18] as const)
  for (const [x, y] of points) volume.set(1, x, y)
  const region = { start: [0, 14], shape: [2 ** 19, 3] }
  const made = await pipe(volume, distanceMap({ to: 'object', squared: true })).compute({ region })
  for (const y of [14, 15, 16])
    for (let x = 0; x < 2 ** 19; x += 997) {
      const squares = points.map(([px, py]) => (px - x) ** 2 + (py - y) ** 2)
      assert.equal(made.get(x, y - 14), Math.fround(Math.min(...squares)))
    }
})

test('several components and unusable options are refused', () => {
  const volume = Volume.create({ shape: [3, 3], dtype: 'uint8', components: 3 })
  const plan = (step: AnyStep) => () => step.bind().output?.(volume, new Map())
  assert.throws(plan(distanceMap()), refusal('InvalidArgument', 'distanceMap input'))
  assert.throws(() => distanceMap({ maximum: 0 }), refusal('InvalidArgument', 'distanceMap.maximum'))
  const flat = Volume.create({ shape: [3, 3], dtype: 'uint8' })
  const regional = (axes: readonly number[]) => () => distanceMap({ axes }).bind().regional?.(flat, new Map())
  assert.throws(regional([2]), refusal('InvalidArgument', 'distanceMap.axes'))
  assert.throws(regional([]), refusal('InvalidArgument', 'distanceMap.axes'))
})

test.run()
