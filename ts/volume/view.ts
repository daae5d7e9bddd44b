import { checkInteger, checkIntegers } from '../core/check.ts'
import type { DType } from '../core/dtype.ts'
import { invalidArgument } from '../core/errors.ts'
import { type IndexMap, mapLengths, translation } from '../geometry/index-map.ts'
import { parseOrientation, turn } from '../geometry/orientation.ts'
import { moveParts, type VolumeParts } from './parts.ts'
import { checkRegion, type RegionOptions } from './region.ts'
import type { Volume } from './volume.ts'

/** A region of a volume as a volume whose parent it is. */
export function viewOf<D extends DType>(
  volume: Volume<D>,
  parts: VolumeParts<D>,
  given: RegionOptions,
): VolumeParts<D> {
  const region = checkRegion('region', given, parts.shape)
  const map = translation(region.start)
  const parent = { volume: () => volume as unknown as Volume, map, shape: parts.shape }
  return { ...moveParts(parts, map, region.shape), parent }
}

/** The same voxels with the axes of another orientation. */
export function turned<D extends DType>(parts: VolumeParts<D>, code: unknown): VolumeParts<D> {
  const { shape, geometry } = parts
  return moveParts(parts, turn(geometry.directions, parseOrientation(code, shape.length), shape))
}

/** New axis k is old axis axes[k]. */
export function permuted<D extends DType>(parts: VolumeParts<D>, given: unknown): VolumeParts<D> {
  const rank = parts.shape.length
  const axes = checkIntegers('axes', given, rank)
  if (new Set(axes).size !== rank || axes.some((axis) => axis < 0 || axis >= rank))
    throw invalidArgument('axes', `each of 0 to ${rank - 1} once`, given)
  return moveParts(parts, { axes, signs: axes.map(() => 1), starts: axes.map(() => 0) })
}

/** The axes named run the other way. */
export function flipped<D extends DType>(parts: VolumeParts<D>, given: unknown): VolumeParts<D> {
  const { shape } = parts
  if (!Array.isArray(given)) throw invalidArgument('axes', 'a list of axes', given)
  const axes = new Set(given.map((axis, k) => checkInteger(`axes[${k}]`, axis, 0, shape.length - 1)))
  if (axes.size !== given.length) throw invalidArgument('axes', 'a list of axes, none twice', given)
  const step: IndexMap = {
    axes: shape.map((_, axis) => axis),
    signs: shape.map((_, axis) => (axes.has(axis) ? -1 : 1)),
    starts: shape.map((length, axis) => (axes.has(axis) ? length - 1 : 0)),
  }
  return moveParts(parts, step)
}

/** Where voxel 0 lies in the parent, or rather its lowest corner, in own axes; zeros without a parent. */
export function startInParentOf({ parent, shape }: VolumeParts): readonly number[] {
  if (parent === null) return shape.map(() => 0)
  const lengths = mapLengths(parent.map, parent.shape)
  return parent.map.starts.map((start, axis) =>
    (parent.map.signs[axis] as number) > 0 ? start : (lengths[axis] as number) - 1 - start,
  )
}

/** Voxels of the parent on either side, per own axis. */
export function marginsOf(parts: VolumeParts): readonly (readonly [low: number, high: number])[] {
  const { parent, shape } = parts
  if (parent === null) return shape.map(() => [0, 0])
  const lengths = mapLengths(parent.map, parent.shape)
  return startInParentOf(parts).map((low, axis) => [
    low,
    (lengths[axis] as number) - low - (shape[axis] as number),
  ])
}
