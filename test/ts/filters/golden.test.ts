import * as assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import {
  type AnyStep,
  cast,
  formats,
  fromFile,
  gaussian,
  gradientMagnitude,
  mean,
  median,
  pipe,
  rank,
  rescaleIntensity,
  statistics,
  threshold,
  type Volume,
} from '../../../ts/index.ts'
import { fieldOf } from '../../support/naive-filters.ts'
import { shared, sharedPath } from '../../support/shared.ts'
import { skipUnless } from '../../support/skip.ts'
import { suite } from '../../support/suite.ts'

const test = suite('filters/golden')
const manifest = sharedPath('golden/manifest.json')
const withShared = skipUnless(test, manifest !== null, 'no reference files beside the repository')

interface Crop {
  readonly start: readonly number[]
  readonly size: readonly number[]
  readonly dtype: string
  readonly file: string
}

interface Entry {
  readonly id: string
  readonly input: string
  readonly op: string
  readonly parameters: Readonly<Record<string, unknown>>
  readonly expected: {
    readonly shape: readonly number[]
    readonly dtype: string
    readonly samples: readonly (readonly [readonly number[], number | string])[]
    readonly crop?: Crop
    readonly voxel_sha256_le?: string
  }
  readonly tolerance: { readonly voxels?: string; readonly abs?: number; readonly rel?: number }
}

type Make = (parameters: Record<string, never>) => readonly AnyStep<Volume>[]

// The names of the reference operations are those of spec/filters.md §12.
const steps: Readonly<Record<string, Make>> = {
  median: ({ radius, ...rest }) => [median({ radius, ...borderOf(rest) })],
  mean: ({ radius, ...rest }) => [mean({ radius, ...borderOf(rest) })],
  rank: ({ radius, rank_index: index, ...rest }) => [rank({ radius, index, ...borderOf(rest) })],
  gradient_magnitude: (parameters) => [gradientMagnitude(unitsOf(parameters))],
  threshold_below: ({ threshold: below, outside_value: outsideValue }) => [
    threshold({ below, outsideValue }),
  ],
  threshold_outside: ({ lower: below, upper: above, outside_value: outsideValue }) => [
    threshold({ below, above, outsideValue }),
  ],
  rescale_intensity: ({ output_min: min, output_max: max, output_type: dtype }) => [
    rescaleIntensity({ min, max, dtype }),
  ],
  discrete_gaussian: ({
    variance_mm2,
    maximum_error: maximumError,
    maximum_kernel_width: maximumRadius,
    ...rest
  }) => [gaussian({ sigma: Math.sqrt(variance_mm2), maximumError, maximumRadius, ...unitsOf(rest) })],
  gaussian_sampled: ({ sigma_voxels: sigma, kernel_radius, ...rest }) => [
    gaussian({
      sigma,
      weights: 'sampled',
      truncate: kernel_radius / sigma,
      units: 'voxel',
      ...borderOf(rest),
    }),
  ],
}

function borderOf({ border, constant_value: borderValue }: Record<string, never>) {
  return { border, borderValue }
}

function unitsOf({ use_spacing }: Record<string, unknown>) {
  return { units: use_spacing === false ? ('voxel' as const) : ('mm' as const) }
}

const entries: readonly Entry[] = manifest === null ? [] : JSON.parse(readFileSync(manifest, 'utf8')).entries

const readable = formats.flatMap(({ suffixes }) => suffixes)
const isReadable = ({ input }: Entry) => readable.some((suffix) => input.endsWith(suffix))

function check({ tolerance }: Entry, found: number, value: number, where: string): void {
  const { voxels, abs = 0, rel = 0 } = tolerance
  if (Object.is(found, value) || (found === 0 && value === 0)) return
  const fits = voxels !== 'exact' && Math.abs(found - value) <= abs + rel * Math.abs(value)
  assert.ok(fits, `${where}: ${found}, not ${value}`)
}

if (manifest === null) withShared('filters equal the references', () => {})

for (const entry of entries.filter((one) => one.op in steps && isReadable(one))) {
  withShared(`${entry.id} equals the reference`, async () => {
    const { expected, tolerance, parameters } = entry
    const source = fromFile(join(shared as string, entry.input), { orientation: 'storage' })
    const make = steps[entry.op] as Make
    // The references ran on float32.
    const pipeline = pipe(source, cast({ dtype: 'float32' }), ...make(parameters as Record<string, never>))
    const made = await pipeline.compute({ divisions: 3 })
    assert.deepEqual(made.shape, expected.shape)
    assert.equal(made.dtype, expected.dtype)
    for (const [index, value] of expected.samples)
      check(entry, Number(made.get(...index)), Number(value), `${index}`)
    const { crop } = expected
    if (crop) {
      const bytes = gunzipSync(readFileSync(join(shared as string, crop.file)))
      const dtype = crop.dtype as 'float32' | 'uint8'
      const values = new { float32: Float32Array, uint8: Uint8Array }[dtype](new Uint8Array(bytes).buffer)
      const region = await pipeline.compute({ region: { start: crop.start, shape: crop.size } })
      fieldOf(region).values.forEach((value, k) => {
        check(entry, value, values[k], `crop ${k}`)
      })
    }
    if (tolerance.voxels !== 'exact' || !expected.voxel_sha256_le) return
    const { data } = made
    const hash = createHash('sha256')
      .update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
      .digest('hex')
    assert.equal(hash, expected.voxel_sha256_le)
  })
}

for (const entry of entries.filter((one) => one.op === 'statistics' && isReadable(one))) {
  withShared(`${entry.id} equals the reference`, async () => {
    const { sigma_n_minus_1: sigma, ...rest } = entry.expected as unknown as Record<string, number>
    const made = await pipe(join(shared as string, entry.input), statistics()).compute({ divisions: 3 })
    const reference: Record<string, number> = { ...rest, sigma }
    for (const key of ['min', 'max', 'mean', 'sigma', 'sum'] as const) {
      const value = reference[key]
      assert.ok(
        Math.abs(Number(made[key]) - value) <= 1e-9 * Math.abs(value),
        `${key}: ${made[key]}, not ${value}`,
      )
    }
  })
}

test.run()
