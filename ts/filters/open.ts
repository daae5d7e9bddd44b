import { dtypeParams } from '../pipeline/common-params.ts'
import { defineFilter } from '../pipeline/define-filter.ts'
import { elementParams, extremesInTurn, safeBorderParams } from '../pipeline/extremes.ts'
import { asInputOrAsked } from '../pipeline/info.ts'

/** Opening of grey values or masks: erosion, then dilation by the same structuring element. */
export const open = defineFilter({
  name: 'open',
  summary: 'Opening: erosion, then dilation.',
  params: { ...elementParams, ...safeBorderParams, ...dtypeParams },
  output: asInputOrAsked,
  stages: (input, options) => extremesInTurn(['least', 'greatest'], input, options, 'open.radius'),
})
