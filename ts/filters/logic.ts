import { dtypeParams, gridParams } from '../pipeline/common-params.ts'
import { defineFilter } from '../pipeline/define-filter.ts'
import { resolveDType } from '../pipeline/info.ts'
import { param } from '../pipeline/param.ts'
import { type KernelStage, point } from '../pipeline/stage.ts'
import { outcome } from './comparison.ts'
import { band, failedMaskTest, isTrue, maskTest } from './masks.ts'
import { isNumber } from './operands.ts'

// Of two bits: a ∧ b is a > ¬b, a ∨ b is a ≥ ¬b, a ⊕ b is a ≠ b.
const operations = {
  logicalAnd: { outcomes: outcome.greater, isNegated: true, of: (a: boolean, b: boolean) => a && b },
  logicalOr: {
    outcomes: outcome.greater + outcome.equal,
    isNegated: true,
    of: (a: boolean, b: boolean) => a || b,
  },
  logicalXor: {
    outcomes: outcome.less + outcome.greater,
    isNegated: false,
    of: (a: boolean, b: boolean) => a !== b,
  },
} as const

/** A mask made of the mask tests of every voxel and of a number or another volume's voxel. */
export function logicalFilter(name: keyof typeof operations, summary: string) {
  const { outcomes, isNegated, of } = operations[name]
  return defineFilter({
    name,
    summary,
    params: {
      operand: param.operand({ doc: 'The other mask; other voxels than 0 and NaN count as true.' }),
      ...gridParams,
      ...dtypeParams,
    },
    positional: 'operand',
    metadata: 'labels',
    output: (input, { dtype }) => ({ ...input, dtype: resolveDType(dtype ?? 'uint8', input.dtype) }),
    stages: ({ dtype }, { operand }, operands): readonly KernelStage[] => {
      if (isNumber(operand)) {
        const other = isTrue(operand)
        const [whenFalse, whenTrue] = [Number(of(false, other)), Number(of(true, other))]
        const bytes = { inside: whenFalse, outside: whenTrue, unordered: whenFalse }
        return [band(dtype, { below: 0, above: 0 }, bytes)]
      }
      const otherDType = operands.get('operand')?.dtype ?? dtype
      const other = isNegated ? failedMaskTest(otherDType) : maskTest(otherDType)
      const further = [{ option: 'operand', stages: [other] }]
      const params = { outcomes, first: 0, second: 0 }
      return [maskTest(dtype), point('compare', params, { dtype: 'uint8', out: 'uint8', with: further })]
    },
  })
}
