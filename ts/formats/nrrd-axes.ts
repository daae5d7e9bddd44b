import { formatError, VoxlineError } from '../core/errors.ts'
import { type Affine, affineOf, type Vector } from '../geometry/affine.ts'
import { completed, isUsable } from './frames.ts'
import { type NrrdHeader, nrrdField } from './nrrd-header.ts'
import { type HeaderLine, integersOf, quoted } from './text-header.ts'

/** What a NRRD header says about axes: which one holds components, and where the others lie. */
export interface NrrdAxes {
  readonly components: number
  readonly shape: readonly number[]
  readonly affine: Affine
  readonly spacing: readonly number[]
}

type Signs = Vector

const frames: Readonly<Record<string, Signs>> = {
  'right-anterior-superior': [1, 1, 1],
  ras: [1, 1, 1],
  'left-anterior-superior': [-1, 1, 1],
  las: [-1, 1, 1],
  'left-posterior-superior': [-1, -1, 1],
  lps: [-1, -1, 1],
}

/** Kinds of axes that are sampled; all others hold the parts of one voxel. */
const sampled = new Set(['domain', 'space', 'time', '???', 'none', ''])

/** Reads sizes, kinds and space (NRRD format, section 5). Without a space the axes are LPS, as in ITK. */
export function nrrdAxes(header: NrrdHeader, warnings: string[]): NrrdAxes {
  const { path } = header
  const [rank = 0] = integersOf(path, nrrdField(header, 'dimension'), 1, 1)
  if (rank > 16)
    throw formatError(
      path,
      'dimension',
      `must be at most 16, received ${rank}`,
      nrrdField(header, 'dimension').offset,
    )
  const sizes = integersOf(path, nrrdField(header, 'sizes'), rank, 1)
  const kinds = perAxis(header, 'kinds', rank)?.map((kind) => kind.toLowerCase())
  const directions = directionsOf(header, rank)
  const isVoxelPart = directions
    ? directions[0] === null
    : kinds !== undefined && !sampled.has(kinds[0] ?? '')
  if (
    isVoxelPart &&
    kinds !== undefined &&
    sampled.has(kinds[0] ?? '') &&
    rank > 1 &&
    kinds[0] !== '???' &&
    kinds[0] !== 'none'
  ) {
    throw unsupported(header, 'space directions', `the first axis is a ${kinds[0]} axis without a direction`)
  }
  const from = isVoxelPart ? 1 : 0
  const shape = sizes.slice(from)
  if (shape.length < 1 || shape.length > 8)
    throw unsupported(header, 'sizes', `${shape.length} axes of voxels, from 1 to 8 are read`)
  const spacings = spacingsOf(header, rank).slice(from)
  const place = placeOf(header, shape.length, directions?.slice(from), spacings, warnings)
  return { components: isVoxelPart ? (sizes[0] ?? 1) : 1, shape, ...place }
}

function unsupported({ path, fields }: NrrdHeader, field: string, message: string): VoxlineError {
  return new VoxlineError('Unsupported', `${path}: ${field}: ${message}`, {
    path,
    field,
    offset: fields.get(field)?.offset,
  })
}

function perAxis({ path, fields }: NrrdHeader, name: string, rank: number): string[] | undefined {
  const line = fields.get(name)
  if (line === undefined) return undefined
  const words = line.value.split(/\s+/)
  if (words.length === rank) return words
  throw formatError(
    path,
    name,
    `must be one word for each of ${rank} axes, received ${quoted(line.value)}`,
    line.offset,
  )
}

function spacingsOf(header: NrrdHeader, rank: number): (number | null)[] {
  const line = header.fields.get('spacings')
  const words = perAxis(header, 'spacings', rank) ?? Array<string>(rank).fill('nan')
  return words.map((word) => {
    if (/^nan$/i.test(word)) return null
    const value = Number(word)
    if (Number.isFinite(value) && value !== 0) return value
    throw formatError(
      header.path,
      'spacings',
      `must be finite and not 0, or nan, received ${quoted(word)}`,
      line?.offset,
    )
  })
}

/** The vectors of a line such as `(1,0,0) none (0,1,0)`. */
function vectorsOf(
  path: string,
  line: HeaderLine,
  count: number,
  dimension: number,
): (readonly number[] | null)[] {
  const words = line.value.match(/\([^)]*\)|[^\s()]+/g) ?? []
  const vectors = words.map((word) => {
    if (word.toLowerCase() === 'none') return null
    const parts = /^\((.*)\)$/.exec(word)?.[1]?.split(',') ?? []
    const values = parts.map((part) => (part.trim() === '' ? Number.NaN : Number(part)))
    if (values.length === dimension && values.every(Number.isFinite)) return values
    throw formatError(
      path,
      line.name,
      `must be vectors of ${dimension} finite numbers, received ${quoted(word)}`,
      line.offset,
    )
  })
  if (vectors.length === count) return vectors
  throw formatError(path, line.name, `must be ${count} vectors, received ${quoted(line.value)}`, line.offset)
}

/** Dimensions of the space around the volume, and whether its last one is time. */
function spaceOf({ path, fields }: NrrdHeader): {
  readonly dimension: number
  readonly name: string | null
  readonly hasTime: boolean
} {
  const line = fields.get('space')
  const count = fields.get('space dimension')
  if (line === undefined) {
    const [dimension = 3] = count === undefined ? [3] : integersOf(path, count, 1, 1)
    return { dimension, name: null, hasTime: false }
  }
  const whole = line.value.toLowerCase()
  const name = whole.replace(/-?time$|(?<=^(ras|las|lps))t$/, '')
  const hasTime = name !== whole
  return { dimension: hasTime ? 4 : 3, name, hasTime }
}

function directionsOf(header: NrrdHeader, rank: number): (readonly number[] | null)[] | undefined {
  const line = header.fields.get('space directions')
  if (line === undefined) return undefined
  const { dimension } = spaceOf(header)
  if (dimension > 4) throw unsupported(header, 'space dimension', `${dimension} dimensions, at most 4`)
  return vectorsOf(header.path, line, rank, dimension)
}

type Place = Pick<NrrdAxes, 'affine' | 'spacing'>

function placeOf(
  header: NrrdHeader,
  rank: number,
  directions: readonly (readonly number[] | null)[] | undefined,
  spacings: readonly (number | null)[],
  warnings: string[],
): Place {
  const { path, fields } = header
  const space = spaceOf(header)
  const signs = signsOf(header, space.name, warnings)
  const spatial = (vector: readonly number[]): Vector => [
    (vector[0] ?? 0) * signs[0] + 0,
    (vector[1] ?? 0) * signs[1] + 0,
    (vector[2] ?? 0) * signs[2] + 0,
  ]
  const times = directions?.map((vector) => timeStep(header, vector, space.hasTime))
  const columns = directions
    ? spatialColumns(
        header,
        directions.map((vector, axis) =>
          times?.[axis] === null && vector !== null ? spatial(vector) : null,
        ),
      )
    : spacings.slice(0, 3).map((step, axis) => spatial([0, 1, 2].map((c) => (c === axis ? (step ?? 1) : 0))))
  const line = fields.get('space origin')
  const [origin] = line === undefined ? [] : vectorsOf(path, line, 1, space.dimension)
  if (line === undefined && hasMins(header)) warnings.push('axis mins: not used, voxel 0 lies at 0')
  const affine = affineOf(completed(columns), spatial(origin ?? [0, 0, 0]))
  if (!isUsable(affine)) {
    const field = directions ? 'space directions' : 'spacings'
    throw formatError(path, field, 'gives no usable affine', fields.get(field)?.offset)
  }
  const spacing = Array.from({ length: rank }, (_, axis) => {
    const column = columns[axis]
    return column ? Math.hypot(...column) : Math.abs(times?.[axis] ?? spacings[axis] ?? 1)
  })
  return { affine, spacing }
}

function hasMins({ fields }: NrrdHeader): boolean {
  const words = fields.get('axis mins')?.value.split(/\s+/) ?? []
  return words.some((word) => Number.isFinite(Number(word)) && Number(word) !== 0)
}

function signsOf({ fields }: NrrdHeader, name: string | null, warnings: string[]): Signs {
  const known = name === null ? undefined : frames[name]
  if (name !== null && known === undefined) {
    warnings.push(
      `space: ${quoted(fields.get('space')?.value ?? name)} says nothing about the body, taken as left-posterior-superior`,
    )
  }
  return known ?? [-1, -1, 1]
}

/** Steps in time of an axis of a space with time; null for an axis in space or without a direction. */
function timeStep(header: NrrdHeader, vector: readonly number[] | null, hasTime: boolean): number | null {
  const step = vector?.[3] ?? 0
  if (vector === null || step === 0) return null
  if (hasTime && vector.slice(0, 3).every((value) => value === 0)) return step
  throw unsupported(header, 'space directions', 'an axis that leads through space and a fourth dimension')
}

function spatialColumns(header: NrrdHeader, columns: readonly (Vector | null)[]): Vector[] {
  const found = columns.filter((column) => column !== null)
  if (found.length > 3)
    throw unsupported(header, 'space directions', `${found.length} axes in space, at most 3`)
  if (found.length > 0 && columns.slice(0, found.length).every((column) => column !== null)) return found
  throw unsupported(header, 'space directions', 'the axes in space must come before the others')
}
