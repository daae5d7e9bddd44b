import { dtypeParams, gridParams } from '../pipeline/common-params.ts'
import { defineFilter } from '../pipeline/define-filter.ts'
import { asInputOrAsked } from '../pipeline/info.ts'
import { param } from '../pipeline/param.ts'
import { isTrue, maskTest } from './masks.ts'
import { isNumber } from './operands.ts'
import { replaced, replacedBy, selected } from './selection.ts'

/** x where the operand is true (neither 0 nor NaN), else a number or another volume's voxel. */
export const where = defineFilter({
  name: 'where',
  summary: 'Voxels where a condition holds, elsewhere those of another volume or a number.',
  params: {
    operand: param.operand({ doc: 'The condition; other voxels than 0 and NaN count as true.' }),
    otherwise: param.operand({ doc: 'What stands where the condition does not hold.' }),
    ...gridParams,
    ...dtypeParams,
  },
  positional: 'operand',
  output: asInputOrAsked,
  stages: ({ dtype }, { operand, otherwise }, operands) => {
    const other = isNumber(otherwise) ? otherwise : { option: 'otherwise' }
    if (!isNumber(operand)) {
      const test = maskTest(operands.get('operand')?.dtype ?? dtype)
      return [selected(dtype, { option: 'operand', stages: [test] }, other)]
    }
    if (isTrue(operand)) return []
    if (typeof other !== 'object') return [replaced(dtype, other)]
    return [replacedBy(other, operands.get('otherwise')?.dtype ?? dtype, dtype)]
  },
})
