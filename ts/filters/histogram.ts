import type { DType } from '../core/dtype.ts'
import { gridParams } from '../pipeline/common-params.ts'
import { defineFilter } from '../pipeline/define-filter.ts'
import { underMask } from '../pipeline/further-inputs.ts'
import { param } from '../pipeline/param.ts'
import { rangeOf } from '../pipeline/reductions.ts'
import { after, type FurtherInput, type Measure, type Outcome, outcome } from '../pipeline/stage.ts'
import {
  type BinCounts,
  type Bins,
  binCounts,
  binTally,
  edgesOf,
  isTallied,
  valueTally,
} from '../pipeline/tallies.ts'

/** What `histogram` counts. */
export interface Histogram {
  /** Voxels per bin: bin k holds edges[k] ≤ x < edges[k + 1], the last one its end too. */
  readonly counts: readonly number[]
  /** Ends of the bins: one more than there are bins. */
  readonly edges: readonly number[]
  /** Voxels below the first edge. */
  readonly below: number
  /** Voxels above the last edge. */
  readonly above: number
  /** Voxels that are NaN. */
  readonly nan: number
}

type Next = Measure<Histogram> | Outcome<Histogram>

// As NumPy does it: half a unit around a single value, 0 to 1 around none.
function binsFrom(low: number, high: number, bins: number): Bins {
  if (Number.isNaN(low)) return { low: 0, high: 1, bins }
  return low === high ? { low: low - 0.5, high: high + 0.5, bins } : { low, high, bins }
}

const made = (bins: Bins, counted: BinCounts) => outcome({ ...counted, edges: edgesOf(bins) })

// Values that have been counted one by one are put into bins without another read.
function ofValues(dtype: DType, { bins, range }: Asked, under: readonly FurtherInput[]): Measure<Histogram> {
  return after([valueTally(dtype, under)], (tally): Next => {
    const { values } = tally
    const [low, high] = range === 'auto' ? [values[0] ?? Number.NaN, values.at(-1) as number] : range
    const chosen = binsFrom(low, high, bins)
    return made(chosen, binTally(tally, chosen))
  })
}

interface Asked {
  readonly bins: number
  readonly range: 'auto' | readonly [low: number, high: number]
}

/** Voxels per equal bin over a range, or over that of the volume (NaN and infinities apart). */
export const histogram = defineFilter({
  name: 'histogram',
  summary: 'Voxels per equal bin over a range, or over that of the volume.',
  params: {
    bins: param.int({ min: 1, max: 65536, default: 256, doc: 'Number of bins.' }),
    range: param.range({ doc: "First and last edge; 'auto' for the least and the greatest voxel." }),
    mask: param.optional(param.volume({ doc: 'Voxels where this volume is not 0 are counted.' })),
    ...gridParams,
  },
  measure: ({ dtype }, { bins, range }, operands): Measure<Histogram> => {
    const under = underMask('histogram', operands)
    if (isTallied(dtype)) return ofValues(dtype, { bins, range }, under)
    const over = (low: number, high: number): Measure<Histogram> => {
      const chosen = binsFrom(low, high, bins)
      return after([binCounts(dtype, chosen, under)], (counted): Next => made(chosen, counted))
    }
    if (range !== 'auto') return over(...range)
    return after([rangeOf(dtype, under)], ({ count, min, max }): Next => {
      return count === 0 ? over(Number.NaN, Number.NaN) : over(Number(min), Number(max))
    })
  },
})
