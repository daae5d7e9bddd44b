import { gridParams } from '../pipeline/common-params.ts'
import { defineFilter } from '../pipeline/define-filter.ts'
import { underMask } from '../pipeline/further-inputs.ts'
import { param } from '../pipeline/param.ts'
import { outermost, rangeOf } from '../pipeline/reductions.ts'
import { after, type Measure, outcome } from '../pipeline/stage.ts'

/** What `minimumMaximum` measures. NaN voxels are left out of everything but `nan`. */
export interface MinimumMaximum {
  /** Voxels counted. */
  readonly count: number
  /** Voxels that are NaN. */
  readonly nan: number
  /** A bigint for 64-bit integers; NaN when nothing was counted. */
  readonly min: number | bigint
  /** The greatest voxel, as `min`. */
  readonly max: number | bigint
}

/** The least and the greatest of all voxels, or of those under a mask: faster than `statistics`, which gives the same and more. */
export const minimumMaximum = defineFilter({
  name: 'minimumMaximum',
  summary: 'Least and greatest of all voxels or of those under a mask.',
  params: {
    mask: param.optional(param.volume({ doc: 'Voxels where this volume is not 0 are measured.' })),
    ...gridParams,
  },
  measure: ({ dtype }, _options, operands): Measure<MinimumMaximum> =>
    after([rangeOf(dtype, underMask('minimumMaximum', operands))], (range) => {
      const { count, nan, below, above } = range
      return outcome({ count: count + below + above, nan, ...outermost(range) })
    }),
})
