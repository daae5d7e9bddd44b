import { invalidArgument } from '../core/errors.ts'

/** A map of indices to positions: 4 rows of 4, the last 0 0 0 1. */
export type Affine = readonly (readonly number[])[]

/** Three numbers: a position in millimetres, or a column of an affine. */
export type Vector = readonly [number, number, number]

export const identityAffine: Affine = [
  [1, 0, 0, 0],
  [0, 1, 0, 0],
  [0, 0, 1, 0],
  [0, 0, 0, 1],
]

/** The affine with these three columns and this origin. */
export function affineOf(columns: readonly Vector[], origin: Vector): Affine {
  const [a, b, c] = columns as [Vector, Vector, Vector]
  return [
    [a[0], b[0], c[0], origin[0]],
    [a[1], b[1], c[1], origin[1]],
    [a[2], b[2], c[2], origin[2]],
    [0, 0, 0, 1],
  ]
}

/** Column k: 0 to 2 the steps along the axes, 3 the origin. */
export function columnOf(affine: Affine, k: number): Vector {
  return [at(affine, 0, k), at(affine, 1, k), at(affine, 2, k)]
}

/** Euclidean length. */
export function lengthOf(v: Vector): number {
  return Math.sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2])
}

export function dot(a: Vector, b: Vector): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

export function cross(a: Vector, b: Vector): Vector {
  return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

/** First b, then a. */
export function multiply(a: Affine, b: Affine): Affine {
  return a.map((row) => [0, 1, 2, 3].map((k) => row.reduce((sum, value, j) => sum + value * at(b, j, k), 0)))
}

/** The position of an index. */
export function apply(affine: Affine, index: Vector): Vector {
  const [x, y, z] = index
  const row = (r: number) =>
    at(affine, r, 0) * x + at(affine, r, 1) * y + at(affine, r, 2) * z + at(affine, r, 3)
  return [row(0), row(1), row(2)]
}

/**
 * The index at a position, by Cramer's rule, which is exact where the numbers are; throws `InvalidArgument`
 * for a singular affine.
 */
export function solve(affine: Affine, position: Vector): Vector {
  if (isSingular(affine)) throw invalidArgument('affine', 'invertible', affine)
  const [a, b, c] = [columnOf(affine, 0), columnOf(affine, 1), columnOf(affine, 2)]
  const origin = columnOf(affine, 3)
  const from: Vector = [position[0] - origin[0], position[1] - origin[1], position[2] - origin[2]]
  const volume = dot(a, cross(b, c))
  return [
    positiveZero(dot(from, cross(b, c)) / volume),
    positiveZero(dot(from, cross(c, a)) / volume),
    positiveZero(dot(from, cross(a, b)) / volume),
  ]
}

/** The affine from positions to indices; throws `InvalidArgument` for a singular one. */
export function inverse(affine: Affine): Affine {
  const linear = affineOf([columnOf(affine, 0), columnOf(affine, 1), columnOf(affine, 2)], [0, 0, 0])
  const columns = [solve(linear, [1, 0, 0]), solve(linear, [0, 1, 0]), solve(linear, [0, 0, 1])]
  return affineOf(columns, solve(affine, [0, 0, 0]))
}

/** Whether the columns do not span space: their volume is below 1e-10 of their lengths' product. */
export function isSingular(affine: Affine): boolean {
  const [a, b, c] = [columnOf(affine, 0), columnOf(affine, 1), columnOf(affine, 2)]
  const lengths = lengthOf(a) * lengthOf(b) * lengthOf(c)
  return !(Math.abs(dot(a, cross(b, c))) > 1e-10 * lengths) || !(lengths > 0)
}

/** Whether the value is 4 rows of 4 finite numbers, the last 0 0 0 1. */
export function isAffine(value: unknown): value is Affine {
  if (!Array.isArray(value) || value.length !== 4) return false
  const isRow = (row: unknown) => Array.isArray(row) && row.length === 4 && row.every(Number.isFinite)
  return value.every(isRow) && [0, 0, 0, 1].every((item, k) => value[3][k] === item)
}

/** A 4×4 affine of finite numbers in lists of its own; anything else is `InvalidArgument`. */
export function checkAffine(argument: string, value: unknown): Affine {
  const expected = '4 rows of 4 finite numbers, the last 0 0 0 1'
  if (!Array.isArray(value) || value.length !== 4) throw invalidArgument(argument, expected, value)
  const rows = value.map((row: unknown) => {
    const good = (Array.isArray(row) || ArrayBuffer.isView(row)) && (row as number[]).length === 4
    if (!good || !Array.from(row as number[]).every((item) => Number.isFinite(item)))
      throw invalidArgument(argument, expected, value)
    return Array.from(row as number[], positiveZero)
  })
  if ([0, 0, 0, 1].some((item, k) => at(rows, 3, k) !== item))
    throw invalidArgument(argument, expected, value)
  return rows
}

/** The value with a negative zero made positive. */
export function positiveZero(value: number): number {
  return value + 0
}

function at(affine: Affine, row: number, k: number): number {
  return (affine[row] as readonly number[])[k] as number
}
