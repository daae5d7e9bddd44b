import type { DType } from '../core/dtype.ts'
import { type FurtherInput, type KernelStage, point } from '../pipeline/stage.ts'
import { limitWords, valueWords } from '../pipeline/words.ts'
import { band, type Limits } from './masks.ts'

/** Voxels where a further input, of zeros and ones, is not 0; others become a number, or those of a second further input. */
export function selected(
  dtype: DType,
  mask: FurtherInput,
  otherwise: number | bigint | FurtherInputOfVoxels,
): KernelStage {
  const isVolume = typeof otherwise === 'object'
  const { high, low } = valueWords(dtype, isVolume ? 0 : otherwise)
  const further = isVolume ? [mask, otherwise.option] : [mask]
  return point('select', { otherwiseHigh: high, otherwiseLow: low }, { dtype, with: further })
}

/** An option whose volume gives voxels. */
export interface FurtherInputOfVoxels {
  readonly option: string
}

/** Voxels within limits, which are compared exactly; others, and NaN, become a number. */
export function keptWithin(dtype: DType, limits: Limits, otherwise: number | bigint): KernelStage {
  const { below, above } = limitWords(dtype, limits.below, limits.above)
  const outside = valueWords(dtype, otherwise)
  const words = { belowHigh: below.high, belowLow: below.low, aboveHigh: above.high, aboveLow: above.low }
  return point('threshold', { ...words, outsideHigh: outside.high, outsideLow: outside.low }, { dtype })
}

/** Every voxel becomes a number. */
export function replaced(dtype: DType, value: number | bigint): KernelStage {
  return keptWithin(dtype, { below: 1, above: 0 }, value)
}

/** Every voxel becomes that of a further input of an element type. */
export function replacedBy({ option }: FurtherInputOfVoxels, own: DType, dtype: DType): KernelStage {
  const never = band(own, {}, { inside: 0, outside: 0, unordered: 0 })
  return selected(dtype, { option, stages: [never] }, { option })
}
