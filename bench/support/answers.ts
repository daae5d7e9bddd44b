import type { TypedArray } from '../../ts/core/dtype.ts'

/** How well two answers must agree: the same values, values `levels` apart at most, or a share of the range. */
export type Agreement = 'exact' | { readonly levels: number } | { readonly ofRange: number }

/** Voxels of a volume at least `margin` away from its faces. */
export interface Inside {
  readonly shape: readonly [number, number, number]
  readonly margin: number
}

/** The voxels inside, in their order. */
export function inside(voxels: TypedArray, { shape, margin }: Inside): TypedArray {
  if (margin === 0) return voxels
  const [nx, ny, nz] = shape
  const lengths = shape.map((length) => length - 2 * margin) as [number, number, number]
  const inner = voxels.slice(0, lengths[0] * lengths[1] * lengths[2])
  let at = 0
  for (let z = margin; z < nz - margin; z++)
    for (let y = margin; y < ny - margin; y++) {
      const row = (z * ny + y) * nx + margin
      inner.set(voxels.subarray(row, row + lengths[0]) as never, at)
      at += lengths[0]
    }
  return inner
}

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
