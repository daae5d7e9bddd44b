import type { DType } from '../core/dtype.ts'
import { invalidArgument } from '../core/errors.ts'
import type { OperandInfos } from './define-filter.ts'
import { orderOf } from './order.ts'
import { type FurtherInput, type KernelStage, point } from './stage.ts'
import { limitWords } from './words.ts'

/**
 * The further input of reductions over the voxels under a mask, one component whatever its element type: where it is above or below 0.
 *
 * No input when the option is not given. Throws `InvalidArgument` naming `filter.option` for a mask of several components.
 */
export function underMask(filter: string, operands: OperandInfos, option = 'mask'): readonly FurtherInput[] {
  const mask = operands.get(option)
  if (mask === undefined) return []
  checkOneComponent(filter, operands, option)
  const { dtype } = mask
  const test = byteBand(dtype, { below: 0, above: 0 }, { inside: 0, outside: 1 })
  return [{ option, stages: dtype === 'uint8' ? [] : [test], dtype: 'uint8' }]
}

/** A byte for voxels within limits, which are part of it, and another for those outside; 0 for NaN. */
export function byteBand(
  dtype: DType,
  { below, above }: { readonly below?: number; readonly above?: number },
  bytes: { readonly inside: number; readonly outside: number },
): KernelStage {
  const limits = limitWords(dtype, below, above)
  const params = {
    belowHigh: limits.below.high,
    belowLow: limits.below.low,
    aboveHigh: limits.above.high,
    aboveLow: limits.above.low,
    ...bytes,
    unordered: 0,
  }
  return point('band', params, { dtype, out: 'uint8' })
}

/** Labels as a kernel sees them, and back. */
export interface LabelCode {
  readonly further: FurtherInput
  decode(code: number): number
}

/**
 * A volume of labels as further input: integers of 32 bits, unsigned where the volume's are. Floats are rounded, 64-bit integers saturate.
 *
 * Throws `InvalidArgument` naming `filter.option` for labels of several components.
 */
export function labelCode(filter: string, operands: OperandInfos, option: string): LabelCode {
  checkOneComponent(filter, operands, option)
  const dtype = operands.get(option)?.dtype
  const code = orderOf('uint32')
  if (dtype !== 'uint32' && dtype !== 'uint64')
    return { further: { option, stages: [], dtype: code }, decode: (label) => label }
  const encode = point('order_encode', {}, { dtype: 'uint32', out: code })
  return { further: { option, stages: [encode], dtype: code }, decode: (label) => label + 2 ** 31 }
}

function checkOneComponent(filter: string, operands: OperandInfos, option: string): void {
  const components = operands.get(option)?.components ?? 1
  if (components !== 1)
    throw invalidArgument(`${filter}.${option}`, 'a volume of one component', `${components} components`)
}
