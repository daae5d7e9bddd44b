import * as assert from 'node:assert/strict'
import {
  dtypes,
  edgeMap,
  gradientMagnitude,
  minimumMaximum,
  pipe,
  rescaleIntensity,
  statistics,
  threshold,
  Volume,
} from '../../../ts/index.ts'
import { fieldOf, noise, stored } from '../../support/naive-filters.ts'
import { refusal } from '../../support/refusal.ts'
import { suite } from '../../support/suite.ts'

const test = suite('filters/whole-volume')
const shape = [19, 7, 5]

const numbers = (volume: Volume) => fieldOf(volume).values

test('rescaleIntensity stretches the range of the volume over that of the output', async () => {
  for (const [dtype, out] of [
    ['int16', 'uint8'],
    ['uint8', 'int16'],
    ['uint32', 'float32'],
    ['float64', 'uint16'],
  ] as const) {
    const volume = noise(shape, dtype)
    const values = numbers(volume)
    const [a, b] = [Math.min(...values), Math.max(...values)]
    const [low, high] = { uint8: [0, 255], int16: [-32768, 32767], float32: [0, 1], uint16: [0, 65535] }[out]
    const made = numbers(await pipe(volume, rescaleIntensity({ dtype: out })).compute())
    const expected = values.map((x) => stored(out, ((x - a) * (high - low)) / (b - a) + low))
    const worst = Math.max(...made.map((value, k) => Math.abs(value - expected[k])))
    assert.ok(worst <= (out === 'float32' ? 1e-6 : 1), `${dtype} to ${out}: ${worst}`)
    assert.equal(Math.min(...made), low)
    assert.equal(Math.max(...made), high)
  }
})

test('rescaleIntensity leaves NaN and infinities out of the range', async () => {
  const volume = Volume.wrap(Float32Array.of(1, Number.NaN, 3, Infinity, 2, -Infinity), { shape: [6] })
  const made = await pipe(volume, rescaleIntensity({ min: 0, max: 10 })).compute()
  assert.deepEqual(numbers(made), [0, Number.NaN, 10, 10, 5, 0])
})

test('a constant volume becomes the least value', async () => {
  const volume = await Volume.create({ shape, dtype: 'int16' })
  await volume.fill(7)
  const made = await pipe(volume, rescaleIntensity({ min: 3, max: 9 })).compute()
  assert.deepEqual([...new Set(numbers(made))], [3])
})

test('rescaleIntensity with both limits needs one pass, with one or none two', async () => {
  const volume = noise(shape, 'int16')
  const passes = async (options: object) =>
    (await pipe(volume, rescaleIntensity(options)).explain()).passes.length
  assert.equal(await passes({ inputMin: 0, inputMax: 50 }), 1)
  assert.equal(await passes({ inputMin: 0 }), 2)
  assert.equal(await passes({}), 2)
  const made = await pipe(volume, rescaleIntensity({ inputMin: 0, inputMax: 50, dtype: 'uint8' })).compute()
  assert.deepEqual(
    numbers(made),
    numbers(volume).map((x) => stored('uint8', Math.fround(x * Math.fround(255 / 50)))),
  )
  assert.throws(
    () => rescaleIntensity({ inputMin: 2, inputMax: 1 }),
    refusal('InvalidArgument', 'rescaleIntensity.inputMax'),
  )
})

test('statistics counts, and sums exactly, in every element type', async () => {
  for (const dtype of dtypes) {
    const volume = noise(shape, dtype)
    const values = numbers(volume)
    const found = await pipe(volume, statistics()).compute({ divisions: 3 })
    const sum = values.reduce((total, value) => total + value, 0)
    const mean = sum / values.length
    const variance = values.reduce((total, value) => total + (value - mean) ** 2, 0) / (values.length - 1)
    assert.equal(found.count, values.length)
    assert.equal(found.nan, 0)
    assert.equal(typeof found.sum, dtype.endsWith('int64') ? 'bigint' : 'number', dtype)
    assert.deepEqual(
      [found.min, found.max, found.sum].map(Number),
      [Math.min(...values), Math.max(...values), sum],
      dtype,
    )
    assert.ok(Math.abs(found.mean - mean) <= 1e-12 * Math.abs(mean) + 1e-12, dtype)
    assert.ok(Math.abs(found.variance / variance - 1) < 1e-12, `${dtype}: ${found.variance}, not ${variance}`)
    assert.equal(found.sigma, Math.sqrt(found.variance))
  }
})

test('minimumMaximum finds in every element type what statistics finds, also under a mask', async () => {
  const mask = noise(shape, 'uint8', { low: 0, high: 2, seed: 8 })
  const special = [Number.NaN, Infinity, -Infinity, 4, -0]
  const others = [special, [Number.NaN], [Infinity], []].map((values) =>
    Volume.wrap(Float32Array.from([...values, Number.NaN]), { shape: [values.length + 1] }),
  )
  for (const volume of [...dtypes.map((dtype) => noise(shape, dtype)), ...others])
    for (const options of volume.shape.length === 1 ? [{}] : [{}, { mask }]) {
      const { count, nan, min, max } = await pipe(volume, statistics(options)).compute()
      const found = await pipe(volume, minimumMaximum(options)).compute({ divisions: 2 })
      assert.deepEqual(found, { count, nan, min, max }, `${volume.dtype}, ${Object.keys(options)}`)
    }
  const values = numbers(noise(shape, 'int16'))
  const { min, max } = await pipe(noise(shape, 'int16'), minimumMaximum()).compute()
  assert.deepEqual([min, max], [Math.min(...values), Math.max(...values)])
})

test('statistics skips NaN and keeps infinities', async () => {
  const volume = Volume.wrap(Float64Array.of(1, Number.NaN, 5, Infinity), { shape: [4] })
  const found = await pipe(volume, statistics()).compute()
  assert.deepEqual([found.count, found.nan, found.min, found.max, found.mean], [3, 1, 1, Infinity, Infinity])
  const none = await pipe(Volume.wrap(Float32Array.of(Number.NaN), { shape: [1] }), statistics()).compute()
  assert.deepEqual(
    [none.count, none.nan, none.min, none.max, none.mean],
    [0, 1, Number.NaN, Number.NaN, Number.NaN],
  )
  const one = await pipe(Volume.wrap(Uint8Array.of(9), { shape: [1] }), statistics()).compute()
  assert.deepEqual([one.variance, one.sigma, one.min, one.max], [0, 0, 9, 9])
})

test('the variance of large values with a small spread is right', async () => {
  const values = Array.from({ length: 1000 }, (_, k) => 1e9 + (k % 7) / 8)
  const found = await pipe(
    Volume.wrap(Float64Array.from(values), { shape: [10, 100] }),
    statistics(),
  ).compute()
  const mean = 1e9 + values.reduce((sum, value) => sum + (value - 1e9), 0) / 1000
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 999
  assert.ok(Math.abs(found.variance / variance - 1) < 1e-9, `${found.variance}, not ${variance}`)
  const whole = Volume.wrap(
    BigInt64Array.from(values, (_, k) => 2n ** 60n + BigInt(k % 7)),
    { shape: [1000] },
  )
  const exact = await pipe(whole, statistics()).compute()
  assert.equal(exact.min, 2n ** 60n)
  const offsets = values.map((_, k) => k % 7)
  const centre = offsets.reduce((sum, value) => sum + value, 0) / 1000
  const expected = offsets.reduce((sum, value) => sum + (value - centre) ** 2, 0) / 999
  assert.ok(Math.abs(exact.variance / expected - 1) < 1e-9, `${exact.variance}, not ${expected}`)
})

test('sums of floats are the same bits for any division along rows', async () => {
  const rows = noise([5003], 'float64', { seed: 11 })
  const columns = noise([3, 5003], 'float64', { seed: 12 }).permute([1, 0])
  for (const volume of [rows, columns]) {
    const { data } = volume
    for (let i = 0; i < data.length; i++) data[i] = (data[i] as number) / 7
    volume.touch()
    const whole = await pipe(volume, statistics()).compute({ executor: 'reference' })
    for (const divisions of [1, 2, 3, 7, 1000])
      for (const split of ['slabs', 'blocks'] as const)
        assert.deepEqual(await pipe(volume, statistics()).compute({ divisions, split }), whole)
  }
})

test('statistics of a region counts that region', async () => {
  const volume = noise(shape, 'int16')
  const region = { start: [3, 1, 2], shape: [7, 5, 3] }
  const part = await pipe(volume.view(region), statistics()).compute()
  assert.deepEqual(await pipe(volume, statistics()).compute({ region }), part)
  assert.equal(part.count, 105)
})

test('edgeMap equals its three parts in a row, whole and streamed, in two passes', async () => {
  const volume = noise(shape, 'int16', { spacing: [0.7, 1.3, 2.1] })
  const parts = pipe(
    volume,
    gradientMagnitude(),
    threshold({ below: 20 }),
    rescaleIntensity({ dtype: 'uint8' }),
  )
  const expected = await parts.compute()
  const composite = pipe(volume, edgeMap({ below: 20 }))
  assert.equal((await composite.info()).dtype, 'uint8')
  assert.equal((await composite.explain()).passes.length, 2)
  for (const divisions of [1, 2, 5])
    assert.ok(await (await composite.compute({ divisions })).equals(expected), `${divisions}`)
  assert.ok(new Set(numbers(expected)).size > 50)
})

test.run()
