import { invalidArgument } from '../core/errors.ts'
import { canonicalStrides, reach } from '../core/shape.ts'
import {
  type Direction,
  formatOrientation,
  isSpatial,
  parseOrientation,
  turn,
} from '../geometry/orientation.ts'
import type { StorageOrigin } from './parts.ts'

/**
 * Where the voxels of a dense block lie: strides and the offset of voxel 0 in elements from its lowest one.
 */
export interface Placement {
  readonly strides: readonly number[]
  readonly offset: number
}

/**
 * Memory order asked for: an orientation code whose first letter is fastest and increasing, or the file's
 * order.
 */
export type Layout = string

/**
 * The dense placement in which memory, read in address order, runs along `order` (first fastest, all
 * increasing).
 */
export function placementIn(
  order: readonly Direction[],
  directions: readonly Direction[],
  shape: readonly number[],
  components: number,
): Placement {
  const back = turn(order, directions, axesLengths(order, directions, shape))
  const dense = canonicalStrides(axesLengths(order, directions, shape), components)
  const strides = back.axes.map((axis, k) => (dense[axis] as number) * (back.signs[k] as number))
  return { strides, offset: 0 - reach(shape, strides)[0] }
}

function axesLengths(
  order: readonly Direction[],
  directions: readonly Direction[],
  shape: readonly number[],
): readonly number[] {
  return order.map((direction) => {
    const axis = directions.findIndex((own) => Math.abs(own) === Math.abs(direction))
    return (shape[axis] ?? 1) as number
  })
}

/** The directions of a layout option; throws `InvalidArgument` when it does not fit the volume's axes. */
export function parseLayout(
  layout: unknown,
  directions: readonly Direction[],
  storage: Pick<StorageOrigin, 'directions'> | null,
): readonly Direction[] {
  if (layout === 'storage') {
    if (storage !== null) return storage.directions
    throw invalidArgument('layout', 'an orientation code, since this volume did not come from a file', layout)
  }
  const order = parseOrientation(layout, directions.length, 'layout')
  turn(
    directions,
    order,
    directions.map(() => 1),
    'layout',
  )
  return order
}

/**
 * Directions of the axes by growing absolute stride (of equal ones those of length 1 first), reversed where
 * the stride is negative.
 */
export function memoryDirections(
  directions: readonly Direction[],
  shape: readonly number[],
  strides: readonly number[],
): readonly Direction[] {
  const size = (axis: number) => Math.abs(strides[axis] as number)
  const long = (axis: number) => Number(shape[axis] !== 1)
  const axes = directions.map((_, axis) => axis).sort((a, b) => size(a) - size(b) || long(a) - long(b))
  return axes.map((axis) =>
    (strides[axis] as number) < 0 ? -(directions[axis] as number) : (directions[axis] as number),
  )
}

/**
 * The order on disk of a volume that came from no file: spatial axes as in memory, then T U V W X,
 * increasing.
 */
export function defaultDiskOrder(inMemory: readonly Direction[]): readonly Direction[] {
  const extra = inMemory.filter((direction) => !isSpatial(direction)).map(Math.abs)
  return [...inMemory.filter(isSpatial), ...extra.sort((a, b) => a - b)]
}

/**
 * The `storage` option of writing: spatial letters first, then T U V W X increasing, as every format has
 * them.
 */
export function parseDiskOrder(storage: unknown, directions: readonly Direction[]): readonly Direction[] {
  const order = parseOrientation(storage, directions.length, 'storage')
  turn(
    directions,
    order,
    directions.map(() => 1),
    'storage',
  )
  if (formatOrientation(defaultDiskOrder(order)) === formatOrientation(order)) return order
  throw invalidArgument('storage', 'a code with the spatial letters first, then T U V W X', storage)
}
