import { checkNumbers } from '../core/check.ts'
import { invalidArgument } from '../core/errors.ts'
import { type Affine, affineOf, checkAffine, columnOf, isSingular, lengthOf, type Vector } from './affine.ts'
import { Geometry } from './geometry.ts'
import {
  type Direction,
  defaultOrientation,
  directionsOfAffine,
  formatOrientation,
  isSpatial,
  parseOrientation,
  spatialAxes,
} from './orientation.ts'

/**
 * How the place of a new volume is given: an affine, or spacing and origin along the axes of an orientation.
 */
export interface GeometryOptions {
  /** Voxel → RAS millimetres, 4×4 rows. */
  readonly affine?: Affine
  /** Millimetres per step, one per axis or one per spatial axis (the others then get 1). */
  readonly spacing?: readonly number[]
  /** Position of voxel 0 in RAS millimetres; 0 by default. */
  readonly origin?: readonly number[]
  /** Letters for where the axes point to; `LPI` by default. */
  readonly orientation?: string
}

/**
 * The geometry of a new volume.
 *
 * Throws `InvalidArgument` for a singular affine and for an affine that disagrees with the orientation or
 * spacing given.
 */
export function makeGeometry(rank: number, options: GeometryOptions): Geometry {
  return options.affine === undefined ? fromParts(rank, options) : fromAffine(rank, options.affine, options)
}

/** The geometry of an affine, with `spacing` for the axes beyond the third, which follow the spatial ones. */
export function fromAffine(
  rank: number,
  given: Affine,
  options: Omit<GeometryOptions, 'affine'> = {},
): Geometry {
  const affine = checkAffine('affine', given)
  if (isSingular(affine)) throw invalidArgument('affine', 'invertible', given)
  if (options.origin !== undefined)
    throw invalidArgument('origin', 'absent when affine is given', options.origin)
  const directions = directionsFor(rank, affine, options.orientation)
  const spacing = spacingFor(directions, options.spacing)
  spatialAxes(directions).forEach((axis, column) => {
    const length = lengthOf(columnOf(affine, column))
    const stated = spacing[axis] as number
    if (options.spacing !== undefined && Math.abs(stated - length) > 1e-3 * length)
      throw invalidArgument(`spacing[${axis}]`, `${length}, the length of the affine's column`, stated)
    spacing[axis] = length
  })
  return new Geometry({ affine, spacing, directions })
}

function directionsFor(rank: number, affine: Affine, code: string | undefined): readonly Direction[] {
  const spatial = directionsOfAffine(affine, Math.min(3, rank))
  if (code === undefined) return [...spatial, ...extraDirections(rank)]
  const directions = parseOrientation(code, rank)
  const stated = directions.filter(isSpatial)
  if (stated.every((direction, k) => direction === spatial[k])) return directions
  throw invalidArgument('orientation', `${formatOrientation(spatial)}, which the affine says`, code)
}

/** T U V W X as far as the rank goes. */
export function extraDirections(rank: number): readonly Direction[] {
  return Array.from({ length: Math.max(0, rank - 3) }, (_, k) => 4 + k)
}

function spacingFor(directions: readonly Direction[], given: unknown): number[] {
  const rank = directions.length
  const axes = spatialAxes(directions)
  const spacing = new Array<number>(rank).fill(1)
  if (given === undefined) return spacing
  const some = Array.isArray(given) && given.length === axes.length && axes.length < rank
  const values = checkNumbers('spacing', given, some ? axes.length : rank)
  values.forEach((value, k) => {
    if (value <= 0) throw invalidArgument(`spacing[${k}]`, 'greater than 0', value)
    spacing[some ? (axes[k] as number) : k] = value
  })
  return spacing
}

function fromParts(rank: number, options: GeometryOptions): Geometry {
  const directions = parseOrientation(options.orientation ?? defaultOrientation.slice(0, rank), rank)
  const spacing = spacingFor(directions, options.spacing)
  const origin = options.origin === undefined ? [0, 0, 0] : checkNumbers('origin', options.origin, 3)
  const taken = spatialAxes(directions).map((axis) =>
    along(directions[axis] as number, spacing[axis] as number),
  )
  const free = [1, 2, 3].filter((direction) => !directions.some((own) => Math.abs(own) === direction))
  const columns = [...taken, ...free.map((direction) => along(direction, 1))]
  return new Geometry({ affine: affineOf(columns, origin as unknown as Vector), spacing, directions })
}

function along(direction: Direction, length: number): Vector {
  const column: [number, number, number] = [0, 0, 0]
  column[Math.abs(direction) - 1] = direction < 0 ? -length : length
  return column
}
