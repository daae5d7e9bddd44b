import type { Volume } from '../index.ts'

/** What differs between two volumes of one shape. */
export interface VoxelDifference {
  /** Values that differ by more than the tolerance; a voxel with several components has several. */
  readonly count: number
  readonly total: number
  /** Greatest difference of all; infinite where one value is NaN or infinite and the other is not. */
  readonly worst: number
  /** Index of the value with the greatest difference, a component at the end where there are several; null without one. */
  readonly at: readonly number[] | null
}

/** Compares values as numbers, whatever their element types; NaN equals NaN, and infinities themselves. */
export function compareVoxels(a: Volume, b: Volume, tolerance: number): VoxelDifference {
  const [left, right] = [a.array(), b.array()]
  const { shape } = left
  const [length, stepA, stepB] = [shape[0] as number, left.stride[0] as number, right.stride[0] as number]
  const index = shape.map(() => 0)
  let [count, worst, at] = [0, 0, null as readonly number[] | null]
  for (let isMore = true; isMore; isMore = advance(index, shape)) {
    const fromA = start(left, index)
    const fromB = start(right, index)
    for (let i = 0; i < length; i++) {
      const [x, y] = [
        left.data[fromA + i * stepA] as number | bigint,
        right.data[fromB + i * stepB] as number | bigint,
      ]
      if (x === y) continue
      const difference = differenceOf(x, y)
      if (difference > tolerance) count++
      if (difference > worst) {
        worst = difference
        at = [i, ...index.slice(1)]
      }
    }
  }
  return { count, total: shape.reduce((product, n) => product * n, 1), worst, at }
}

function differenceOf(x: number | bigint, y: number | bigint): number {
  if (typeof x === 'bigint' && typeof y === 'bigint') return Number(x > y ? x - y : y - x)
  const [p, q] = [Number(x), Number(y)]
  if (p === q || (Number.isNaN(p) && Number.isNaN(q))) return 0
  const difference = Math.abs(p - q)
  return Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference
}

function start(
  { offset, stride }: { readonly offset: number; readonly stride: readonly number[] },
  index: readonly number[],
): number {
  return index.reduce((sum, i, axis) => sum + i * (stride[axis] as number), offset)
}

// The next line along axis 0.
function advance(index: number[], shape: readonly number[]): boolean {
  for (let axis = 1; axis < shape.length; axis++) {
    index[axis] = (index[axis] as number) + 1
    if ((index[axis] as number) < (shape[axis] as number)) return true
    index[axis] = 0
  }
  return false
}

/** Greatest distance, in millimetres, between the world positions of corresponding corner voxels. */
export function gridDistance(a: Volume, b: Volume): number {
  const corners = a.shape.reduce<number[][]>(
    (found, length) =>
      found.flatMap((corner) =>
        length > 1
          ? [
              [...corner, 0],
              [...corner, length - 1],
            ]
          : [[...corner, 0]],
      ),
    [[]],
  )
  return Math.max(...corners.map((corner) => distance(a.indexToWorld(corner), b.indexToWorld(corner))))
}

function distance(p: readonly number[], q: readonly number[]): number {
  return Math.hypot(...p.map((value, k) => value - (q[k] as number)))
}
