/** The float64 next to a value, above it or below; NaN beyond an infinity. */
export function neighbourOf(value: number, side: 'above' | 'below'): number {
  const isAbove = side === 'above'
  if (value === 0) return isAbove ? Number.MIN_VALUE : -Number.MIN_VALUE
  if (value === (isAbove ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY)) return Number.NaN
  const floats = Float64Array.of(value)
  const bits = new BigInt64Array(floats.buffer)
  bits[0] = (bits[0] as bigint) + (value > 0 === isAbove ? 1n : -1n)
  return floats[0] as number
}

/** The least float64 that is not below an integer, or the greatest that is not above it. */
export function floatBeside(value: bigint, side: 'above' | 'below'): number {
  const nearest = Number(value)
  const isFine = side === 'above' ? nearest >= value : nearest <= value
  return isFine ? nearest : neighbourOf(nearest, side)
}
