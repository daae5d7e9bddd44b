import { checkIntegers, checkOptions } from '../core/check.ts'
import { VoxlineError } from '../core/errors.ts'

/** A box of voxels: first voxel and length per axis. */
export interface Region {
  /** Index of its first voxel. */
  readonly start: readonly number[]
  /** Voxels per axis. */
  readonly shape: readonly number[]
}

/** A region as it is asked for: start 0 and the shape up to the end by default. */
export type RegionOptions = Partial<Region>

/** The region asked for, complete; throws `OutOfBounds` unless it lies inside a volume of `shape`. */
export function checkRegion(argument: string, given: RegionOptions, shape: readonly number[]): Region {
  checkOptions(argument, given, ['start', 'shape'])
  const rank = shape.length
  const start =
    given.start === undefined ? shape.map(() => 0) : checkIntegers(`${argument}.start`, given.start, rank)
  const lengths =
    given.shape === undefined
      ? shape.map((length, axis) => length - (start[axis] as number))
      : checkIntegers(`${argument}.shape`, given.shape, rank, 1)
  for (let axis = 0; axis < rank; axis++) {
    const first = start[axis] as number
    const length = lengths[axis] as number
    const limit = shape[axis] as number
    if (first < 0 || length < 1 || first + length > limit)
      throw outside(argument, { start, shape: lengths }, shape, axis)
  }
  return { start, shape: lengths }
}

function outside(argument: string, region: Region, extent: readonly number[], axis: number): VoxlineError {
  const first = region.start[axis] as number
  const last = first + (region.shape[axis] as number) - 1
  const message = `${argument} must lie inside [${extent}], received ${first} to ${last} on axis ${axis}`
  return new VoxlineError('OutOfBounds', message, { argument, region, extent, axis })
}

/** The voxels two boxes share, as a region of the first's origin; null when there are none. */
export function intersect(a: Region, b: Region): Region | null {
  const start = a.start.map((first, axis) => Math.max(first, b.start[axis] as number))
  const shape = a.shape.map((length, axis) => {
    const end = Math.min(
      (a.start[axis] as number) + length,
      (b.start[axis] as number) + (b.shape[axis] as number),
    )
    return end - (start[axis] as number)
  })
  return shape.every((length) => length > 0) ? { start, shape } : null
}
