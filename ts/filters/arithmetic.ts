import { bytesOf, type DType, isInteger } from '../core/dtype.ts'
import { dtypeParams, gridParams } from '../pipeline/common-params.ts'
import { defineFilter, type OperandInfos } from '../pipeline/define-filter.ts'
import { type Info, resolveDType } from '../pipeline/info.ts'
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
  /** The stage that makes the same of small integers alone; none where there is no such. */
  readonly narrow?: (number: number | null, dtype: DType) => KernelStage
}

/** A filter of every voxel and a number or another volume's voxel, in the widest of their real types. */
export function arithmeticFilter({ name, summary, doc, stage, narrow }: Declared) {
  return defineFilter({
    name,
    summary,
    params: { operand: param.operand({ doc }), ...gridParams, ...dtypeParams },
    positional: 'operand',
    output: (input, { dtype }, operands) => ({
      ...input,
      dtype: dtype === undefined ? realOfAll(input, operands) : resolveDType(dtype, input.dtype),
    }),
    stages: (input, { operand, dtype: asked }, operands) => {
      const number = isNumber(operand) ? Number(operand) : null
      const isNarrow =
        asked !== undefined && isNarrowEverywhere(input, resolveDType(asked, input.dtype), operands)
      if (narrow && isNarrow && isWholeOrNone(number)) return [narrow(number, input.dtype)]
      const dtype = realOfAll(input, operands)
      return [number === null ? stage(0, { dtype, with: ['operand'] }) : stage(number, { dtype })]
    },
  })
}

// Whether all voxels that come and go are of one integer type of at most 16 bits.
function isNarrowEverywhere({ dtype }: Info, out: DType, operands: OperandInfos): boolean {
  const isSame = [out, ...[...operands.values()].map((operand) => operand.dtype)].every(
    (each) => each === dtype,
  )
  return isSame && isInteger(dtype) && bytesOf(dtype) <= 2
}

function isWholeOrNone(number: number | null): boolean {
  return number === null || (Number.isInteger(number) && number >= -32768 && number <= 32767)
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
    ...(name !== 'divide' && { narrow: (number, dtype) => integerStage(operation, number, dtype) }),
  })
}

function integerStage(operation: number, number: number | null, dtype: DType): KernelStage {
  const beside = number === null ? { with: ['operand'] } : {}
  return point('integer_arithmetic', { operation, operand: number ?? 0 }, { dtype, out: dtype, ...beside })
}
