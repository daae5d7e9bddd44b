import { bytesOf, type DType, isInteger, limitsOf } from '../core/dtype.ts'
import { floatBeside, neighbourOf } from '../core/float64.ts'
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

/** Inclusive limits in words: an integer dtype's are the integers within them, a float's the float64; none within: first above last. */
export function limitWords(
  dtype: DType,
  below: number | bigint | undefined,
  above: number | bigint | undefined,
): { readonly below: Words; readonly above: Words } {
  const from = below ?? Number.NEGATIVE_INFINITY
  const to = above ?? Number.POSITIVE_INFINITY
  if (!isInteger(dtype)) {
    const least = typeof from === 'bigint' ? floatBeside(from, 'above') : from
    const greatest = typeof to === 'bigint' ? floatBeside(to, 'below') : to
    return { below: encode(dtype, least), above: encode(dtype, greatest) }
  }
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

/**
 * The value next to a limit: among the integers for an integer dtype, among the float64 for floats; an infinite limit stays for integers
 * and gives NaN for floats where nothing lies beyond.
 */
export function valueBeside(dtype: DType, limit: number | bigint, side: 'above' | 'below'): number | bigint {
  const step = side === 'above' ? 1n : -1n
  if (isInteger(dtype)) {
    if (typeof limit === 'bigint') return limit + step
    if (!Number.isFinite(limit)) return limit
    return BigInt(side === 'above' ? Math.floor(limit) : Math.ceil(limit)) + step
  }
  if (typeof limit === 'number') return neighbourOf(limit, side)
  const beside = floatBeside(limit, side)
  const isPast = side === 'above' ? beside > limit : beside < limit
  return isPast ? beside : neighbourOf(beside, side)
}
