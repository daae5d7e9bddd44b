/** How squared distances on a grid are added up without rounding. */
export interface ExactSquares {
  /** The element type that holds every sum. */
  readonly dtype: 'float32' | 'float64'
  /** Per axis, what a squared step counts. */
  readonly weights: readonly number[]
  /** Squared millimetres of a sum of 1. */
  readonly scale: number
}

const exactSingles = 2 ** 24
const doubleBits = 52

/**
 * Weights for squared distances whose sums are exact, so that every way of adding them up gives the same bits: whole multiples of the
 * least one where the spacings allow that, else squares of the spacings rounded to a unit at which the greatest distance has 52 bits.
 */
export function exactSquares(lengths: readonly number[], spacing: readonly number[]): ExactSquares {
  const squares = spacing.map((s) => s * s)
  const least = Math.min(...squares)
  const ratios = squares.map((square) => square / least)
  const most = (weights: readonly number[]) =>
    weights.reduce((sum, weight, axis) => sum + weight * ((lengths[axis] as number) - 1) ** 2, 0)
  if (ratios.every(Number.isInteger))
    return { dtype: most(ratios) <= exactSingles ? 'float32' : 'float64', weights: ratios, scale: least }
  const unit = 2 ** (Math.ceil(Math.log2(Math.max(most(squares), least))) - doubleBits)
  return {
    dtype: 'float64',
    weights: squares.map((square) => Math.max(1, Math.round(square / unit)) * unit),
    scale: 1,
  }
}
