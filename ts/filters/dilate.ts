import { dtypeParams } from '../pipeline/common-params.ts'
import { defineFilter } from '../pipeline/define-filter.ts'
import {
  elementParams,
  elementRadii,
  extremeBorder,
  extremeStages,
  ignoringBorderParams,
} from '../pipeline/extremes.ts'
import { resolveDType } from '../pipeline/info.ts'
import { ordered } from '../pipeline/stage.ts'

/** Dilation of grey values or masks: the greatest voxel of a structuring element around each voxel. */
export const dilate = defineFilter({
  name: 'dilate',
  summary: 'Dilation: the greatest voxel of a structuring element.',
  params: { ...elementParams, ...ignoringBorderParams, ...dtypeParams },
  output: (input, { dtype }) => ({ ...input, dtype: resolveDType(dtype ?? 'same', input.dtype) }),
  stages: (input, { radius, element, ...options }) => {
    const radii = elementRadii({ radius, element }, input, 'dilate.radius')
    const around = extremeBorder('greatest', input.dtype, options)
    return ordered(input.dtype, extremeStages('greatest', { radii, element, ...around }))
  },
})
