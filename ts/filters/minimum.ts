import { borderParams, dtypeParams } from '../pipeline/common-params.ts'
import { defineFilter } from '../pipeline/define-filter.ts'
import { elementRadii, extremeStages } from '../pipeline/extremes.ts'
import { resolveDType } from '../pipeline/info.ts'
import { param } from '../pipeline/param.ts'
import { ordered } from '../pipeline/stage.ts'

/** Least voxel of a box of 2 · radius + 1 voxels per axis. */
export const minimum = defineFilter({
  name: 'minimum',
  summary: 'Least voxel of a box of voxels.',
  params: {
    radius: param.perAxis({ integer: true, min: 0, default: 1, doc: 'Half-width of the box, in voxels.' }),
    ...borderParams,
    ...dtypeParams,
  },
  output: (input, { dtype }) => ({ ...input, dtype: resolveDType(dtype ?? 'same', input.dtype) }),
  stages: (input, { radius, border, borderValue }) => {
    const radii = elementRadii({ radius, element: 'box' }, input, 'minimum.radius')
    return ordered(input.dtype, extremeStages('least', { radii, element: 'box', border, borderValue }))
  },
})
