import { bytesOf, type DType } from '../core/dtype.ts'
import { valueOfKey } from './order.ts'
import { type After, after, type FurtherInput, type Reduction } from './stage.ts'
import { digitTallies, isTallied, type Tally, totalOf, valueAt, valueTally } from './tallies.ts'

/** What is looked for, in which voxels, and what is made of it. */
export interface PercentileSearch<N> {
  readonly dtype: DType
  /** A mask, where there is one. */
  readonly under: readonly FurtherInput[]
  /** In percent. */
  readonly percentiles: readonly number[]
  /** What follows of the percentiles: bigints where a 64-bit voxel is one, NaN where there are no voxels. */
  readonly next: (percentiles: readonly (number | bigint)[]) => N
  /** What follows of another read. */
  readonly again: (read: After<N>) => N
}

/**
 * Percentiles by NumPy's linear rule between exact order statistics; NaN is left out.
 *
 * 8- and 16-bit voxels are read once. Others are ordered by their keys, of which every read finds the next digit of 16 bits.
 */
export function percentilesOf<N>(search: PercentileSearch<N>): After<N> {
  return after([firstTally(search.dtype, search.under)], (tally) => percentilesFrom(search, tally))
}

/** What the first read for percentiles finds. */
export function firstTally(dtype: DType, under: readonly FurtherInput[]): Reduction<Tally> {
  if (isTallied(dtype)) return valueTally(dtype, under)
  const digits = digitTallies(dtype, { shift: 8 * bytesOf(dtype) - 16, prefixes: [], most: 1 }, under)
  return { ...digits, read: (numbers) => digits.read(numbers)[0] as Tally }
}

/** Percentiles, given what the first read has found. */
export function percentilesFrom<N>(search: PercentileSearch<N>, tally: Tally): N {
  const { dtype, percentiles, next } = search
  const places = placesOf(percentiles, numbersIn(dtype, tally))
  if (isTallied(dtype))
    return next(places.map((place) => interpolated(place, (rank) => valueAt(tally, rank).value)))
  const ranks = places.flatMap((place) => (place ? [place.low, place.high] : []))
  const sought = [...new Set(ranks)].map((rank) => ({ rank, within: rank, key: 0n }))
  return narrowed({ search, places }, bytesOf(dtype) / 2 - 1, sought.map(behind([0n], [tally])))
}

// An order statistic: its position among all voxels, the digits of its key found so far, its position among the voxels that have them.
interface Sought {
  readonly rank: number
  readonly within: number
  readonly key: bigint
}

function behind(keys: readonly bigint[], tallies: readonly Tally[]): (sought: Sought) => Sought {
  return ({ rank, within, key }) => {
    const found = valueAt(tallies[keys.indexOf(key)] as Tally, within)
    return { rank, within: found.rank, key: (key << 16n) | BigInt(found.value) }
  }
}

interface Asked<N> {
  readonly search: PercentileSearch<N>
  readonly places: readonly (Place | null)[]
}

function narrowed<N>(asked: Asked<N>, digits: number, sought: readonly Sought[]): N {
  const { dtype, under, percentiles, next, again } = asked.search
  if (digits === 0 || sought.length === 0) {
    const found = new Map(sought.map(({ rank, key }) => [rank, valueOfKey(dtype, key)]))
    return next(
      asked.places.map((place) => interpolated(place, (rank) => found.get(rank) as number | bigint)),
    )
  }
  const keys = [...new Set(sought.map(({ key }) => key))]
  const read = { shift: 16 * (digits - 1), prefixes: keys.map(Number), most: 2 * percentiles.length }
  return again(
    after([digitTallies(dtype, read, under)], (tallies) =>
      narrowed(asked, digits - 1, sought.map(behind(keys, tallies))),
    ),
  )
}

// NaN is the greatest of all, and its highest digit no other's.
function numbersIn(dtype: DType, tally: Tally): number {
  const nan = dtype === 'float32' ? 0xffc0 : dtype === 'float64' ? 0xfff8 : -1
  const last = tally.values.length - 1
  return totalOf(tally) - (tally.values[last] === nan ? (tally.counts[last] as number) : 0)
}

// Between two positions in rising order.
interface Place {
  readonly low: number
  readonly high: number
  readonly fraction: number
}

function placesOf(percentiles: readonly number[], count: number): readonly (Place | null)[] {
  return percentiles.map((percent) => {
    if (count === 0) return null
    const place = (count - 1) * (percent / 100)
    const low = Math.min(Math.floor(place), count - 1)
    return { low, high: Math.min(low + 1, count - 1), fraction: place - low }
  })
}

// As NumPy does it, from the nearer end.
function interpolated(place: Place | null, valueAt: (rank: number) => number | bigint): number | bigint {
  if (place === null) return Number.NaN
  const [low, high] = [valueAt(place.low), valueAt(place.high)]
  const { fraction } = place
  if (fraction === 0 || low === high) return low
  const [a, b] = [Number(low), Number(high)]
  const width = typeof low === 'bigint' ? Number((high as bigint) - low) : b - a
  const between = fraction < 0.5 ? a + width * fraction : b - width * (1 - fraction)
  // A 64-bit number is not always a float64: what is rounded may lie beyond both.
  if (typeof low !== 'bigint') return between
  return between < low ? low : between > high ? high : between
}
