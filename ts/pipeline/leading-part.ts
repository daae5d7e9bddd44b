import type { Region } from '../volume/region.ts'

/** Whether a region is one voxel. */
export function isSingle({ shape }: Region): boolean {
  return shape.every((length) => length === 1)
}

/** The first part of a region that is within, as large as may be; null when not even a voxel is. */
export function firstWithin(region: Region, isWithin: (part: Region) => boolean): Region | null {
  if (isWithin(region)) return region
  return isSingle(region) ? null : firstWithin(cutWithin(region, isWithin)[0], isWithin)
}

/**
 * A region that is not within, cut across its longest axis: what comes first is within and as long as may be, or half of it where that is
 * longer.
 */
export function cutWithin(
  { start, shape }: Region,
  isWithin: (part: Region) => boolean,
): readonly [Region, Region] {
  const length = Math.max(...shape)
  const axis = shape.lastIndexOf(length)
  let [within, beyond] = [length >> 1, length]
  while (beyond - within > 1) {
    const middle = (within + beyond) >> 1
    if (isWithin({ start, shape: shape.with(axis, middle) })) within = middle
    else beyond = middle
  }
  const first = start[axis] as number
  return [
    { start, shape: shape.with(axis, within) },
    { start: start.with(axis, first + within), shape: shape.with(axis, length - within) },
  ]
}
