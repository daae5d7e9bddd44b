import { dtypeParams } from '../pipeline/common-params.ts'
import { defineFilter } from '../pipeline/define-filter.ts'
import { elementParams, extremesInTurn, safeBorderParams } from '../pipeline/extremes.ts'
import { asInputOrAsked } from '../pipeline/info.ts'

/** Closing of grey values or masks: dilation, then erosion by the same structuring element. */
export const close = defineFilter({
  name: 'close',
  summary: 'Closing: dilation, then erosion.',
  params: { ...elementParams, ...safeBorderParams, ...dtypeParams },
  output: asInputOrAsked,
  stages: (input, options) => extremesInTurn(['greatest', 'least'], input, options, 'close.radius'),
})
