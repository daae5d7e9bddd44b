import { type DType, realOf } from '../core/dtype.ts'
import { dtypeParams, gridParams } from '../pipeline/common-params.ts'
import { defineFilter } from '../pipeline/define-filter.ts'
import { underMask } from '../pipeline/further-inputs.ts'
import { asRealOrAsked } from '../pipeline/info.ts'
import { param } from '../pipeline/param.ts'
import { exactMoments, type Moments, momentsOf } from '../pipeline/reductions.ts'
import { after, type Part, point } from '../pipeline/stage.ts'
import { replaced } from './selection.ts'

function centred(dtype: DType, { mean, variance }: Moments): readonly Part[] {
  if (variance === 0) return [replaced(realOf(dtype), 0)]
  return [
    point('linear', { scale: 1, shift: -mean }),
    point('linear', { scale: 1 / Math.sqrt(variance), shift: 0 }),
  ]
}

/** (x - mean) / sigma with sigma of a sample (n - 1); 0 everywhere when all voxels are equal. */
export const normalize = defineFilter({
  name: 'normalize',
  summary: 'Shifted and scaled to mean 0 and sigma 1.',
  params: {
    mask: param.optional(
      param.volume({ doc: 'Voxels where this volume is not 0 decide on mean and sigma.' }),
    ),
    ...gridParams,
    ...dtypeParams,
  },
  output: asRealOrAsked,
  stages: ({ dtype }, _, operands) => {
    const under = underMask('normalize', operands)
    const again = (read: Part) => [read]
    const settled = (moments: Moments) =>
      exactMoments<readonly Part[]>(
        moments,
        { dtype, under },
        { next: (exact) => centred(dtype, exact), again },
      )
    return [after([momentsOf(dtype, 0, under)], settled)]
  },
})
