import type { TypedArray } from '../../ts/core/dtype.ts'

/** How far two values may be apart: not at all, so many levels, or a share of the answer's range. */
type Closeness = 'exact' | { readonly levels: number } | { readonly ofRange: number }

/** How well two answers must agree; `except` is the share of the values that need not, where a definition differs. */
export type Agreement = Closeness | (Exclude<Closeness, string> & { readonly except: number })

/** Voxels of a volume at least `margin` away from its faces. */
export interface Inside {
  readonly shape: readonly number[]
  readonly margin: number
}

/** The voxels inside, in their order. */
export function inside(voxels: TypedArray, { shape, margin }: Inside): TypedArray {
  if (margin === 0) return voxels
  const [nx, ny, nz] = shape as [number, number, number]
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

function rangeOf(values: TypedArray): number {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number
    if (value < low) low = value
    if (value > high) high = value
  }
  return high - low
}

interface Differences {
  readonly greatest: number
  /** Values that are not the same. */
  readonly different: number
  /** Values further apart than allowed. */
  readonly beyond: number
}

function differences(mine: TypedArray, theirs: TypedArray, allowed: number): Differences {
  let [greatest, different, beyond] = [0, 0, 0]
  for (let i = 0; i < mine.length; i++) {
    const [a, b] = [mine[i] as number, theirs[i] as number]
    if (a === b || (Number.isNaN(a) && Number.isNaN(b))) continue
    different++
    // NaN on one side only counts as infinitely far.
    const difference = Number.isNaN(a - b) ? Number.POSITIVE_INFINITY : Math.abs(a - b)
    if (difference > allowed) beyond++
    if (difference > greatest) greatest = difference
  }
  return { greatest, different, beyond }
}

const share = (part: number, of: number) => `${((100 * part) / of).toPrecision(2)} %`

/** Throws unless the answers agree; says how well they do. */
export function checkAnswers(mine: TypedArray, theirs: TypedArray, agreement: Agreement): string {
  const count = mine.length
  if (count !== theirs.length)
    throw new Error(`answers differ in length: ${count} and ${theirs.length} values`)
  const range = rangeOf(theirs)
  const allowed =
    agreement === 'exact' ? 0 : 'levels' in agreement ? agreement.levels : agreement.ofRange * range
  const except = agreement !== 'exact' && 'except' in agreement ? agreement.except : 0
  const { greatest, different, beyond } = differences(mine, theirs, allowed)
  if (beyond > except * count)
    throw new Error(
      `answers differ: ${different} of ${count} values, ${beyond} by more than ${allowed}, by up to ${greatest}`,
    )
  if (different === 0) return 'equal'
  const apart = beyond > 0 ? `${share(beyond, count)} apart, the others ` : ''
  if (agreement !== 'exact' && 'levels' in agreement)
    return `${apart}at most ${beyond > 0 ? agreement.levels : greatest} apart (${share(different, count)} of the values)`
  return `${apart}within ${((beyond > 0 ? allowed : greatest) / range).toExponential(1)} of the range`
}
