import { dtypeParams } from '../pipeline/common-params.ts'
import { defineFilter } from '../pipeline/define-filter.ts'
import { elementParams, extremeAround, ignoringBorderParams } from '../pipeline/extremes.ts'
import { asInputOrAsked } from '../pipeline/info.ts'

/** Dilation of grey values or masks: the greatest voxel of a structuring element around each voxel. */
export const dilate = defineFilter({
  name: 'dilate',
  summary: 'Dilation: the greatest voxel of a structuring element.',
  params: { ...elementParams, ...ignoringBorderParams, ...dtypeParams },
  output: asInputOrAsked,
  stages: (input, options) => extremeAround('greatest', input, options, 'dilate.radius'),
})
