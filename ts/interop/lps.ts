import { invalidArgument, VoxlineError } from '../core/errors.ts'
import { type Affine, affineOf, columnOf, cross, lengthOf, type Vector } from '../geometry/affine.ts'
import { directionsOfAffine, formatOrientation } from '../geometry/orientation.ts'

/** A grid as ITK and VTK state it: LPS millimetres, unit columns. */
export interface LpsGrid {
  /** Position of voxel 0. */
  readonly origin: Vector
  /** Millimetres per step. */
  readonly spacing: Vector
  /** Where each axis points to, of length 1. */
  readonly columns: readonly [Vector, Vector, Vector]
}

/** Between RAS and LPS, either way; no negative zeros. */
export function turned([x, y, z]: Vector): Vector {
  return [0 - x, 0 - y, z + 0]
}

/** The grid of a voxel → RAS affine. */
export function toLps(affine: Affine): LpsGrid {
  const columns = [0, 1, 2].map((k) => turned(columnOf(affine, k)))
  const spacing = columns.map(lengthOf) as unknown as Vector
  return {
    origin: turned(columnOf(affine, 3)),
    spacing,
    columns: columns.map((column, k) =>
      divided(column, spacing[k] as number),
    ) as unknown as LpsGrid['columns'],
  }
}

function divided([x, y, z]: Vector, by: number): Vector {
  return [x / by, y / by, z / by]
}

/** The voxel → RAS affine of origin, spacing and one to three columns, completed by unit normals. */
export function fromLps(origin: Vector, spacing: readonly number[], columns: readonly Vector[]): Affine {
  const scaled = columns.map((column, k) => {
    const [x, y, z] = turned(column)
    const step = spacing[k] as number
    return [x * step + 0, y * step + 0, z * step + 0] as const
  })
  return affineOf(completed(scaled), turned(origin))
}

function completed(columns: readonly Vector[]): readonly Vector[] {
  const [x, y] = columns
  if (x === undefined) throw invalidArgument('direction', 'of one axis at least', columns)
  if (columns.length >= 3) return columns
  const second = y ?? unit(cross(leastAxis(x), x))
  return [x, second, unit(cross(x, second))]
}

function leastAxis(x: Vector): Vector {
  const least = x.map(Math.abs).indexOf(Math.min(...x.map(Math.abs)))
  return [0, 1, 2].map((axis) => Number(axis === least)) as unknown as Vector
}

function unit(vector: Vector): Vector {
  const length = lengthOf(vector)
  return [vector[0] / length + 0, vector[1] / length + 0, vector[2] / length + 0]
}

/** The letters of an affine's first `count` columns. */
export function lettersOf(affine: Affine, count: number): string {
  return formatOrientation(directionsOfAffine(affine, count))
}

/** The value as `length` finite numbers of any list or typed array. */
export function numbersOf(argument: string, value: unknown, length: number): readonly number[] {
  const isList = Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView))
  const list = isList ? Array.from(value as ArrayLike<number>) : []
  if (isList && list.length === length && list.every((item) => Number.isFinite(item))) return list
  throw invalidArgument(argument, `a list of ${length} finite numbers`, value)
}

/** An error about something the other side has and a volume cannot hold, or the other way round. */
export function unsupported(argument: string, message: string): VoxlineError {
  return new VoxlineError('Unsupported', `${argument} ${message}`, { argument })
}
