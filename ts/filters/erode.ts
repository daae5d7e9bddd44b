import { dtypeParams } from '../pipeline/common-params.ts'
import { defineFilter } from '../pipeline/define-filter.ts'
import { elementParams, extremeAround, ignoringBorderParams } from '../pipeline/extremes.ts'
import { asInputOrAsked } from '../pipeline/info.ts'

/** Erosion of grey values or masks: the least voxel of a structuring element around each voxel. */
export const erode = defineFilter({
  name: 'erode',
  summary: 'Erosion: the least voxel of a structuring element.',
  params: { ...elementParams, ...ignoringBorderParams, ...dtypeParams },
  output: asInputOrAsked,
  stages: (input, options) => extremeAround('least', input, options, 'erode.radius'),
})
