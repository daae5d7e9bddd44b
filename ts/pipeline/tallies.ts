import { bytesOf, type DType, realOf } from '../core/dtype.ts'
import { type FurtherInput, type Reduction, reduce } from './stage.ts'

/** Values that occur, in rising order, and how often each does. */
export interface Tally {
  readonly values: Float64Array
  readonly counts: Float64Array
  /** How many voxels are at most each value. */
  readonly ends: Float64Array
}

function tallyOf(pairs: Float64Array): Tally {
  const values = pairs.filter((_, k) => k % 2 === 0)
  const counts = pairs.filter((_, k) => k % 2 === 1)
  let end = 0
  return { values, counts, ends: counts.map((count) => (end += count)) }
}

/** Number of voxels in a tally. */
export function totalOf({ ends }: Tally): number {
  return ends.at(-1) ?? 0
}

/** The value at a position in the rising order of all voxels, and the position among those of that value. */
export function valueAt(
  { values, ends }: Tally,
  rank: number,
): { readonly value: number; readonly rank: number } {
  let [low, high] = [0, values.length - 1]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((ends[middle] as number) > rank) high = middle
    else low = middle + 1
  }
  return { value: values[low] as number, rank: rank - (low > 0 ? (ends[low - 1] as number) : 0) }
}

/** Whether voxels of an element type are so few values that all of them can be counted at once. */
export function isTallied(dtype: DType): boolean {
  return bytesOf(dtype) <= 2
}

/** How often each value of an 8- or 16-bit volume occurs. */
export function valueTally(dtype: DType, under: readonly FurtherInput[]): Reduction<Tally> {
  const options = { dtype, with: under, example: [0, 1, 1, 1], read: tallyOf }
  return reduce('value_histogram_reduce', {}, options)
}

/** Tallies of one digit of 16 bits of the voxels' order keys. */
export interface DigitSearch {
  /** Bits below the digit. */
  readonly shift: number
  /** What stands above it: one tally each; a single one for the highest digit. */
  readonly prefixes: readonly number[]
  /** The most prefixes there may be: memory is planned for them. */
  readonly most: number
}

/** How often each digit occurs in a 32- or 64-bit volume behind each prefix. */
export function digitTallies(
  dtype: DType,
  { shift, prefixes, most }: DigitSearch,
  under: readonly FurtherInput[],
): Reduction<readonly Tally[]> {
  const read = (numbers: Float64Array) => {
    const tallies: Tally[] = []
    for (let at = 0; at < numbers.length; ) {
      const end = at + 1 + 2 * (numbers[at] as number)
      tallies.push(tallyOf(numbers.subarray(at + 1, end)))
      at = end
    }
    return tallies
  }
  const example = (prefixes.length > 0 ? prefixes : [0]).flatMap(() => [1, 0, 1])
  return reduce(
    'digit_histogram_reduce',
    { shift, rows: most, prefixes },
    { dtype, with: under, example, read },
  )
}

/** Equal bins from low to high. */
export interface Bins {
  readonly low: number
  readonly high: number
  readonly bins: number
}

/** Voxels per bin: edge k ≤ x < edge k + 1, the last bin closed. */
export interface BinCounts {
  readonly counts: readonly number[]
  /** Voxels outside the bins, and of NaN. */
  readonly below: number
  readonly above: number
  readonly nan: number
}

/** Edges as NumPy's `linspace` makes them; the kernel's are the same bits. */
export function edgesOf({ low, high, bins }: Bins): number[] {
  const step = (high - low) / bins
  return Array.from({ length: bins + 1 }, (_, k) => (k === bins ? high : k * step + low))
}

/** Voxels per bin of volumes of an element type. */
export function binCounts(
  dtype: DType,
  { low, high, bins }: Bins,
  under: readonly FurtherInput[],
): Reduction<BinCounts> {
  const read = (numbers: Float64Array) => {
    const [below, above, nan] = numbers.subarray(bins) as unknown as [number, number, number]
    return { counts: [...numbers.subarray(0, bins)], below, above, nan }
  }
  const example = Array.from({ length: bins + 3 }, (_, k) => (k === 0 || k === bins - 1 ? 1 : 0))
  return reduce('histogram_reduce', { low, high, bins }, { dtype: realOf(dtype), with: under, example, read })
}

/** The same of values that have been counted. */
export function binTally({ values, counts }: Tally, { low, high, bins }: Bins): BinCounts {
  const edges = edgesOf({ low, high, bins })
  const perUnit = bins / (high - low)
  const made = { counts: new Array<number>(bins).fill(0), below: 0, above: 0, nan: 0 }
  values.forEach((value, k) => {
    const count = counts[k] as number
    if (value < low) made.below += count
    else if (value > high) made.above += count
    else made.counts[binOf(value)] = (made.counts[binOf(value)] as number) + count
  })
  return made

  function binOf(value: number): number {
    const place = (value - low) * perUnit
    let bin = Math.floor(Math.min(place >= 0 ? place : 0, bins - 1))
    if (value < (edges[bin] as number)) bin--
    if (bin < bins - 1 && value >= (edges[bin + 1] as number)) bin++
    return bin
  }
}
