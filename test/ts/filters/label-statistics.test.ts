import * as assert from 'node:assert/strict'
import { dtypes } from '../../../ts/core/dtype.ts'
import { type DType, type LabelStatistics, labelStatistics, pipe, Volume } from '../../../ts/index.ts'
import { eachIndex, fieldOf, noise } from '../../support/naive-filters.ts'
import { refusal } from '../../support/refusal.ts'
import { suite } from '../../support/suite.ts'

const test = suite('filters/label-statistics')
const shape = [19, 7, 5]
const spacing = [0.7, 1.3, 2.1]

type Named = Pick<LabelStatistics, 'label' | 'count' | 'bounds' | 'centroid'> & { readonly values: number[] }

// One label after another, voxel by voxel.
function grouped(volume: Volume, labels: Volume): readonly Named[] {
  const groups = new Map<number, { values: number[]; indices: number[][] }>()
  const [voxels, marks] = [fieldOf(volume).values, fieldOf(labels).values]
  eachIndex(volume.shape, (index, at) => {
    const group = groups.get(marks[at]) ?? { values: [], indices: [] }
    groups.set(marks[at], group)
    group.values.push(voxels[at])
    group.indices.push([...index])
  })
  const sorted = [...groups].sort(([a], [b]) => a - b)
  return sorted.map(([label, { values, indices }]) => {
    const along = volume.shape.map((_, axis) => indices.map((index) => index[axis]))
    return {
      label,
      values,
      count: values.length,
      bounds: along.map((all) => [Math.min(...all), Math.max(...all)] as const),
      centroid: along.map((all) => all.reduce((sum, i) => sum + i, 0) / all.length),
    }
  })
}

const near = (a: number, b: number, text: string) =>
  assert.ok(Math.abs(a - b) <= 1e-12 * (Math.abs(b) + 1), `${text}: ${a}, not ${b}`)

function check(found: readonly LabelStatistics[], volume: Volume, labels: Volume, text: string): void {
  const wanted = grouped(volume, labels)
  assert.deepEqual(
    found.map(({ label }) => label),
    wanted.map(({ label }) => label),
    text,
  )
  found.forEach((one, k) => {
    const { count, values, bounds, centroid } = wanted[k] as Named
    const sum = values.reduce((total, x) => total + x, 0)
    const variance =
      count > 1 ? values.reduce((total, x) => total + (x - sum / count) ** 2, 0) / (count - 1) : 0
    assert.deepEqual([one.count, one.nan, one.bounds], [count, 0, bounds], text)
    assert.deepEqual([one.min, one.max].map(Number), [Math.min(...values), Math.max(...values)], text)
    near(Number(one.sum), sum, `${text}, sum`)
    near(one.mean, sum / count, `${text}, mean`)
    near(one.variance, variance, `${text}, variance`)
    assert.equal(one.sigma, Math.sqrt(one.variance))
    for (const [axis, index] of one.centroid.entries())
      near(index, centroid[axis] as number, `${text}, centroid`)
    near(one.physicalSize, count * volume.spacing.reduce((product, step) => product * step, 1), text)
    volume.geometry.indexToWorld(one.centroid).forEach((x, axis) => {
      assert.equal(one.centroidWorld[axis], x)
    })
  })
}

const labelled = (dtype: DType, options: object = {}) =>
  noise(shape, dtype, { seed: 5, low: dtype.startsWith('u') ? 0 : -2, high: 3, spacing, ...options })

test('every label is measured by itself in every element type, streamed or not', async () => {
  for (const dtype of dtypes) {
    const volume = noise(shape, dtype, { spacing })
    const labels = labelled(dtype === 'uint8' ? 'int16' : 'uint8')
    for (const options of [{}, { divisions: 5, threads: 2 }, { executor: 'reference' as const }])
      check(await pipe(volume, labelStatistics(labels)).compute(options), volume, labels, dtype)
  }
})

test('labels may be of any element type, and unsigned ones take all 32 bits', async () => {
  const volume = noise(shape, 'int16', { spacing })
  for (const dtype of dtypes.filter((one) => !one.startsWith('float'))) {
    const labels = labelled(dtype)
    check(await pipe(volume, labelStatistics(labels)).compute(), volume, labels, `labels of ${dtype}`)
  }
  const data = Uint32Array.of(0, 4294967295, 2147483648, 4294967295)
  const found = await pipe(noise([4], 'uint8'), labelStatistics(Volume.wrap(data, { shape: [4] }))).compute()
  assert.deepEqual(
    found.map(({ label, count }) => [label, count]),
    [
      [0, 1],
      [2147483648, 1],
      [4294967295, 2],
    ],
  )
})

test('more labels than a worker has room for are all found', async () => {
  const many = [61, 53, 7]
  for (const dtype of ['int16', 'float64'] as const) {
    const volume = noise(many, dtype, { spacing })
    const labels = Volume.create({ shape: many, dtype: 'uint32', spacing })
    labels.data.forEach((_, i) => {
      labels.data[i] = (i * 7919) % 11003
    })
    labels.touch()
    check(await pipe(volume, labelStatistics(labels)).compute({ threads: 2 }), volume, labels, dtype)
  }
})

test('flipped and permuted volumes are measured in their own indices, regions in those of the whole', async () => {
  const volume = noise(shape, 'float32', { spacing }).flip([0, 2]).permute([2, 0, 1])
  const labels = labelled('uint8')
  const turned = labels.flip([0, 2]).permute([2, 0, 1])
  check(await pipe(volume, labelStatistics(labels)).compute(), volume, turned, 'turned')
  const region = { start: [1, 3, 2], shape: [3, 11, 4] }
  const part = await pipe(volume, labelStatistics(labels)).compute({ region })
  const alone = await pipe(volume.view(region), labelStatistics(turned.view(region))).compute()
  assert.deepEqual(
    part.map(({ label, count, sum }) => [label, count, sum]),
    alone.map(({ label, count, sum }) => [label, count, sum]),
  )
  part.forEach(({ bounds }, k) => {
    bounds.forEach(([first, last], axis) => {
      const [from, to] = alone[k].bounds[axis]
      assert.deepEqual([first, last], [from + region.start[axis], to + region.start[axis]])
    })
  })
})

test('NaN counts in count, bounds and centroid alone, and infinities are what they are', async () => {
  const data = Float32Array.of(1, Number.NaN, 5, Number.POSITIVE_INFINITY, Number.NaN, 2)
  const labels = Volume.wrap(Uint8Array.of(1, 1, 1, 2, 3, 2), { shape: [6] })
  const [one, two, three] = await pipe(Volume.wrap(data, { shape: [6] }), labelStatistics(labels)).compute()
  assert.deepEqual([one.count, one.nan, one.mean, one.variance, one.centroid], [3, 1, 3, 8, [1]])
  assert.deepEqual([two.min, two.max, two.sum, two.variance], [2, Infinity, Infinity, NaN])
  assert.deepEqual([three.count, three.nan, three.mean, three.min, three.bounds], [1, 1, NaN, NaN, [[4, 4]]])
})

test('the variance of large values with a small spread is right for every label', async () => {
  const data = Float64Array.from({ length: 4000 }, (_, k) => (k % 2 ? 1e9 : 1) + (k % 7) / 8)
  const labels = Volume.wrap(
    Uint8Array.from(data, (x) => (x > 100 ? 1 : 0)),
    { shape: [40, 100] },
  )
  const found = await pipe(Volume.wrap(data, { shape: [40, 100] }), labelStatistics(labels)).compute()
  for (const { label, variance } of found) {
    const spread = [...data].filter((x) => x > 100 === (label === 1)).map((x) => x - (label ? 1e9 : 1))
    const mean = spread.reduce((sum, x) => sum + x, 0) / spread.length
    const wanted = spread.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (spread.length - 1)
    assert.ok(Math.abs(variance / wanted - 1) < 1e-12, `label ${label}: ${variance}, not ${wanted}`)
  }
})

test('64-bit sums are exact bigints', async () => {
  const data = BigInt64Array.of(2n ** 62n, 2n ** 62n + 1n, -5n)
  const labels = Volume.wrap(Uint8Array.of(1, 1, 2), { shape: [3] })
  const [one, two] = await pipe(Volume.wrap(data, { shape: [3] }), labelStatistics(labels)).compute()
  assert.deepEqual(
    [one.min, one.max, one.sum, one.variance],
    [2n ** 62n, 2n ** 62n + 1n, 2n ** 63n + 1n, 0.5],
  )
  assert.deepEqual([two.min, two.sum, two.mean], [-5n, -5n, -5])
})

test('labels must be a volume of one component on the grid of the first', async () => {
  const volume = noise(shape, 'int16', { spacing })
  assert.throws(() => labelStatistics(3 as never), refusal('InvalidArgument', 'labelStatistics.labels'))
  await assert.rejects(
    pipe(volume, labelStatistics(noise([7, 19, 5], 'uint8'))).compute(),
    refusal('ShapeMismatch'),
  )
  const many = noise(shape, 'int16', { components: 2, spacing })
  await assert.rejects(
    pipe(many, labelStatistics(noise(shape, 'uint8', { components: 2, spacing }))).compute(),
    refusal('InvalidArgument', 'labelStatistics.labels'),
  )
  const labels = labelled('uint8')
  const [single, double] = await Promise.all(
    [noise(shape, 'int16', { spacing }), many].map((one) => pipe(one, labelStatistics(labels)).compute()),
  )
  assert.deepEqual(
    double.map(({ label, count, bounds }) => [label, count, bounds]),
    single.map(({ label, count, bounds }) => [label, count, bounds]),
  )
})

test.run()
