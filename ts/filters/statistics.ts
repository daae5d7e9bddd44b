import { gridParams } from '../pipeline/common-params.ts'
import { defineFilter } from '../pipeline/define-filter.ts'
import { underMask } from '../pipeline/further-inputs.ts'
import { param } from '../pipeline/param.ts'
import { firstTally, percentilesFrom } from '../pipeline/percentiles.ts'
import {
  exactMoments,
  type Moments,
  momentsOf,
  outermost,
  type Range,
  rangeOf,
} from '../pipeline/reductions.ts'
import { after, type Measure, type Outcome, outcome } from '../pipeline/stage.ts'

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
  /** In the order asked for; NaN when nothing was counted. */
  readonly percentiles: readonly number[]
}

function joined(range: Range, moments: Moments, percentiles: readonly (number | bigint)[]): Statistics {
  const { count, nan, sum, mean, variance } = moments
  const { min, max } = outermost(range)
  const numbers = percentiles.map(Number)
  return { count, nan, min, max, mean, variance, sigma: Math.sqrt(variance), sum, percentiles: numbers }
}

type Next = Measure<Statistics> | Outcome<Statistics>

/** Count, range, mean, variance, sum and percentiles of all voxels, or of those under a mask. */
export const statistics = defineFilter({
  name: 'statistics',
  summary: 'Count, range, mean, variance, sum and percentiles of all voxels or of those under a mask.',
  params: {
    mask: param.optional(param.volume({ doc: 'Voxels where this volume is not 0 are measured.' })),
    percentiles: param.list({
      min: 0,
      max: 100,
      doc: 'Percentiles to find: exact voxels, or on the line between two.',
    }),
    ...gridParams,
  },
  measure: ({ dtype }, { percentiles }, operands): Measure<Statistics> => {
    const under = underMask('statistics', operands)
    const again = (read: Measure<Statistics>): Next => read
    const exact = (range: Range, moments: Moments, found: readonly (number | bigint)[]) => {
      const next = (settled: Moments): Next => outcome(joined(range, settled, found))
      return exactMoments(moments, { dtype, under }, { next, again })
    }
    const whole = [rangeOf(dtype, under), momentsOf(dtype, 0, under)] as const
    if (percentiles.length === 0) return after(whole, (range, moments) => exact(range, moments, []))
    return after([...whole, firstTally(dtype, under)], (range, moments, tally) => {
      const next = (found: readonly (number | bigint)[]) => exact(range, moments, found)
      return percentilesFrom<Next>({ dtype, under, percentiles, next, again }, tally)
    })
  },
})
