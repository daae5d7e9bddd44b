import { dtypeParams, gridParams } from '../pipeline/common-params.ts'
import { defineFilter } from '../pipeline/define-filter.ts'
import { resolveDType } from '../pipeline/info.ts'
import { param } from '../pipeline/param.ts'
import { type KernelStage, point } from '../pipeline/stage.ts'
import { isNumber, realOfAll } from './operands.ts'

interface Declared {
  readonly name: string
  readonly summary: string
  /** Of the operand. */
  readonly doc: string
  /** The stage for a number, or for a volume where there is none. */
  readonly stage: (
    number: number,
    options: { readonly dtype: 'float32' | 'float64'; readonly with?: readonly string[] },
  ) => KernelStage
}

/** A filter of every voxel and a number or another volume's voxel, in the widest of their real types. */
export function arithmeticFilter({ name, summary, doc, stage }: Declared) {
  return defineFilter({
    name,
    summary,
    params: { operand: param.operand({ doc }), ...gridParams, ...dtypeParams },
    positional: 'operand',
    output: (input, { dtype }, operands) => ({
      ...input,
      dtype: dtype === undefined ? realOfAll(input, operands) : resolveDType(dtype, input.dtype),
    }),
    stages: (input, { operand }, operands) => {
      const dtype = realOfAll(input, operands)
      return [isNumber(operand) ? stage(Number(operand), { dtype }) : stage(0, { dtype, with: ['operand'] })]
    },
  })
}

const operations = ['add', 'subtract', 'multiply', 'divide'] as const

/** One of the four operations. */
export function operationFilter(name: (typeof operations)[number], summary: string, doc: string) {
  const operation = operations.indexOf(name)
  return arithmeticFilter({
    name,
    summary,
    doc,
    stage: (operand, options) => point('arithmetic', { operation, operand }, options),
  })
}
