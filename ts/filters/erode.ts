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

/** Erosion of grey values or masks: the least voxel of a structuring element around each voxel. */
export const erode = defineFilter({
  name: 'erode',
  summary: 'Erosion: the least voxel of a structuring element.',
  params: { ...elementParams, ...ignoringBorderParams, ...dtypeParams },
  output: (input, { dtype }) => ({ ...input, dtype: resolveDType(dtype ?? 'same', input.dtype) }),
  stages: (input, { radius, element, ...options }) => {
    const radii = elementRadii({ radius, element }, input, 'erode.radius')
    const around = extremeBorder('least', input.dtype, options)
    return ordered(input.dtype, extremeStages('least', { radii, element, ...around }))
  },
})
