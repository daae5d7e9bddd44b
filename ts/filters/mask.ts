import { dtypeParams, gridParams } from '../pipeline/common-params.ts'
import { defineFilter } from '../pipeline/define-filter.ts'
import { asInputOrAsked } from '../pipeline/info.ts'
import { param } from '../pipeline/param.ts'
import { failedMaskTest, isTrue, maskTest } from './masks.ts'
import { isNumber } from './operands.ts'
import { replaced, selected } from './selection.ts'

/** x where the operand is true (neither 0 nor NaN), else outsideValue. */
export const mask = defineFilter({
  name: 'mask',
  summary: 'Voxels outside a mask become a given value.',
  params: {
    operand: param.operand({ doc: 'The mask; other voxels than 0 and NaN count as true.' }),
    outsideValue: param.value({ infinite: true, default: 0, doc: 'What voxels outside the mask become.' }),
    invert: param.boolean({ default: false, doc: 'Keeps the voxels outside the mask instead.' }),
    ...gridParams,
    ...dtypeParams,
  },
  positional: 'operand',
  output: asInputOrAsked,
  stages: ({ dtype }, { operand, outsideValue, invert }, operands) => {
    if (isNumber(operand)) return isTrue(operand) !== invert ? [] : [replaced(dtype, outsideValue)]
    const own = operands.get('operand')?.dtype ?? dtype
    const test = invert ? failedMaskTest(own) : maskTest(own)
    return [selected(dtype, { option: 'operand', stages: [test] }, outsideValue)]
  },
})
