import type { TypedArray } from '../../ts/core/dtype.ts'

/** How well two answers must agree: the same values, values `levels` apart at most, or a share of the range. */
export type Agreement = 'exact' | { readonly levels: number } | { readonly ofRange: number }

/** Throws unless the answers agree; says how well they do. */
export function checkAnswers(mine: TypedArray, theirs: TypedArray, agreement: Agreement): string {
  if (mine.length !== theirs.length)
    throw new Error(`answers differ in length: ${mine.length} and ${theirs.length} voxels`)
  let [greatest, different, low, high] = [0, 0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (let i = 0; i < mine.length; i++) {
    const [a, b] = [Number(mine[i]), Number(theirs[i])]
    if (b < low) low = b
    if (b > high) high = b
    if (a === b) continue
    different++
    const difference = Math.abs(a - b)
    // NaN on one side only counts as infinitely far.
    greatest = Math.max(greatest, Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference)
  }
  const allowed =
    agreement === 'exact' ? 0 : 'levels' in agreement ? agreement.levels : agreement.ofRange * (high - low)
  if (greatest > allowed)
    throw new Error(
      `answers differ: ${different} of ${mine.length} voxels, by up to ${greatest}; allowed ${allowed}`,
    )
  if (different === 0) return 'equal'
  if (agreement !== 'exact' && 'levels' in agreement)
    return `at most ${greatest} level apart (${((100 * different) / mine.length).toPrecision(2)} % of voxels)`
  return `within ${(greatest / (high - low)).toExponential(1)} of the range`
}
