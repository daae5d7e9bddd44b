import type { DType } from '../core/dtype.ts'
import { dtypeParams, gridParams } from '../pipeline/common-params.ts'
import { defineFilter } from '../pipeline/define-filter.ts'
import { byteBand, underMask } from '../pipeline/further-inputs.ts'
import { resolveDType } from '../pipeline/info.ts'
import { otsuOf } from '../pipeline/otsu.ts'
import { param } from '../pipeline/param.ts'
import type { Part } from '../pipeline/stage.ts'

function above(dtype: DType, threshold: number): Part {
  const outside = Number.isNaN(threshold) ? 0 : 1
  return byteBand(dtype, { above: outside ? threshold : 0 }, { inside: 0, outside })
}

/** 1 where a voxel is above Otsu's threshold, else 0, also for NaN. */
export const otsu = defineFilter({
  name: 'otsu',
  summary: "1 where voxels are above Otsu's threshold, else 0.",
  metadata: 'labels',
  params: {
    bins: param.int({ min: 1, max: 65536, default: 256, doc: 'Bins of the histogram.' }),
    mask: param.optional(param.volume({ doc: 'Voxels where this volume is not 0 decide on the threshold.' })),
    ...gridParams,
    ...dtypeParams,
  },
  output: (input, { dtype }) => ({
    ...input,
    dtype: dtype === undefined ? 'uint8' : resolveDType(dtype, input.dtype),
  }),
  stages: ({ dtype }, { bins }, operands) => {
    const next = (threshold: number): readonly Part[] => [above(dtype, threshold)]
    return [otsuOf({ dtype, under: underMask('otsu', operands), bins, next, again: (read) => [read] })]
  },
})
