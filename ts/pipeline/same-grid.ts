import { VoxlineError } from '../core/errors.ts'
import { sameNumbers } from '../core/shape.ts'
import { apply, type Vector } from '../geometry/affine.ts'
import type { Geometry } from '../geometry/geometry.ts'
import { type Direction, formatOrientation, isSpatial, turn } from '../geometry/orientation.ts'
import type { Info } from './info.ts'
import type { StridedMap } from './regional.ts'

/** How closely two inputs' grids must agree. */
export interface GridTolerance {
  /** Greatest distance between corresponding corner voxels, in units of the smallest spacing. */
  readonly tolerance: number
  /** Compare shapes only. */
  readonly ignoreGeometry: boolean
}

/**
 * How a further input's voxels are seen in the first one's orientation.
 *
 * Throws `ShapeMismatch` naming `argument` unless both then have one shape and, within the tolerance, lie in one place.
 */
export function alignment(first: Info, other: Info, argument: string, grids: GridTolerance): StridedMap {
  const [to, from] = [first.geometry.directions, other.geometry.directions]
  if (!sameAxes(from, to)) throw mismatch(argument, `the axes of ${formatOrientation(to)}`, first, other)
  const { axes, signs, starts } = turn(from, to, other.shape)
  const shape = axes.map((axis) => other.shape[axis] as number)
  if (!sameNumbers(shape, first.shape)) throw mismatch(argument, `the shape [${first.shape}]`, first, other)
  if (other.components !== first.components && other.components !== 1)
    throw mismatch(argument, `${first.components} components or one`, first, other)
  if (!grids.ignoreGeometry) {
    const moved = other.geometry.moved({ axes, signs, starts })
    const apart = cornerDistance(first.geometry, moved, shape)
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

/** Greatest distance between corner voxels of two volumes of one shape, over the smallest spacing. */
export function cornerDistance(a: Geometry, b: Geometry, shape: readonly number[]): number {
  const spatial = a.directions.flatMap((direction, axis) => (isSpatial(direction) ? [axis] : []))
  const lengths = [0, 1, 2].map((k) => (shape[spatial[k] ?? shape.length] ?? 1) - 1)
  let most = 0
  for (let corner = 0; corner < 8; corner++) {
    const at = lengths.map((length, k) => ((corner >> k) & 1 ? length : 0)) as unknown as Vector
    const [p, q] = [apply(a.affine, at), apply(b.affine, at)]
    most = Math.max(most, Math.hypot(p[0] - q[0], p[1] - q[1], p[2] - q[2]))
  }
  return most / Math.min(...spatial.map((axis) => a.spacing[axis] as number))
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
