import * as assert from 'node:assert/strict'
import { cast, clamp, type DType, dtypes, gamma, linear, pipe, threshold, Volume } from '../../../ts/index.ts'
import { fieldOf, largestDifference, noise, stored } from '../../support/naive-filters.ts'
import { refusal } from '../../support/refusal.ts'
import { suite } from '../../support/suite.ts'

const test = suite('filters/point')
const shape = [19, 7, 5]

const numbers = (volume: Volume) => fieldOf(volume).values

function floats(values: readonly number[], dtype: 'float32' | 'float64' = 'float64'): Volume {
  return Volume.wrap(dtype === 'float64' ? Float64Array.from(values) : Float32Array.from(values), {
    shape: [values.length],
  })
}

test('linear scales and shifts in the real type', async () => {
  for (const dtype of ['int16', 'uint32', 'float64'] as const) {
    const volume = noise(shape, dtype)
    const made = await pipe(volume, linear({ scale: 0.5, shift: -3 })).compute()
    assert.equal(made.dtype, dtype === 'int16' ? 'float32' : 'float64')
    assert.deepEqual(
      numbers(made),
      numbers(volume).map((x) => x * 0.5 - 3),
    )
  }
})

test('any filter takes another element type for its output', async () => {
  const volume = noise(shape, 'int16')
  const made = await pipe(volume, linear({ scale: 3, dtype: 'same' })).compute()
  assert.equal(made.dtype, 'int16')
  assert.deepEqual(
    numbers(made),
    numbers(volume).map((x) => 3 * x),
  )
  const bytes = await pipe(volume, linear({ scale: 0.5, dtype: 'uint8' })).compute()
  assert.deepEqual(
    numbers(bytes),
    numbers(volume).map((x) => stored('uint8', x * 0.5)),
  )
})

test('cast follows the store rule between all element types', async () => {
  const values = [
    -Infinity,
    -300.5,
    -128.5,
    -1.5,
    -0.5,
    0,
    0.5,
    1.5,
    2.5,
    126.5,
    254.5,
    65535.5,
    3e9,
    Infinity,
    Number.NaN,
  ]
  for (const dtype of dtypes.filter((name) => !name.endsWith('64') || name === 'float64')) {
    const made = await pipe(floats(values), cast({ dtype })).compute()
    assert.deepEqual(
      numbers(made),
      values.map((value) => stored(dtype, value)),
      dtype,
    )
  }
  const wide = await pipe(floats([2 ** 70, -5.5, Number.NaN]), cast({ dtype: 'int64' })).compute()
  assert.deepEqual([...wide.data], [2n ** 63n - 1n, -6n, 0n])
})

test('cast truncates, floors and wraps when asked', async () => {
  const values = [-1.7, -0.2, 0.2, 1.7, 257.5]
  const run = async (options: object) =>
    numbers(await pipe(floats(values), cast({ dtype: 'uint8', ...options })).compute())
  assert.deepEqual(await run({ rounding: 'truncate' }), [0, 0, 0, 1, 255])
  assert.deepEqual(await run({ rounding: 'floor', overflow: 'wrap' }), [254, 255, 0, 1, 1])
  const integers = Volume.wrap(Int16Array.of(-1, 256, 300), { shape: [3] })
  assert.deepEqual(
    numbers(await pipe(integers, cast({ dtype: 'uint8', overflow: 'wrap' })).compute()),
    [255, 0, 44],
  )
})

test('a cast to the same type is the volume itself', async () => {
  const volume = noise(shape, 'uint16')
  assert.ok(await (await pipe(volume, cast({ dtype: 'same' })).compute()).equals(volume))
})

test('threshold compares exactly in every element type', async () => {
  for (const dtype of dtypes) {
    const volume = noise(shape, dtype, { low: 0, high: 9 })
    const made = await pipe(volume, threshold({ below: 2.5, above: 7, outsideValue: 1 })).compute()
    assert.equal(made.dtype, dtype)
    assert.deepEqual(
      numbers(made),
      numbers(volume).map((x) => (x >= 2.5 && x <= 7 ? x : 1)),
      dtype,
    )
  }
})

test('threshold keeps to limits that float32 cannot hold, and NaN is outside', async () => {
  const values = [0.1, Math.fround(0.1), 0.3, Number.NaN, Infinity]
  const made = await pipe(floats(values, 'float32'), threshold({ below: 0.1, outsideValue: -1 })).compute()
  assert.deepEqual(numbers(made), [0.1, 0.1, 0.3, -1, Infinity].map(Math.fround))
  const none = await pipe(floats([0.1], 'float32'), threshold({ above: 0.1, outsideValue: -1 })).compute()
  assert.deepEqual(numbers(none), [-1])
})

test('threshold of 64-bit integers takes bigints', async () => {
  const volume = Volume.wrap(BigInt64Array.of(2n ** 62n, 2n ** 62n + 1n, -5n), { shape: [3] })
  const made = await pipe(volume, threshold({ below: 2n ** 62n + 1n })).compute()
  assert.deepEqual([...made.data], [0n, 2n ** 62n + 1n, 0n])
})

test('clamp moves voxels to the nearer limit and leaves NaN', async () => {
  const made = await pipe(floats([-5, 0.4, 9, Number.NaN]), clamp({ low: 0, high: 1 })).compute()
  assert.deepEqual(numbers(made), [0, 0.4, 1, Number.NaN])
  const volume = noise(shape, 'int8')
  const integers = await pipe(volume, clamp({ low: -20.5 })).compute()
  assert.deepEqual(
    numbers(integers),
    numbers(volume).map((x) => stored('int8', Math.max(x, -20.5))),
  )
})

test('gamma is a TypeScript function over voxels', async () => {
  const volume = noise(shape, 'uint8')
  const made = await pipe(volume, gamma({ gamma: 0.5, dtype: 'float64' })).compute({ divisions: 3 })
  const expected = numbers(volume).map((x) => 255 * Math.sqrt(x / 255))
  assert.ok(largestDifference(numbers(made), expected) < 1e-4)
})

test('limits that contradict each other are refused at once', () => {
  assert.throws(() => threshold({ below: 2, above: 1 }), refusal('InvalidArgument', 'threshold.above'))
  assert.throws(() => clamp({ low: 2, high: 1 }), refusal('InvalidArgument', 'clamp.high'))
  assert.throws(() => gamma({ min: 1, max: 1 }), refusal('InvalidArgument', 'gamma.max'))
  assert.throws(() => cast({ dtype: 'float16' as DType }), refusal('InvalidArgument', 'cast.dtype'))
})

test.run()
