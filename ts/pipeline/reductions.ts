import { bytesOf, type DType, isBig, isInteger } from '../core/dtype.ts'
import { type After, after, type FurtherInput, type Reduction, reduce } from './stage.ts'

/** Least and greatest voxel, NaN and infinities apart. */
export interface Range {
  /** Voxels that are neither NaN nor infinite. */
  readonly count: number
  readonly nan: number
  /** NaN when nothing was counted; bigints for 64-bit integers. */
  readonly min: number | bigint
  readonly max: number | bigint
  /** Voxels of -Infinity and of +Infinity. */
  readonly below: number
  readonly above: number
}

/** Least and greatest voxel of volumes of an element type, of those under a mask where there is one. */
export function rangeOf(dtype: DType, under: readonly FurtherInput[] = []): Reduction<Range> {
  if (!isInteger(dtype)) {
    return reduce(
      'min_max_reduce',
      {},
      {
        dtype,
        with: under,
        example: [1, 0, 0, 1, 0, 0],
        read: ([count, nan, min, max, below, above]) => ({ count, nan, min, max, below, above }),
      },
    )
  }
  return reduce(
    'min_max_reduce',
    {},
    {
      dtype,
      with: under,
      example: [1, 0, 0, 0, 0, 1],
      read: ([count, nan, ...words]) => {
        const [min, max] = [integerOf(words.slice(0, 2)), integerOf(words.slice(2, 4))]
        const isWide = isBig(dtype)
        return {
          count,
          nan,
          min: isWide ? min : Number(min),
          max: isWide ? max : Number(max),
          below: 0,
          above: 0,
        }
      },
    },
  )
}

/** Least and greatest voxel, infinities among them. */
export function outermost({ count, min, max, below, above }: Range): Pick<Range, 'min' | 'max'> {
  const { NEGATIVE_INFINITY: lowest, POSITIVE_INFINITY: highest } = Number
  return {
    min: below > 0 ? lowest : count === 0 && above > 0 ? highest : min,
    max: above > 0 ? highest : count === 0 && below > 0 ? lowest : max,
  }
}

/** Sums over the voxels that are not NaN. */
export interface Moments {
  readonly count: number
  readonly nan: number
  /** Exact for integers. */
  readonly sum: number | bigint
  readonly mean: number
  /** With n - 1; 0 for a single voxel. */
  readonly variance: number
  /** How many times its own rounding error the variance may be off. */
  readonly condition: number
}

/** Moments of volumes of an element type; the variance is taken about `pilot`, which matters for floats and 64-bit integers. */
export function momentsOf(
  dtype: DType,
  pilot: number,
  under: readonly FurtherInput[] = [],
): Reduction<Moments> {
  const read = !isInteger(dtype) ? floatMoments : bytesOf(dtype) === 8 ? largeMoments : smallMoments
  const example = !isInteger(dtype)
    ? [2, 0, 1, 1, 1]
    : bytesOf(dtype) === 8
      ? [2, 0, 0, 0, 0, 1, 1]
      : [2, 0, 0, 0, 0, 1, 0, 0, 0, 1]
  return reduce(
    'moments_reduce',
    { pilot },
    { dtype, with: under, example, read: (numbers) => read(numbers, pilot) },
  )
}

// Beyond this the variance about 0 is worse than 1e-10.
const greatestCondition = 1e5

/** What follows of moments; where the variance about 0 is not exact enough, `again` what follows of those about the mean. */
export function exactMoments<N>(
  moments: Moments,
  { dtype, under }: { readonly dtype: DType; readonly under: readonly FurtherInput[] },
  { next, again }: { readonly next: (moments: Moments) => N; readonly again: (read: After<N>) => N },
): N {
  const { condition, mean, sum } = moments
  if (condition <= greatestCondition || !Number.isFinite(mean)) return next(moments)
  return again(after([momentsOf(dtype, mean, under)], (exact) => next({ ...exact, sum })))
}

function floatMoments([count, nan, sum, difference, distance]: Float64Array, pilot: number): Moments {
  const mean = count === 0 ? Number.NaN : pilot + difference / count
  return { count, nan, sum, mean, ...spread(count, difference, distance) }
}

function largeMoments([count, nan, ...rest]: Float64Array, pilot: number): Moments {
  const sum = integerOf(rest.slice(0, 4))
  const difference = Number(sum - BigInt(Math.trunc(pilot)) * BigInt(count))
  return { count, nan, sum, mean: Number(sum) / count, ...spread(count, difference, rest[4]) }
}

function smallMoments([count, nan, ...words]: Float64Array): Moments {
  const n = BigInt(count)
  const [sum, squares] = [integerOf(words.slice(0, 4)), integerOf(words.slice(4, 8))]
  const variance = count > 1 ? Number(n * squares - sum * sum) / Number(n * (n - 1n)) : 0
  return { count, nan, sum: Number(sum), mean: Number(sum) / count, variance, condition: 1 }
}

// Variance of n values from their differences from a pilot.
function spread(
  count: number,
  difference: number,
  distance: number,
): Pick<Moments, 'variance' | 'condition'> {
  if (count < 2) return { variance: count === 0 ? Number.NaN : 0, condition: 1 }
  const squared = distance - (difference * difference) / count
  const variance = Math.max(0, squared) / (count - 1)
  return {
    variance: Number.isNaN(squared) ? Number.NaN : variance,
    condition: distance === 0 ? 1 : Math.abs(distance / squared),
  }
}

/** An integer of 32-bit words, the highest first, in two's complement; the first may be signed already. */
export function integerOf(words: readonly number[]): bigint {
  const bits = words.reduce((value, word) => (value << 32n) | BigInt.asUintN(32, BigInt(word)), 0n)
  const isSigned = words.length > 2 || words[0] < 0
  return isSigned ? BigInt.asIntN(32 * words.length, bits) : bits
}
