import { realOf } from '../core/dtype.ts'
import type { OperandInfos } from '../pipeline/define-filter.ts'
import type { Info } from '../pipeline/info.ts'
import type { Operand } from '../pipeline/operand.ts'

/** Where a filter computes on its input and on the volumes among its options: the widest of their real types. */
export function realOfAll(input: Info, operands: OperandInfos): 'float32' | 'float64' {
  const isWide = [input, ...operands.values()].some(({ dtype }) => realOf(dtype) === 'float64')
  return isWide ? 'float64' : 'float32'
}

export function isNumber(operand: Operand): operand is number | bigint {
  return typeof operand === 'number' || typeof operand === 'bigint'
}
