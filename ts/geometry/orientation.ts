import { invalidArgument } from '../core/errors.ts'
import { type Affine, columnOf, cross, dot, lengthOf, type Vector } from './affine.ts'
import type { IndexMap } from './index-map.ts'

/**
 * Where an axis points to as its index grows: ±1 for right/left, ±2 front/back, ±3 up/down, ±4 … ±8 the axes
 * T U V W X beyond the third.
 */
export type Direction = number

const positive = ' RASTUVWX'
const negative = ' LPItuvwx'

/** Orientation of a volume that is not told otherwise. */
export const defaultOrientation = 'LPI'

const parsed = new Map<string, readonly Direction[]>()

/**
 * The directions of a code for a rank; three spatial letters are completed with T U V W X.
 *
 * Throws `InvalidArgument` unless every letter is known, no axis comes twice and, from rank 3 on, every axis
 * comes once.
 */
export function parseOrientation(
  code: unknown,
  rank: number,
  argument = 'orientation',
): readonly Direction[] {
  const key = `${rank}${code}`
  const known = typeof code === 'string' ? parsed.get(key) : undefined
  if (known !== undefined) return known
  const directions = directionsOf(code, rank)
  if (directions === null) throw invalidArgument(argument, expectedCode(rank), code)
  parsed.set(key, directions)
  return directions
}

function expectedCode(rank: number): string {
  if (rank < 3) return `${rank} of the letters L or R, P or A, I or S, no axis twice`
  const extra = positive.slice(4, rank + 1)
  const more = rank > 3 ? `, alone or with ${extra} (lower case when reversed)` : ''
  return `a code with one each of L or R, P or A, I or S in any order${more}`
}

function directionsOf(code: unknown, rank: number): readonly Direction[] | null {
  if (typeof code !== 'string') return null
  const complete = code.length === 3 && rank > 3 ? code + positive.slice(4, rank + 1) : code
  if (complete.length !== rank) return null
  const directions = Array.from(complete, directionOf)
  const axes = new Set(directions.map(Math.abs))
  const limit = Math.max(rank, 3)
  return axes.size === rank && directions.every((d) => d !== 0 && Math.abs(d) <= limit) ? directions : null
}

function directionOf(letter: string): Direction {
  const up = positive.indexOf(letter, 1)
  if (up > 0) return up
  return 0 - Math.max(0, negative.indexOf(letter, 1))
}

/** The code of a list of directions. */
export function formatOrientation(directions: readonly Direction[]): string {
  let code = ''
  for (const d of directions) code += d > 0 ? positive[d] : negative[-d]
  return code
}

/** Whether an axis of this direction is one of the affine's. */
export function isSpatial(direction: Direction): boolean {
  return Math.abs(direction) <= 3
}

/** Axes that are columns of the affine, in the order of its columns. */
export function spatialAxes(directions: readonly Direction[]): readonly number[] {
  return directions.flatMap((direction, axis) => (isSpatial(direction) ? [axis] : []))
}

/**
 * The map from voxels of a volume turned to `to` back to the voxels it has in `from`.
 *
 * Throws `InvalidArgument` when the two do not name the same axes (only possible for ranks 1 and 2).
 */
export function turn(
  from: readonly Direction[],
  to: readonly Direction[],
  shape: readonly number[],
  argument = 'orientation',
): IndexMap {
  const axes = to.map((direction) => from.findIndex((other) => Math.abs(other) === Math.abs(direction)))
  if (axes.includes(-1))
    throw invalidArgument(
      argument,
      `a code with the axes of ${formatOrientation(from)}`,
      formatOrientation(to),
    )
  const signs = axes.map((axis, k) => (from[axis] === to[k] ? 1 : -1))
  return {
    axes,
    signs,
    starts: axes.map((axis, k) => ((signs[k] as number) > 0 ? 0 : (shape[axis] as number) - 1)),
  }
}

/**
 * The directions nearest to an affine's first `count` columns: nibabel's rule.
 *
 * Each column of the nearest orthogonal matrix takes, in order, the world axis of its greatest component that
 * is not taken yet.
 */
export function directionsOfAffine(affine: Affine, count: number): readonly Direction[] {
  const columns = nearestOrthogonal([columnOf(affine, 0), columnOf(affine, 1), columnOf(affine, 2)].map(unit))
  const free = [0, 1, 2]
  return columns.slice(0, count).map((column) => {
    const size = (axis: number) => Math.abs(column[axis] as number)
    const best = free.reduce((a, b) => (size(b) > size(a) ? b : a))
    free.splice(free.indexOf(best), 1)
    return (column[best] as number) < 0 ? -(best + 1) : best + 1
  })
}

function unit(v: Vector): Vector {
  const length = lengthOf(v)
  return [v[0] / length, v[1] / length, v[2] / length]
}

// Newton's iteration for the orthogonal polar factor: X ← (X + X⁻ᵀ) / 2. The rows of X⁻¹ are the columns of
// X⁻ᵀ.
function nearestOrthogonal(columns: readonly Vector[]): readonly Vector[] {
  let x = columns as [Vector, Vector, Vector]
  for (let step = 0; step < 60 && !isOrthogonal(x); step++) {
    const [a, b, c] = x
    const determinant = dot(a, cross(b, c))
    const dual: [Vector, Vector, Vector] = [cross(b, c), cross(c, a), cross(a, b)]
    const mean = (k: 0 | 1 | 2, i: 0 | 1 | 2) => (x[k][i] + dual[k][i] / determinant) / 2
    const column = (k: 0 | 1 | 2): Vector => [mean(k, 0), mean(k, 1), mean(k, 2)]
    x = [column(0), column(1), column(2)]
  }
  return x
}

function isOrthogonal([a, b, c]: readonly [Vector, Vector, Vector]): boolean {
  const errors = [dot(a, b), dot(b, c), dot(c, a), dot(a, a) - 1, dot(b, b) - 1, dot(c, c) - 1]
  return errors.every((error) => Math.abs(error) < 1e-14)
}
