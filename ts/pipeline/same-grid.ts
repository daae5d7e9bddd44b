import { VoxlineError } from '../core/errors.ts'
import { sameNumbers } from '../core/shape.ts'
import { apply, columnOf, dot, lengthOf, type Vector } from '../geometry/affine.ts'
import type { Geometry } from '../geometry/geometry.ts'
import { type Direction, formatOrientation, spatialAxes, turn } from '../geometry/orientation.ts'
import type { Info } from './info.ts'
import type { StridedMap } from './regional.ts'

/** How closely two inputs' grids must agree. */
export interface GridTolerance {
  /** Greatest distance between corresponding corner voxels, in units of the smallest spacing. */
  readonly tolerance: number
  /** Compare shapes only. */
  readonly ignoreGeometry: boolean
  /** The axis along which one follows the other, where it does: lengths and places along it are not compared. */
  readonly joinedAxis?: number | undefined
}

/**
 * How a further input's voxels are seen in the first one's orientation.
 *
 * Throws `ShapeMismatch` naming `argument` unless both then have one shape and, within the tolerance, lie in one place; but for the joined
 * axis, where there is one.
 */
export function alignment(first: Info, other: Info, argument: string, grids: GridTolerance): StridedMap {
  const [to, from] = [first.geometry.directions, other.geometry.directions]
  if (!sameAxes(from, to)) throw mismatch(argument, `the axes of ${formatOrientation(to)}`, first, other)
  const { axes, signs, starts } = turn(from, to, other.shape)
  const shape = axes.map((axis) => other.shape[axis] as number)
  const { joinedAxis } = grids
  const isCompared = (_: number, axis: number) => axis !== joinedAxis
  if (!sameNumbers(shape.filter(isCompared), first.shape.filter(isCompared)))
    throw mismatch(argument, shapeWords(first.shape, joinedAxis), first, other)
  if (other.components !== first.components && other.components !== 1)
    throw mismatch(argument, `${first.components} components or one`, first, other)
  if (!grids.ignoreGeometry) {
    const moved = other.geometry.moved({ axes, signs, starts })
    const apart = cornerDistance(first.geometry, moved, shape, joinedAxis)
    if (!(apart <= grids.tolerance))
      throw mismatch(
        argument,
        `the place of the first input: its corners lie ${apart.toPrecision(3)} voxels off`,
        first,
        other,
      )
  }
  return { axes, starts, steps: signs }
}

/** Whether a map changes nothing. */
export function isStill({ axes, starts, steps }: StridedMap): boolean {
  return axes.every((axis, k) => axis === k && starts[k] === 0 && steps[k] === 1)
}

function sameAxes(a: readonly Direction[], b: readonly Direction[]): boolean {
  const names = (directions: readonly Direction[]) => directions.map(Math.abs).sort()
  return sameNumbers(names(a), names(b))
}

/**
 * Greatest distance between corner voxels of two volumes of one shape, over the smallest spacing. Along a joined axis it does not count
 * how far the one begins from the other, and steps count as such even where there is but one voxel.
 */
export function cornerDistance(
  a: Geometry,
  b: Geometry,
  shape: readonly number[],
  joinedAxis?: number,
): number {
  const spatial = spatialAxes(a.directions)
  const lengths = [0, 1, 2].map((k) => {
    const steps = (shape[spatial[k] ?? shape.length] ?? 1) - 1
    return spatial[k] === joinedAxis ? Math.max(1, steps) : steps
  })
  const apart = minus(columnOf(b.affine, 3), columnOf(a.affine, 3))
  const [x, y, z] = joinedAxis === undefined ? [0, 0, 0] : partAlong(apart, joinedColumn(a, joinedAxis))
  let most = 0
  for (let corner = 0; corner < 8; corner++) {
    const at = lengths.map((length, k) => ((corner >> k) & 1 ? length : 0)) as unknown as Vector
    const [p, q] = [apply(a.affine, at), apply(b.affine, at)]
    most = Math.max(most, Math.hypot(p[0] - q[0] + x, p[1] - q[1] + y, p[2] - q[2] + z))
  }
  return most / Math.min(...spatial.map((axis) => a.spacing[axis] as number))
}

// Where a joined axis points to; nowhere in space beyond the spatial ones. One that is new below rank 3 has a column already.
function joinedColumn({ affine, directions }: Geometry, axis: number): Vector {
  const spatial = spatialAxes(directions)
  const column = axis === directions.length && axis < 3 ? axis : spatial.indexOf(axis)
  return column < 0 ? [0, 0, 0] : columnOf(affine, column)
}

function minus(a: Vector, b: Vector): Vector {
  return [a[0] - b[0], a[1] - b[1], a[2] - b[2]]
}

function partAlong(v: Vector, column: Vector): Vector {
  const length = lengthOf(column)
  if (length === 0) return [0, 0, 0]
  const share = dot(v, column) / length / length
  return [column[0] * share, column[1] * share, column[2] * share]
}

function shapeWords(shape: readonly number[], joinedAxis: number | undefined): string {
  const besides = joinedAxis !== undefined && joinedAxis < shape.length ? ` but along axis ${joinedAxis}` : ''
  return `the shape [${shape}]${besides}`
}

function mismatch(argument: string, wanted: string, first: Info, other: Info): VoxlineError {
  const shown = ({ shape, components, geometry }: Info) =>
    `[${shape}] × ${components} ${geometry.orientation} at [${geometry.affine.map((row) => row.join(' ')).join('; ')}]`
  const message = `${argument} must have ${wanted}; the inputs are ${shown(first)} and ${shown(other)}`
  const facts = ({ shape, components, geometry }: Info) => ({ shape, components, affine: geometry.affine })
  return new VoxlineError('ShapeMismatch', message, {
    argument,
    expected: facts(first),
    received: facts(other),
  })
}
