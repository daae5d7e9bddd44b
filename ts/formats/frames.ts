import { type Affine, columnOf, cross, dot, lengthOf, type Vector } from '../geometry/affine.ts'

/** Millimetres per step along each of the three axes. */
export function lengthsOf(affine: Affine): Vector {
  return [lengthOf(columnOf(affine, 0)), lengthOf(columnOf(affine, 1)), lengthOf(columnOf(affine, 2))]
}

export function determinantOf(affine: Affine): number {
  return dot(cross(columnOf(affine, 0), columnOf(affine, 1)), columnOf(affine, 2))
}

/** Whether every number is finite and the columns span space. */
export function isUsable(affine: Affine): boolean {
  if (!affine.every((row) => row.every((value) => Number.isFinite(value)))) return false
  const volume = lengthsOf(affine).reduce((product, length) => product * length, 1)
  return volume > 0 && Number.isFinite(volume) && Math.abs(determinantOf(affine)) > 1e-9 * volume
}

/** Whether two affines put every voxel of `shape` at the same place, as far as float32 can tell. */
export function isSamePlace(a: Affine, b: Affine, shape: readonly number[]): boolean {
  let extent = lengthOf(columnOf(a, 3))
  let apart = lengthOf(difference(columnOf(a, 3), columnOf(b, 3)))
  for (const axis of [0, 1, 2]) {
    const [p, q, steps] = [columnOf(a, axis), columnOf(b, axis), shape[axis] ?? 1]
    extent = Math.max(extent, lengthOf(p) * steps)
    apart = Math.max(apart, lengthOf(difference(p, q)) * steps)
  }
  return apart <= extent * 2 ** -24
}

function difference(a: Vector, b: Vector): Vector {
  return [a[0] - b[0], a[1] - b[1], a[2] - b[2]]
}

/** Between RAS and LPS, either way. */
export function turned([x, y, z]: Vector): Vector {
  return [0 - x, 0 - y, z]
}

/** One or two columns completed to three by unit vectors at right angles to them. */
export function completed(columns: readonly Vector[]): readonly Vector[] {
  const [x, y] = columns
  if (x === undefined || columns.length >= 3) return columns
  if (y !== undefined) return [x, y, unit(cross(x, y))]
  const sizes = x.map(Math.abs)
  const least = sizes.indexOf(Math.min(...sizes))
  const helper: Vector = least === 0 ? [1, 0, 0] : least === 1 ? [0, 1, 0] : [0, 0, 1]
  const second = unit(cross(cross(x, helper), x))
  return [x, second, unit(cross(x, second))]
}

/** The vector at length 1; not finite for a vector of length 0. */
export function unit(vector: Vector): Vector {
  const length = lengthOf(vector)
  return [vector[0] / length + 0, vector[1] / length + 0, vector[2] / length + 0]
}
