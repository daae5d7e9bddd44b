import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { eachIndex } from './naive-filters.ts'
import { shared, sharedPath } from './shared.ts'

interface Crop {
  readonly start: readonly number[]
  readonly size: readonly number[]
  readonly dtype: string
  readonly file: string
}

type Matrix = readonly (readonly number[])[]

interface Expected {
  readonly must_fail?: boolean
  readonly either?: readonly Expected[]
  readonly shape?: readonly number[]
  readonly size?: readonly number[]
  readonly dtype?: string
  readonly axcodes?: string
  readonly affine?: Matrix
  readonly spacing?: readonly number[]
  readonly origin?: readonly number[]
  readonly direction_columns?: Matrix
  readonly qform_code?: number
  readonly sform_code?: number
  readonly voxel_sha256_le?: string
  readonly voxel_sha256_unscaled_le?: string
  readonly voxel_sha256_le_components_fastest?: string
  readonly crop?: Crop
  readonly samples?: readonly (readonly [readonly number[], number | string])[]
  readonly stats?: Readonly<Record<string, number>>
}

/** One entry of the shared manifest of reference results. */
export interface GoldenEntry {
  readonly id: string
  readonly input: string
  readonly op: string
  readonly parameters: Readonly<Record<string, unknown>>
  readonly expected: Expected & Readonly<Record<string, unknown>>
  readonly tolerance: {
    readonly voxels?: string
    readonly abs?: number
    readonly rel?: number
    /** In words: that the outer half voxel of the input is not compared. */
    readonly compare_only?: string
    readonly threshold_abs?: number
  }
  readonly note?: string
}

/** What the package made of an entry. */
export interface GoldenAnswer {
  readonly skip?: string
  readonly error?: string
  readonly shape?: readonly number[]
  readonly dtype?: string
  readonly axcodes?: string
  readonly affine?: Matrix
  readonly spacing?: readonly number[]
  readonly voxels?: Uint8Array | Float32Array
  readonly numbers?: Readonly<Record<string, Numbers>>
}

/** The entries of the manifest; none where the shared data is missing. */
export function goldenEntries(): readonly GoldenEntry[] {
  const manifest = sharedPath('golden/manifest.json')
  return manifest === null ? [] : JSON.parse(readFileSync(manifest, 'utf8')).entries
}

/** What is wrong with an answer; an empty list for a right one. */
export function complaintsAbout(entry: GoldenEntry, answer: GoldenAnswer): string[] {
  const { expected } = entry
  if (expected.must_fail) return answer.error === undefined ? ['accepted, must be refused'] : []
  if (answer.error !== undefined) return expected.either ? [] : [answer.error]
  return [
    ...shapeComplaints(expected, answer),
    ...placeComplaints(entry, answer),
    ...voxelComplaints(entry, answer),
    ...numberComplaints(entry, answer),
  ]
}

const longAxes = (shape: readonly number[]) => shape.filter((length) => length !== 1).join()

function shapeComplaints({ shape, size, dtype, axcodes }: Expected, answer: GoldenAnswer): string[] {
  const wrong: string[] = []
  const wanted = shape ?? size
  if (wanted && answer.shape && longAxes(answer.shape) !== longAxes(wanted))
    wrong.push(`shape [${answer.shape}], not [${wanted}]`)
  if (dtype && answer.dtype && dtype !== answer.dtype) wrong.push(`dtype ${answer.dtype}, not ${dtype}`)
  if (axcodes && answer.axcodes && axcodes !== answer.axcodes)
    wrong.push(`axes ${answer.axcodes}, not ${axcodes}`)
  return wrong
}

// Where neither code is set the affine is a convention.
function placeComplaints({ expected, op }: GoldenEntry, answer: GoldenAnswer): string[] {
  const isConvention = expected.qform_code === 0 && expected.sform_code === 0
  const wanted = expected.affine ?? affineOf(expected)
  if (!answer.affine || !wanted || (isConvention && op === 'read_header_and_voxels')) return []
  const difference = answer.affine.flatMap((row, i) =>
    row.map((value, j) => Math.abs(value - (wanted[i]?.[j] as number))),
  )
  const scale = Math.max(1, ...wanted.flat().map(Math.abs))
  const worst = Math.max(...difference)
  return worst <= Math.max(1e-4, 1e-6 * scale) ? [] : [`affine differs by ${worst}`]
}

// ITK's origin and direction are LPS; the affine is RAS.
function affineOf({ origin, direction_columns: columns, spacing }: Expected): Matrix | undefined {
  if (!origin || !columns || !spacing || origin.length !== 3) return undefined
  const sign = [-1, -1, 1]
  const rows = sign.map((s, i) => [
    ...columns.map((column, j) => s * (column[i] as number) * (spacing[j] as number)),
    s * (origin[i] as number),
  ])
  return [...rows, [0, 0, 0, 1]]
}

function voxelComplaints(entry: GoldenEntry, answer: GoldenAnswer): string[] {
  const { expected, tolerance } = entry
  const { voxels } = answer
  const sha =
    expected.voxel_sha256_le ??
    expected.voxel_sha256_unscaled_le ??
    expected.voxel_sha256_le_components_fastest
  if (voxels === undefined) return sha || expected.crop ? ['no voxels'] : []
  if (sha && tolerance.voxels?.startsWith('exact')) {
    const bytes = new Uint8Array(voxels.buffer, voxels.byteOffset, voxels.byteLength)
    return createHash('sha256').update(bytes).digest('hex') === sha ? [] : ['voxels differ (sha256)']
  }
  const shape = expected.shape ?? (answer.shape as readonly number[])
  const at = (index: readonly number[]) =>
    Number(voxels[index.reduceRight((sum, i, axis) => sum * (shape[axis] as number) + i, 0)])
  if (tolerance.compare_only) return cropComplaints(entry, at, outsideRim(entry))
  return [...sampleComplaints(entry, at), ...cropComplaints(entry, at), ...rangeComplaints(entry, voxels)]
}

// Whether an output voxel's position is between the input's outermost voxel centres, or half a voxel away from them and no tie.
function outsideRim({ input, parameters }: GoldenEntry): (index: readonly number[]) => boolean {
  const rows = (parameters['output_index_to_input_index_4x4'] as Matrix).slice(0, 3)
  const header = readFileSync(join(shared as string, input))
  const shape = [0, 1, 2].map((axis) => header.readInt16LE(42 + 2 * axis))
  return (index) => {
    const c = rows.map((row) => row.reduce((sum, value, k) => sum + value * (index[k] ?? 1), 0))
    const last = (k: number) => (shape[k] as number) - 1
    const isInside = c.every((x, k) => x >= 0 && x <= last(k))
    const isAway = c.some((x, k) => x < -0.5 || x >= last(k) + 0.5)
    const isTie = c.some((x) => Math.abs(x - Math.floor(x) - 0.5) < 1e-6)
    return !isTie && (isInside || isAway)
  }
}

type At = (index: readonly number[]) => number

function fits(found: number, wanted: number, abs: number, rel: number): boolean {
  if (Number.isNaN(found) || Number.isNaN(wanted)) return Number.isNaN(found) && Number.isNaN(wanted)
  return found === wanted || Math.abs(found - wanted) <= abs + rel * Math.abs(wanted)
}

function sampleComplaints({ expected, tolerance: { abs = 0, rel = 0 } }: GoldenEntry, at: At): string[] {
  const wrong = (expected.samples ?? []).filter(([index, value]) => !fits(at(index), Number(value), abs, rel))
  return wrong.slice(0, 1).map(([index, value]) => `voxel ${index} is ${at(index)}, not ${value}`)
}

const arrays = { uint8: Uint8Array, int16: Int16Array, float32: Float32Array, float64: Float64Array } as const

function cropComplaints(
  { expected, tolerance: { abs = 0, rel = 0 } }: GoldenEntry,
  at: At,
  isCompared: (index: readonly number[]) => boolean = () => true,
): string[] {
  const { crop } = expected
  if (!crop) return []
  const bytes = gunzipSync(readFileSync(join(shared as string, crop.file)))
  const values = new arrays[crop.dtype as keyof typeof arrays](new Uint8Array(bytes).buffer)
  let wrong = 0
  eachIndex(crop.size, (index, k) => {
    const own = index.map((i, axis) => i + (crop.start[axis] as number))
    if (isCompared(own) && !fits(at(own), values[k] as number, abs, rel)) wrong++
  })
  return wrong === 0 ? [] : [`${wrong} of ${values.length} crop voxels differ`]
}

function rangeComplaints({ expected, tolerance }: GoldenEntry, voxels: ArrayLike<number>): string[] {
  const { stats } = expected
  if (!stats || stats['mean'] === undefined) return []
  const { abs = 0, rel = 0 } = tolerance
  let [min, max, sum] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0]
  for (let i = 0; i < voxels.length; i++) {
    const value = voxels[i] as number
    min = Math.min(min, value)
    max = Math.max(max, value)
    sum += value
  }
  const found: Record<string, number> = { min, max, mean: sum / voxels.length }
  const wrong = Object.entries(found).filter(
    ([key, value]) => !fits(value, stats[key] as number, abs + 1e-9, Math.max(rel, 1e-5)),
  )
  return wrong.map(([key, value]) => `${key} is ${value}, not ${stats[key]}`)
}

type Numbers = string | number | readonly Numbers[] | { readonly [key: string]: Numbers }

function numberComplaints(
  { expected, op, tolerance }: GoldenEntry,
  { numbers = {} }: GoldenAnswer,
): string[] {
  const { threshold_abs: abs = 0 } = tolerance
  const rel = { statistics: 1e-9, label_statistics: 1e-6 }[op] ?? 0
  if (op === 'connected_components') return sizeComplaints(numbers, expected)
  if (op !== 'histogram') return differences(numbers, expected as Numbers, { abs, rel })
  // Voxels on an edge may be counted on either side.
  const [found, wanted] = [numbers['counts'], expected['counts']] as [number[], number[]]
  const moved = wanted.reduce((sum, count, k) => sum + Math.abs(count - (found[k] as number)), 0)
  return found.length === wanted.length && moved <= 4 ? [] : [`counts differ by ${moved}`]
}

// Of whatever both have.
function differences(
  found: Numbers,
  wanted: Numbers,
  limits: { abs: number; rel: number },
  name = '',
): string[] {
  if (wanted === undefined || wanted === null) return []
  if (typeof found === 'object')
    return Object.entries(found).flatMap(([key, value]) =>
      differences(value, (wanted as Record<string, Numbers>)[key] as Numbers, limits, `${name} ${key}`),
    )
  const fine =
    typeof wanted === 'number' && typeof found === 'number'
      ? fits(found, wanted, limits.abs, limits.rel)
      : found === wanted
  return fine ? [] : [`${name.trim()} is ${found}, not ${wanted}`]
}

// The manifest lists the sizes of the hundred largest.
function sizeComplaints(
  numbers: Readonly<Record<string, Numbers>>,
  expected: GoldenEntry['expected'],
): string[] {
  const sizes = (numbers['sizes'] as readonly number[]).slice(0, 100)
  const same =
    String(sizes) === String(expected['sizes_descending_first_100']) && numbers['count'] === expected['count']
  return same ? [] : [`${numbers['count']} components of ${sizes}, not ${expected['count']}`]
}
