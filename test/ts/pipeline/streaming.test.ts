import * as assert from 'node:assert/strict'
import {
  type AnyStep,
  borders,
  cast,
  clamp,
  edgeMap,
  gamma,
  gaussian,
  gradientMagnitude,
  mean,
  median,
  pipe,
  rank,
  rescaleIntensity,
  statistics,
  type Volume,
} from '../../../ts/index.ts'
import { noise } from '../../support/naive-filters.ts'
import { suite } from '../../support/suite.ts'

// Streamed equals whole equals the reference executor, bit for bit. A cast stands in front, since a volume in memory is always whole.
const test = suite('pipeline/streaming')
const shape = [19, 7, 5]

const chains: Readonly<Record<string, () => readonly AnyStep<Volume>[]>> = {
  cast: () => [cast({ dtype: 'uint8' })],
  clamp: () => [clamp({ low: 0, high: 60 })],
  gaussian: () => [gaussian({ sigma: [1, 0.8, 1.4] })],
  mean: () => [mean({ radius: [2, 1, 1] })],
  median: () => [median({ radius: [1, 2, 1] })],
  rank: () => [rank({ radius: 1, percentile: 20, border: 'reflect' })],
  edges: () => [gaussian({ sigma: 0.7 }), edgeMap({ below: 3 })],
  rescaled: () => [rescaleIntensity({ dtype: 'uint8' }), gradientMagnitude({ border: 'wrap' })],
  long: () => [
    median(),
    gaussian(),
    clamp({ low: -20 }),
    mean({ border: 'symmetric' }),
    rescaleIntensity({ dtype: 'int16' }),
    median(),
  ],
  script: () => [gamma({ gamma: 0.7, min: -200, max: 300 }), gaussian({ sigma: 1 })],
}

const runs = [
  { divisions: 2 },
  { divisions: 3, threads: 1 },
  { divisions: 7 },
  { divisions: 1000 },
  { divisions: 5, split: 'blocks' },
  { divisions: 2, tile: [5, 3, 2] },
  { simd: 'baseline', divisions: 2 },
  { executor: 'reference' },
  { executor: 'reference', divisions: 3 },
] as const

function sources(): Readonly<Record<string, Volume>> {
  const dense = noise(shape, 'int16')
  const wide = noise([23, 9, 8], 'float32')
  return {
    dense,
    turned: noise([5, 19, 7], 'int16').flipToOrientation('ARS'),
    view: wide.view({ start: [2, 1, 3], shape }),
    components: noise(shape, 'uint8', { components: 3 }),
    series: noise([7, 5, 3, 4], 'uint16'),
    thin: noise([40, 3, 1], 'int16'),
  }
}

for (const [name, steps] of Object.entries(chains)) {
  test(`${name}: every way to run gives the same bytes`, async () => {
    for (const [kind, volume] of Object.entries(sources())) {
      const pipeline = pipe(volume, cast({ dtype: 'float32' }), ...steps())
      const whole = await pipeline.compute({ divisions: 1 })
      for (const run of runs) {
        const tile =
          'tile' in run ? { tile: volume.shape.map((n, axis) => Math.min(n, run.tile[axis] ?? 1)) } : {}
        const made = await pipeline.compute({ ...run, ...tile })
        assert.ok(await made.equals(whole), `${kind}, ${JSON.stringify(run)}`)
      }
    }
  })
}

test('every border gives the same bytes streamed', async () => {
  for (const border of borders) {
    const around = { border, borderValue: 30 }
    const pipeline = pipe(
      noise(shape, 'int16'),
      mean({ radius: [2, 3, 1], ...around }),
      median(around),
      gradientMagnitude(around),
    )
    const whole = await pipeline.compute()
    for (const run of runs) {
      const made = await pipeline.compute(run)
      assert.ok(await made.equals(whole), `${border}, ${JSON.stringify(run)}`)
    }
  }
})

test('a region is that crop of the whole result', async () => {
  const pipeline = pipe(noise(shape, 'int16'), gaussian(), rescaleIntensity({ dtype: 'uint8' }), median())
  const whole = await pipeline.compute()
  for (const region of [
    { start: [3, 2, 1], shape: [9, 4, 3] },
    { start: [18, 0, 4], shape: [1, 7, 1] },
    { start: [0, 6, 0] },
  ]) {
    const crop = whole.view(region)
    for (const run of [{}, { divisions: 3 }, { executor: 'reference' }] as const) {
      const made = await pipeline.compute({ region, ...run })
      assert.ok(await made.equals(crop, { geometry: true }), JSON.stringify([region, run]))
    }
  }
})

test('statistics are the same numbers however they are streamed', async () => {
  for (const volume of Object.values(sources())) {
    const pipeline = pipe(volume, cast({ dtype: 'float32' }), gaussian(), statistics())
    const whole = await pipeline.compute({ divisions: 1 })
    for (const run of runs) {
      const { tile: _, ...rest } = { tile: undefined, ...run }
      assert.deepEqual(await pipeline.compute(rest), whole, JSON.stringify(run))
    }
  }
})

test('a filter sees the volume its own way, whatever the order in memory', async () => {
  const volume = noise(shape, 'int16')
  const steps = [gaussian({ sigma: [0.5, 1, 2] }), median({ radius: [2, 0, 1] })]
  const expected = await pipe(volume, ...steps).compute()
  const layouts = ['LPI', 'RAS', 'IPL', 'PSR']
  for (const layout of layouts) {
    const other = await volume.copy({ layout })
    const made = await pipe(other, ...steps).compute()
    assert.ok(await made.equals(expected, { geometry: true }), layout)
    assert.equal(made.memoryOrientation, layout)
    assert.ok(made.isDense)
  }
})

test.run()
