import * as assert from 'node:assert/strict'
import { dtypes } from '../../../ts/core/dtype.ts'
import {
  clipPercentiles,
  type DType,
  greater,
  histogram,
  normalize,
  otsu,
  otsuThreshold,
  pipe,
  statistics,
  Volume,
} from '../../../ts/index.ts'
import { fieldOf, noise } from '../../support/naive-filters.ts'
import { hasNumpy, numpy } from '../../support/numpy.ts'
import { refusal } from '../../support/refusal.ts'
import { skipUnless } from '../../support/skip.ts'
import { suite } from '../../support/suite.ts'

const test = suite('filters/histograms')
const withNumpy = skipUnless(test, hasNumpy, 'NumPy is not installed')
const shape = [19, 7, 5]
const numbers = (volume: Volume) => fieldOf(volume).values

// Every third voxel, by a float mask whose values are below 0, fractions, and NaN where it is not.
const masks = (dtype: DType = 'float32') => {
  const mask = Volume.create({ shape, dtype })
  const { data } = mask
  const isFloat = dtype.startsWith('float')
  for (let i = 0; i < data.length; i++) {
    const value =
      i % 3 === 0
        ? isFloat
          ? i % 2
            ? -0.25
            : 0.25
          : i % 2
            ? 77
            : 1
        : isFloat && i % 5 === 0
          ? Number.NaN
          : 0
    data[i] = (typeof data[i] === 'bigint' ? BigInt(value) : value) as never
  }
  mask.touch()
  return mask
}
const kept = (values: readonly number[]) => values.filter((_, i) => i % 3 === 0)

// NumPy's linear rule.
function percentile(values: readonly number[], percent: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  const place = (sorted.length - 1) * (percent / 100)
  const [low, high] = [sorted[Math.floor(place)] as number, sorted[Math.ceil(place)] as number]
  return low + (high - low) * (place - Math.floor(place))
}

const percentiles = [50, 0, 33.3, 99, 100, 1, 50]

test('percentiles are exact order statistics or lie between two, in every element type', async () => {
  for (const dtype of dtypes) {
    const volume = noise(shape, dtype)
    const found = await pipe(volume, statistics({ percentiles })).compute({ divisions: 3 })
    const wanted = percentiles.map((percent) => percentile(numbers(volume), percent))
    found.percentiles.forEach((value, k) => {
      assert.ok(Math.abs(value - (wanted[k] as number)) < 1e-12 * 200, `${dtype}: ${value}, not ${wanted[k]}`)
    })
    assert.equal(found.percentiles.length, percentiles.length)
  }
})

test('percentiles of 8 and 16 bits need one read, of 32 bits two, of 64 bits four', async () => {
  const reads = async (dtype: DType) =>
    (await pipe(noise(shape, dtype), statistics({ percentiles: [50] })).explain()).passes.length
  const found = await Promise.all(
    (['uint8', 'int16', 'float32', 'uint32', 'int64', 'float64'] as const).map(reads),
  )
  assert.deepEqual(found, [1, 1, 2, 2, 4, 4])
})

test('percentiles leave NaN out, take infinities and the ends of 64 bits, and of nothing are NaN', async () => {
  const of = async (volume: Volume) =>
    (await pipe(volume, statistics({ percentiles: [0, 50, 100] })).compute()).percentiles
  const floats = [Number.NaN, 3, Number.NEGATIVE_INFINITY, 1, Number.POSITIVE_INFINITY, -2, Number.NaN]
  for (const data of [Float32Array.from(floats), Float64Array.from(floats)])
    assert.deepEqual(await of(Volume.wrap(data, { shape: [7] })), [-Infinity, 1, Infinity])
  assert.deepEqual(await of(Volume.wrap(Float32Array.of(Number.NaN), { shape: [1] })), [NaN, NaN, NaN])
  const ends = BigUint64Array.of(0n, 2n ** 64n - 1n, 2n ** 64n - 1n, 7n, 2n ** 63n)
  assert.deepEqual(await of(Volume.wrap(ends, { shape: [5] })), [0, 2 ** 63, 2 ** 64])
  const signed = BigInt64Array.of(-(2n ** 63n), 2n ** 63n - 1n, -1n)
  assert.deepEqual(await of(Volume.wrap(signed, { shape: [3] })), [-(2 ** 63), -1, 2 ** 63])
})

withNumpy('percentiles and histograms are those of NumPy to the last bit', async () => {
  const values = numbers(noise([23, 11, 3], 'float64', { seed: 3 })).map((x) => x / 7)
  const volume = Volume.wrap(Float64Array.from(values), { shape: [23, 11, 3] })
  const asked = [0, 0.1, 12.5, 33.3, 50, 66.6, 99.9, 100]
  const program = `
import json
x = np.array(json.loads(sys.argv[1]))
counts, edges = np.histogram(x, 37)
print(json.dumps([np.percentile(x, json.loads(sys.argv[2])).tolist(), counts.tolist(), edges.tolist()]))`
  const [points, counts, edges] = JSON.parse(numpy(program, JSON.stringify(values), JSON.stringify(asked)))
  const measured = await pipe(volume, statistics({ percentiles: asked })).compute()
  assert.deepEqual(measured.percentiles, points)
  const counted = await pipe(volume, histogram({ bins: 37 })).compute({ divisions: 2 })
  assert.deepEqual([counted.counts, counted.edges], [counts, edges])
})

// Bins by their edges, the last one closed.
function binned(values: readonly number[], edges: readonly number[]): readonly number[] {
  const counts = new Array<number>(edges.length - 1).fill(0)
  for (const x of values) {
    const bin = edges.findLastIndex((edge) => edge <= x)
    if (x >= edges[0] && x <= (edges.at(-1) as number)) counts[Math.min(bin, counts.length - 1)]++
  }
  return counts
}

test('histogram counts voxels between equal edges in every element type', async () => {
  for (const dtype of dtypes) {
    const volume = noise(shape, dtype)
    const values = numbers(volume)
    const whole = await pipe(volume, histogram({ bins: 13 })).compute()
    assert.deepEqual([whole.edges[0], whole.edges.at(-1)], [Math.min(...values), Math.max(...values)], dtype)
    assert.deepEqual(whole.counts, binned(values, whole.edges), dtype)
    assert.deepEqual([whole.below, whole.above, whole.nan], [0, 0, 0])
    const part = await pipe(volume, histogram({ bins: 300, range: [3.5, 61] })).compute()
    assert.deepEqual(part.counts, binned(values, part.edges), dtype)
    assert.equal(part.below, values.filter((x) => x < 3.5).length)
    assert.equal(part.above, values.filter((x) => x > 61).length)
  }
})

test('histogram counts NaN and infinities apart, and puts bins around a single value or none', async () => {
  const of = (...values: number[]) =>
    pipe(Volume.wrap(Float32Array.from(values), { shape: [values.length] }), histogram({ bins: 2 })).compute()
  const found = await of(1, Number.NaN, 3, Number.POSITIVE_INFINITY, 2, Number.NEGATIVE_INFINITY)
  assert.deepEqual(found, { counts: [1, 2], edges: [1, 2, 3], below: 1, above: 1, nan: 1 })
  assert.deepEqual((await of(5, 5)).edges, [4.5, 5, 5.5])
  assert.deepEqual(await of(Number.NaN), { counts: [0, 0], edges: [0, 0.5, 1], below: 0, above: 0, nan: 1 })
  assert.throws(() => histogram({ range: [3, 2] }), refusal('InvalidArgument', 'histogram.range'))
  assert.throws(() => histogram({ bins: 65537 }), refusal('InvalidArgument', 'histogram.bins'))
})

test('a mask of any element type keeps voxels where it is not 0', async () => {
  for (const [dtype, of] of [
    ['int16', 'float32'],
    ['float32', 'uint8'],
    ['uint8', 'int64'],
    ['float64', 'uint16'],
    ['int64', 'float64'],
  ] as const) {
    const volume = noise(shape, dtype)
    const mask = masks(of)
    const values = kept(numbers(volume))
    const found = await pipe(volume, statistics({ mask, percentiles: [30] })).compute({ divisions: 4 })
    const sum = values.reduce((total, x) => total + x, 0)
    assert.deepEqual([found.count, Number(found.sum)], [values.length, sum], `${dtype} under ${of}`)
    assert.deepEqual([found.min, found.max].map(Number), [Math.min(...values), Math.max(...values)])
    assert.ok(Math.abs((found.percentiles[0] as number) - percentile(values, 30)) < 1e-9)
    const counted = await pipe(volume, histogram({ bins: 9, mask })).compute()
    assert.deepEqual(counted.counts, binned(values, counted.edges))
  }
})

test('a mask is brought to the orientation of the volume, and must lie on its grid with one component', async () => {
  const volume = noise(shape, 'int16')
  const wanted = await pipe(volume, statistics({ mask: masks() })).compute()
  const turned = masks().flip([0, 2])
  assert.deepEqual(await pipe(volume, statistics({ mask: turned })).compute(), wanted)
  const other = noise([7, 19, 5], 'uint8')
  await assert.rejects(pipe(volume, statistics({ mask: other })).compute(), refusal('ShapeMismatch'))
  const three = noise(shape, 'uint8', { components: 3 })
  const many = noise(shape, 'int16', { components: 3 })
  await assert.rejects(
    pipe(many, statistics({ mask: three })).compute(),
    refusal('InvalidArgument', 'statistics.mask'),
  )
  const over = await pipe(many, statistics({ mask: masks() })).compute()
  assert.equal(over.count, 3 * wanted.count)
})

test('an empty mask leaves nothing to measure', async () => {
  const mask = Volume.create({ shape, dtype: 'uint8' })
  for (const dtype of ['int16', 'float32'] as const) {
    const found = await pipe(noise(shape, dtype), statistics({ mask, percentiles: [50] })).compute()
    assert.deepEqual([found.count, found.mean, found.percentiles], [0, NaN, [NaN]], dtype)
    assert.deepEqual(await pipe(noise(shape, dtype), otsuThreshold({ mask })).compute(), { value: NaN })
  }
})

// The definition, one cut after another.
function otsuOf(values: readonly number[], low: number, high: number, bins: number): number {
  const step = (high - low) / bins
  const edges = Array.from({ length: bins + 1 }, (_, k) => (k === bins ? high : k * step + low))
  const counts = binned(values, edges)
  const centres = counts.map((_, k) => (edges[k] + edges[k + 1]) / 2)
  const criterion = (cut: number) => {
    const part = (from: number, to: number) => {
      let [n, sum] = [0, 0]
      for (let k = from; k < to; k++) {
        n += counts[k]
        sum += counts[k] * centres[k]
      }
      return n === 0 ? 0 : (n / values.length) * (sum / n) ** 2
    }
    return part(0, cut) + part(cut, bins)
  }
  const all = Array.from({ length: bins - 1 }, (_, k) => criterion(k + 1))
  const greatest = Math.max(...all)
  return edges[all.findIndex((one) => one >= greatest * (1 - 1e-12)) + 1]
}

// Two humps.
const humps = (dtype: DType) => {
  const volume = noise(shape, dtype, { low: 0, high: 40 })
  const { data } = volume
  for (let i = 0; i < data.length; i += 3) data[i] = ((data[i] as number) / 2 + 90) as never
  volume.touch()
  return volume
}

test("otsuThreshold is the first cut with the greatest variance between classes, by ITK's bins", async () => {
  for (const dtype of ['uint8', 'int8', 'int16', 'uint32', 'float32', 'float64'] as const)
    for (const bins of [16, 256]) {
      const volume = humps(dtype)
      const values = numbers(volume)
      const [a, b] = [Math.min(...values), Math.max(...values)]
      const ends = { uint8: [-0.5, 255.5], int8: [-128.5, 127.5] }[dtype as 'uint8'] ?? [
        a,
        b + (b - a) / (100 * bins),
      ]
      const wanted = otsuOf(values, ends[0] as number, ends[1] as number, bins)
      assert.deepEqual(
        await pipe(volume, otsuThreshold({ bins })).compute(),
        { value: wanted },
        `${dtype}, ${bins}`,
      )
    }
})

test('otsu marks what lies above the threshold, never NaN', async () => {
  for (const dtype of ['uint8', 'int16', 'float32', 'float64', 'uint32'] as const) {
    const volume = humps(dtype)
    const mask = masks()
    const { value } = await pipe(volume, otsuThreshold({ bins: 40, mask })).compute()
    const made = await pipe(volume, otsu({ bins: 40, mask })).compute()
    assert.equal(made.dtype, 'uint8')
    assert.ok(await made.equals(await pipe(volume, greater(value)).compute()), dtype)
    assert.equal(new Set(numbers(made)).size, 2)
  }
  const some = Volume.wrap(Float32Array.of(0, Number.NaN, 9, Number.POSITIVE_INFINITY, 1), { shape: [5] })
  assert.deepEqual(numbers(await pipe(some, otsu()).compute()), [0, 0, 1, 1, 0])
})

test('clipPercentiles clamps between 64-bit numbers, where float64 has no such number', async () => {
  const most = 2n ** 64n - 1n
  const volume = Volume.wrap(BigUint64Array.of(most - 2n, most - 1n, most), { shape: [3] })
  const made = await pipe(volume, clipPercentiles({ lower: 30, upper: 100 })).compute()
  for (const value of made.data) assert.ok(value >= most - 2n && value <= most, `${value}`)
})

test('clipPercentiles clamps to two percentiles in the own element type', async () => {
  for (const dtype of ['uint8', 'int16', 'float32', 'int64', 'float64'] as const) {
    const volume = noise(shape, dtype)
    const values = numbers(volume)
    const [low, high] = [percentile(values, 10), percentile(values, 80)]
    const made = await pipe(volume, clipPercentiles({ lower: 10, upper: 80 })).compute({ divisions: 3 })
    assert.equal(made.dtype, dtype)
    numbers(made).forEach((x, i) => {
      const wanted = Math.min(Math.max(values[i], low), high)
      assert.ok(
        Math.abs(x - wanted) <= (dtype.startsWith('float') ? 1e-5 : 0.5),
        `${dtype}: ${x}, not ${wanted}`,
      )
    })
  }
  assert.throws(
    () => clipPercentiles({ lower: 50, upper: 50 }),
    refusal('InvalidArgument', 'clipPercentiles.upper'),
  )
})

test('normalize gives mean 0 and sigma 1, over a mask where there is one', async () => {
  for (const dtype of ['int16', 'float64'] as const) {
    const volume = noise(shape, dtype)
    const made = await pipe(volume, normalize()).compute()
    assert.equal(made.dtype, dtype === 'int16' ? 'float32' : 'float64')
    const found = await pipe(made, statistics()).compute()
    assert.ok(Math.abs(found.mean) < 1e-6 && Math.abs(found.sigma - 1) < 1e-6)
    const mask = masks()
    const under = await pipe(
      await pipe(volume, normalize({ mask })).compute(),
      statistics({ mask }),
    ).compute()
    assert.ok(Math.abs(under.mean) < 1e-6 && Math.abs(under.sigma - 1) < 1e-6)
  }
  const constant = Volume.wrap(Float32Array.of(3, 3, 3), { shape: [3] })
  assert.deepEqual(numbers(await pipe(constant, normalize()).compute()), [0, 0, 0])
})

test.run()
