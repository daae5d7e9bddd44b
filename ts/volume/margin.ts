import { checkInteger, checkIntegers } from '../core/check.ts'
import type { DType } from '../core/dtype.ts'
import { translation } from '../geometry/index-map.ts'
import { type Direction, spatialAxes } from '../geometry/orientation.ts'
import { moveParts, type VolumeParts } from './parts.ts'
import type { Volume } from './volume.ts'

/** Voxels around a volume: a number for its spatial axes, or one per axis. */
export type MarginOption = number | readonly number[]

/** Margin per axis. */
export function checkMargin(given: unknown, directions: readonly Direction[]): readonly number[] {
  if (Array.isArray(given)) return checkIntegers('margin', given, directions.length, 0)
  const margin = checkInteger('margin', given ?? 0, 0)
  const spatial = spatialAxes(directions)
  return directions.map((_, axis) => (spatial.includes(axis) ? margin : 0))
}

/** The shape with a margin on both sides. */
export function withMargin(shape: readonly number[], margin: readonly number[]): readonly number[] {
  return shape.map((length, axis) => length + 2 * (margin[axis] as number))
}

/** The volume inside a margin of `outer`, which becomes its parent as soon as somebody asks for it. */
export function insideMargin<D extends DType>(
  outer: VolumeParts<D>,
  margin: readonly number[],
  make: (parts: VolumeParts<D>) => Volume<D>,
): VolumeParts<D> {
  if (margin.every((width) => width === 0)) return outer
  const shape = outer.shape.map((length, axis) => length - 2 * (margin[axis] as number))
  const map = translation(margin)
  let parent: Volume<D> | undefined
  const volume = () => {
    parent ??= make(outer)
    return parent as unknown as Volume
  }
  return { ...moveParts(outer, map, shape), parent: { volume, map, shape: outer.shape } }
}
