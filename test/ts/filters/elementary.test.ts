import * as assert from 'node:assert/strict'
import { type AnyStep, exp, log, pipe, pow, sigmoid, sqrt, Volume } from '../../../ts/index.ts'
import {
  type Exact,
  exactExp,
  exactFixed,
  exactLog,
  fixed,
  partsOfFloat,
  product,
  quotient,
  ulpsFrom,
} from '../../support/exact-numbers.ts'
import { randomIntegers } from '../../support/random.ts'
import { refusal } from '../../support/refusal.ts'
import { suite } from '../../support/suite.ts'

const test = suite('filters/elementary')

type Float = 'float32' | 'float64'
const floats: readonly Float[] = ['float32', 'float64']

function volumeOf(values: readonly number[], dtype: Float): Volume {
  const data = dtype === 'float64' ? Float64Array.from(values) : Float32Array.from(values)
  return Volume.wrap(data, { shape: [values.length] })
}

async function made(values: readonly number[], dtype: Float, step: AnyStep<Volume>): Promise<number[]> {
  const volume = await pipe(volumeOf(values, dtype), step).compute()
  assert.equal(volume.dtype, dtype)
  return [...volume.data] as number[]
}

const infinite = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN]
const { min: least, largest } = { min: Number.MIN_VALUE, largest: Number.MAX_VALUE }

/** Numbers in [low, high], some of them near whole and half ones, as a type holds them. */
function spread(dtype: Float, low: number, high: number, count: number, seed: number): number[] {
  const random = randomIntegers(seed)
  const values = Array.from({ length: count }, (_, k) => {
    const value = low + ((high - low) * (random(0, 2 ** 30) + random(0, 2 ** 20) / 2 ** 20)) / 2 ** 30
    return k % 5 === 0 ? Math.round(value * 2) / 2 : k % 7 === 0 ? value * 2 ** -random(1, 40) : value
  })
  return dtype === 'float32' ? values.map(Math.fround) : values
}

/** Positive numbers of every magnitude of a type. */
function magnitudes(dtype: Float, count: number, seed: number): number[] {
  const random = randomIntegers(seed)
  const [lowest, highest] = dtype === 'float64' ? [-1074, 1023] : [-149, 127]
  const values = Array.from(
    { length: count },
    () => 2 ** random(lowest, highest) * (1 + random(0, 2 ** 30) / 2 ** 30),
  )
  return dtype === 'float32' ? values.map(Math.fround) : values
}

function worst(found: readonly number[], exact: readonly Exact[], dtype: Float): number {
  return found.reduce((most, value, k) => Math.max(most, ulpsFrom(exact[k] as Exact, value, dtype)), 0)
}

test('sqrt is correctly rounded, and NaN for negative voxels', async () => {
  for (const dtype of floats) {
    const values = [...magnitudes(dtype, 1000, 3), 0, -0, -1, ...infinite, 2, 9]
    const wanted = values.map((x) => (dtype === 'float32' ? Math.fround(Math.sqrt(x)) : Math.sqrt(x)))
    assert.deepEqual(await made(values, dtype, sqrt()), wanted)
  }
})

test('exp is within 2 ulp, denormal results too', async () => {
  for (const dtype of floats) {
    const [low, high] = dtype === 'float64' ? [-745, 709.5] : [-103, 88.5]
    const values = [...spread(dtype, low, high, 2000, 5), ...spread(dtype, -1, 1, 500, 6), low, high]
    const exact = values.map((x) => exactExp(fixed(x)))
    assert.ok(worst(await made(values, dtype, exp()), exact, dtype) < (dtype === 'float64' ? 1.5 : 1))
  }
})

test('exp of what has no power among the numbers', async () => {
  for (const dtype of floats) {
    const values = [...infinite, 0, -0, 720, -800, 1e30, -1e30, dtype === 'float32' ? 1e-40 : least]
    const inf = Number.POSITIVE_INFINITY
    assert.deepEqual(await made(values, dtype, exp()), [inf, 0, Number.NaN, 1, 1, inf, 0, inf, 0, 1])
  }
})

test('log is within 2 ulp, near 1 and for denormal voxels too', async () => {
  for (const dtype of floats) {
    const near = spread(dtype, 0.5, 2, 1500, 8).filter((x) => x > 0 && x !== 1)
    const values = [...magnitudes(dtype, 1500, 7), ...near]
    const exact = values.map((x) => exactFixed(exactLog(x) < 0n ? -exactLog(x) : exactLog(x)))
    const found = await made(values, dtype, log())
    assert.ok(found.every((y, k) => Math.sign(y) === Math.sign(Math.log(values[k] as number))))
    assert.ok(worst(found.map(Math.abs), exact, dtype) < 1)
  }
})

test('log of zeros, negatives, infinities and NaN', async () => {
  for (const dtype of floats) {
    const [inf, nan] = [Number.POSITIVE_INFINITY, Number.NaN]
    assert.deepEqual(await made([0, -0, 1, -1, inf, -inf, nan, -1e-30], dtype, log()), [
      -inf,
      -inf,
      0,
      nan,
      inf,
      nan,
      nan,
      nan,
    ])
  }
})

/** Bases and exponents whose power is a number. */
function powers(dtype: Float, count: number): readonly (readonly [number, number])[] {
  const random = randomIntegers(11)
  const most = dtype === 'float64' ? 708 : 87
  const bases = [...magnitudes(dtype, count / 2, 12), ...spread(dtype, 0.5, 2, count / 2, 13)]
  return bases
    .filter((x) => x > 0 && x !== 1)
    .map((x) => {
      const y = ((random(-1000, 1000) / 1000) * most) / Math.abs(Math.log(x))
      return [x, dtype === 'float32' ? Math.fround(y) : y] as const
    })
    .filter(([, y]) => Math.abs(y) < 2 ** 60)
}

test('pow is within 2 ulp of the exact power', async () => {
  for (const dtype of floats) {
    const pairs = powers(dtype, 4000)
    const bases = pairs.map(([x]) => x)
    const exponents = volumeOf(
      pairs.map(([, y]) => y),
      dtype,
    )
    const exact = pairs.map(([x, y]) => {
      const { mantissa, exponent } = partsOfFloat(y)
      const log = exactLog(x) * mantissa
      return exactExp(exponent >= 0 ? log << BigInt(exponent) : log >> BigInt(-exponent))
    })
    const found = await made(bases, dtype, pow(exponents))
    assert.ok(worst(found, exact, dtype) < (dtype === 'float64' ? 1.5 : 1))
  }
})

test('pow of whole exponents has the signs and the whole numbers it should', async () => {
  for (const dtype of floats) {
    const values = [-3, -2, -1, 1, 2, 3, 10]
    for (const exponent of [-2, -1, 0, 1, 2, 3, 5]) {
      const wanted = values.map((x) => x ** exponent)
      const found = await made(values, dtype, pow(exponent))
      found.forEach((y, k) => {
        assert.ok(Math.abs(y / (wanted[k] as number) - 1) <= (dtype === 'float64' ? 2 ** -52 : 2 ** -23))
      })
    }
  }
})

// Annex F of the C standard.
test('pow has the special cases of C', async () => {
  const [inf, nan] = [Number.POSITIVE_INFINITY, Number.NaN]
  const cases: readonly (readonly [x: number, y: number, power: number])[] = [
    [0, -3, inf],
    [-0, -3, -inf],
    [0, -2, inf],
    [-0, -2, inf],
    [0, -inf, inf],
    [-0, -0.5, inf],
    [0, 3, 0],
    [-0, 3, -0],
    [-0, 2, 0],
    [-0, 0.5, 0],
    [-1, inf, 1],
    [-1, -inf, 1],
    [1, nan, 1],
    [1, inf, 1],
    [nan, 0, 1],
    [inf, -0, 1],
    [-2, 0.5, nan],
    [-2, -1.5, nan],
    [0.5, -inf, inf],
    [2, -inf, 0],
    [-0.5, inf, 0],
    [-2, inf, inf],
    [-inf, -3, -0],
    [-inf, -2, 0],
    [-inf, -0.5, 0],
    [-inf, 3, -inf],
    [-inf, 2, inf],
    [-inf, 1.5, inf],
    [inf, -1, 0],
    [inf, 0.5, inf],
    [nan, 1, nan],
    [2, nan, nan],
    [-8, 2 ** 54, inf],
    [-1, 2 ** 53, 1],
    [-1, 2 ** 23 + 1, -1],
  ]
  for (const dtype of floats) {
    const exponents = volumeOf(
      cases.map(([, y]) => y),
      dtype,
    )
    const found = await made(
      cases.map(([x]) => x),
      dtype,
      pow(exponents),
    )
    cases.forEach(([x, y, power], k) => {
      assert.ok(Object.is(found[k], power), `${dtype}: ${x} ^ ${y} is ${power}, not ${found[k]}`)
    })
  }
  assert.deepEqual(await made([-1], 'float64', pow(2 ** 52 + 1)), [-1])
  assert.deepEqual(await made([10, 0.1], 'float64', pow(400)), [inf, 0])
  assert.deepEqual(await made([least, largest], 'float64', pow(1)), [least, largest])
})

test('sigmoid is within 2 ulp of its formula, far out on its flat side too', async () => {
  for (const dtype of floats) {
    for (const [alpha, beta, max] of [
      [1, 0, 1],
      [3, -20, 200],
      [-0.7, 5.1, 1],
    ] as const) {
      const reach = Math.abs(alpha) * (dtype === 'float64' ? 600 : 80)
      const values = [
        ...spread(dtype, beta - reach, beta + reach, 800, 21),
        ...spread(dtype, -2, 2, 300, 22),
      ].filter((x) => Math.abs((x - beta) / alpha) < reach)
      const exact = values.map((x) => {
        const t = quotient(fixed(x) - fixed(beta), fixed(alpha))
        const { mantissa, exponent } = exactExp(t < 0n ? t : -t)
        const power = exponent >= 0 ? mantissa << BigInt(exponent) : mantissa >> BigInt(-exponent)
        const upper = quotient(fixed(max), fixed(1) + power)
        if (t >= 0n) return exactFixed(upper)
        const { mantissa: share, exponent: places } = exactFixed(upper)
        return { mantissa: product(share, mantissa), exponent: places + exponent }
      })
      assert.ok(worst(await made(values, dtype, sigmoid({ alpha, beta, max })), exact, dtype) < 2)
    }
  }
})

test('sigmoid runs from min to max', async () => {
  for (const dtype of floats) {
    const values = [...infinite.slice(0, 2), 4, Number.NaN, 1e30, -1e30]
    const found = await made(values, dtype, sigmoid({ alpha: 2, beta: 4, min: -10, max: 30 }))
    assert.deepEqual(found, [30, -10, 10, Number.NaN, 30, -10])
  }
  const falling = await made([-1e9, 0, 1e9], 'float64', sigmoid({ alpha: -1e-3, min: 1, max: 5 }))
  assert.deepEqual(falling, [5, 3, 1])
  assert.deepEqual(
    await made([1e300, -1e300], 'float64', sigmoid({ alpha: 1e303 })).then(([a, b]) => [
      (a as number) > 0.5,
      (b as number) < 0.5,
    ]),
    [true, true],
  )
  assert.throws(() => sigmoid({ alpha: 0 }), refusal('InvalidArgument', 'sigmoid.alpha'))
})

test('integers are computed in their real type', async () => {
  const small = await pipe(Volume.wrap(Int16Array.of(4, -4, 0), { shape: [3] }), sqrt()).compute()
  assert.deepEqual([small.dtype, ...small.data], ['float32', 2, Number.NaN, 0])
  const large = await pipe(Volume.wrap(Int32Array.of(1, 2, 3), { shape: [3] }), exp()).compute()
  assert.deepEqual([large.dtype, large.data[0]], ['float64', Math.E])
})

test.run()
