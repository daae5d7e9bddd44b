import { defineFilter } from '../pipeline/define-filter.ts'
import { type Moments, momentsOf, type Range, rangeOf } from '../pipeline/reductions.ts'
import { after, outcome } from '../pipeline/stage.ts'

/** What `statistics` measures. NaN voxels are left out of everything but `nan`. */
export interface Statistics {
  /** Voxels counted. */
  readonly count: number
  /** Voxels that are NaN. */
  readonly nan: number
  /** A bigint for 64-bit integers; NaN when nothing was counted. */
  readonly min: number | bigint
  /** The greatest voxel, as `min`. */
  readonly max: number | bigint
  /** Sum over count. */
  readonly mean: number
  /** With n - 1; 0 for a single voxel. */
  readonly variance: number
  /** Square root of the variance. */
  readonly sigma: number
  /** A bigint for 64-bit integers, whose sums are exact. */
  readonly sum: number | bigint
}

// Beyond this the variance about 0 is worse than 1e-10, and the volume is read again for the one about the mean.
const greatestCondition = 1e5

function joined(range: Range, moments: Moments): Statistics {
  const { count, nan, sum, mean, variance } = moments
  const min =
    range.below > 0
      ? Number.NEGATIVE_INFINITY
      : range.count === 0 && range.above > 0
        ? Number.POSITIVE_INFINITY
        : range.min
  const max =
    range.above > 0
      ? Number.POSITIVE_INFINITY
      : range.count === 0 && range.below > 0
        ? Number.NEGATIVE_INFINITY
        : range.max
  return { count, nan, min, max, mean, variance, sigma: Math.sqrt(variance), sum }
}

function needsPilot({ condition, mean }: Moments): boolean {
  return !(condition <= greatestCondition) && Number.isFinite(mean)
}

/** Count, range, mean, variance and sum of all voxels. */
export const statistics = defineFilter({
  name: 'statistics',
  summary: 'Count, range, mean, variance and sum of all voxels.',
  params: {},
  measure: ({ dtype }) =>
    after([rangeOf(dtype), momentsOf(dtype, 0)], (range, moments) => {
      if (!needsPilot(moments)) return outcome(joined(range, moments))
      return after([momentsOf(dtype, moments.mean)], (exact) =>
        outcome(joined(range, { ...exact, sum: moments.sum })),
      )
    }),
})
