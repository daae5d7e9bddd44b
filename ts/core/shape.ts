import { checkInteger } from './check.ts'
import { bytesOf, type DType } from './dtype.ts'
import { invalidArgument } from './errors.ts'

/** Greatest number of axes of a volume. */
export const maxRank = 8

/** The value as a shape: 1 to 8 integers of at least 1, in a list of its own. */
export function checkShape(argument: string, value: unknown): readonly number[] {
  if (!Array.isArray(value) || value.length < 1 || value.length > maxRank)
    throw invalidArgument(argument, `a list of 1 to ${maxRank} integers`, value)
  return Array.from(value, (length: unknown, axis) => checkInteger(`${argument}[${axis}]`, length, 1))
}

/** Whether the value is a list of 1 to 8 integers of at least 1. */
export function isShape(value: unknown): value is readonly number[] {
  if (!Array.isArray(value) || value.length < 1 || value.length > maxRank) return false
  return value.every((length) => Number.isSafeInteger(length) && length >= 1)
}

/** Number of voxels. */
export function sizeOf(shape: readonly number[]): number {
  let size = 1
  for (const length of shape) size *= length
  return size
}

/** Bytes of a block of voxels; throws `InvalidArgument` when a double cannot count them. */
export function checkedBytes(shape: readonly number[], components: number, dtype: DType): number {
  const bytes = sizeOf(shape) * components * bytesOf(dtype)
  if (bytes <= Number.MAX_SAFE_INTEGER) return bytes
  throw invalidArgument('shape', `at most ${Number.MAX_SAFE_INTEGER} bytes in all`, shape)
}

/** Strides in elements of a dense block with axis 0 fastest. */
export function canonicalStrides(shape: readonly number[], components: number): readonly number[] {
  let stride = components
  return shape.map((length) => {
    const own = stride
    stride *= length
    return own
  })
}

/** Whether two shapes (or lists of strides) are the same. */
export function sameNumbers(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((value, i) => value === b[i])
}

/** Where the lowest and highest voxel lie relative to voxel 0, in elements. */
export function reach(
  shape: readonly number[],
  strides: readonly number[],
): readonly [low: number, high: number] {
  let low = 0
  let high = 0
  for (let axis = 0; axis < shape.length; axis++) {
    const span = (strides[axis] as number) * ((shape[axis] as number) - 1)
    if (span < 0) low += span
    else high += span
  }
  return [low, high]
}

/** Axes longer than 1, smallest absolute stride first. */
export function axesByStride(shape: readonly number[], strides: readonly number[]): readonly number[] {
  const axes = shape.flatMap((length, axis) => (length > 1 ? [axis] : []))
  return axes.sort((a, b) => Math.abs(strides[a] as number) - Math.abs(strides[b] as number))
}

/** Whether the voxels fill one block without gaps, in any axis order and direction. */
export function isDense(shape: readonly number[], strides: readonly number[], components: number): boolean {
  let expected = components
  for (const axis of axesByStride(shape, strides)) {
    if (Math.abs(strides[axis] as number) !== expected) return false
    expected *= shape[axis] as number
  }
  return true
}

/**
 * Whether two voxels share an element.
 *
 * Exact: looks for a difference of two indices that leads to the same address, largest strides first. Layouts
 * so interleaved that the search takes more than 100 000 steps count as overlapping.
 */
export function overlapsItself(
  shape: readonly number[],
  strides: readonly number[],
  components: number,
): boolean {
  const axes = axesByStride(shape, strides).toReversed()
  const lengths = axes.map((axis) => shape[axis] as number)
  const steps = axes.map((axis) => Math.abs(strides[axis] as number))
  if (steps.some((step) => step < components)) return true
  const below = components - 1
  const rest = steps.map((_, k) =>
    steps.slice(k + 1).reduce((sum, s, j) => sum + s * ((lengths[k + 1 + j] as number) - 1), below),
  )
  let budget = 100_000

  function meets(k: number, distance: number, moved: boolean): boolean {
    if (k === steps.length) return moved && Math.abs(distance) <= below
    const step = steps[k] as number
    const slack = rest[k] as number
    const limit = (lengths[k] as number) - 1
    const first = Math.max(moved ? -limit : 0, Math.ceil((-slack - distance) / step))
    const last = Math.min(limit, Math.floor((slack - distance) / step))
    for (let d = first; d <= last; d++) {
      if (--budget < 0 || meets(k + 1, distance + d * step, moved || d !== 0)) return true
    }
    return false
  }
  return meets(0, 0, false)
}
