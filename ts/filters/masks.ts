import type { DType } from '../core/dtype.ts'
import { type KernelStage, point } from '../pipeline/stage.ts'
import { limitWords } from '../pipeline/words.ts'

/** Limits a voxel must keep to, themselves included; a missing one does not bound. */
export interface Limits {
  readonly below?: number | bigint | undefined
  readonly above?: number | bigint | undefined
}

/** The bytes that voxels within limits, outside them and NaN become. */
export interface BandBytes {
  readonly inside: number
  readonly outside: number
  readonly unordered: number
}

/** Bytes by limits, which are compared exactly. */
export function band(dtype: DType, { below, above }: Limits, bytes: BandBytes): KernelStage {
  const limits = limitWords(dtype, below, above)
  const words = {
    belowHigh: limits.below.high,
    belowLow: limits.below.low,
    aboveHigh: limits.above.high,
    aboveLow: limits.above.low,
  }
  return point('band', { ...words, ...bytes }, { dtype, out: 'uint8' })
}

const zero = { below: 0, above: 0 }

/** The mask test: 1 where x > 0 or x < 0, else 0. */
export function maskTest(dtype: DType): KernelStage {
  return band(dtype, zero, { inside: 0, outside: 1, unordered: 0 })
}

/** 0 where the mask test holds, else 1. */
export function failedMaskTest(dtype: DType): KernelStage {
  return band(dtype, zero, { inside: 1, outside: 0, unordered: 1 })
}

/** The mask test of a single value. */
export function isTrue(value: number | bigint): boolean {
  return value > 0 || value < 0
}
