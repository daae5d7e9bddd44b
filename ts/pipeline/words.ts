import { bytesOf, type DType, isInteger, limitsOf } from '../core/dtype.ts'
import { bitsOf, storeValue } from './order.ts'

/** A 64-bit word in two numbers, as kernels with exact limits take it. */
export interface Words {
  readonly high: number
  readonly low: number
}

function wordsOf(bits: bigint): Words {
  return { high: Number(BigInt.asIntN(32, bits >> 32n)), low: Number(BigInt.asUintN(32, bits)) }
}

// 64 bits of an integer dtype's value in two's complement, or those of a float64.
function encode(dtype: DType, value: number | bigint): Words {
  if (isInteger(dtype)) return wordsOf(BigInt(value))
  const [low, high] = bitsOf('float64', value)
  return { high, low }
}

/** A value as a dtype stores it, in words. */
export function valueWords(dtype: DType, value: number | bigint): Words {
  return encode(dtype, isInteger(dtype) ? storeValue(dtype, value) : value)
}

/** Inclusive limits in words: those of an integer dtype are the integers within them; none within: first above last. */
export function limitWords(
  dtype: DType,
  below: number | bigint | undefined,
  above: number | bigint | undefined,
): { readonly below: Words; readonly above: Words } {
  const from = below ?? Number.NEGATIVE_INFINITY
  const to = above ?? Number.POSITIVE_INFINITY
  if (!isInteger(dtype)) return { below: encode(dtype, from), above: encode(dtype, to) }
  const [low, high] = wideLimits(dtype)
  const empty = from > high || to < low
  const first = from <= low ? low : from > high ? high : integer(from, Math.ceil)
  const last = to >= high ? high : to < low ? low : integer(to, Math.floor)
  return empty
    ? { below: wordsOf(high), above: wordsOf(low) }
    : { below: wordsOf(first), above: wordsOf(last) }
}

// The kernels compare integers of every size as 64-bit ones.
function wideLimits(dtype: DType): readonly [bigint, bigint] {
  const wide = bytesOf(dtype) === 8 ? (dtype as 'int64' | 'uint64') : 'int64'
  return limitsOf(wide)
}

function integer(value: number | bigint, round: (value: number) => number): bigint {
  return typeof value === 'bigint' ? value : BigInt(round(value))
}
