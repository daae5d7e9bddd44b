import { bytesOf, type DType, limitsOf } from '../core/dtype.ts'
import { rangeOf } from './reductions.ts'
import { type After, after, type FurtherInput } from './stage.ts'
import { type Bins, binCounts, binTally, edgesOf, isTallied, valueTally } from './tallies.ts'

/** What Otsu's threshold is looked for in, and what is made of it. */
export interface OtsuSearch<N> {
  readonly dtype: DType
  /** A mask, where there is one. */
  readonly under: readonly FurtherInput[]
  readonly bins: number
  /** What follows of the threshold: NaN where there are no voxels. */
  readonly next: (threshold: number) => N
  /** What follows of another read. */
  readonly again: (read: After<N>) => N
}

/** Otsu's threshold of a histogram as ITK makes it: over the range of 8-bit types, else from the least voxel to just above the greatest. */
export function otsuOf<N>({ dtype, under, bins, next, again }: OtsuSearch<N>): After<N> {
  if (isTallied(dtype)) {
    return after([valueTally(dtype, under)], (tally) => {
      const [low, high] = [tally.values[0] ?? Number.NaN, tally.values.at(-1) ?? Number.NaN]
      const chosen = binsFor(dtype, low, high, bins)
      return next(chosen ? thresholdOf(binTally(tally, chosen).counts, chosen) : low)
    })
  }
  return after([rangeOf(dtype, under)], ({ count, min, max }) => {
    const low = count === 0 ? Number.NaN : Number(min)
    const chosen = binsFor(dtype, low, Number(max), bins)
    if (chosen === null) return next(low)
    return again(after([binCounts(dtype, chosen, under)], ({ counts }) => next(thresholdOf(counts, chosen))))
  })
}

// Null where no bin has a width.
function binsFor(dtype: DType, low: number, high: number, bins: number): Bins | null {
  if (bytesOf(dtype) === 1 && low <= high) {
    const [least, most] = limitsOf(dtype)
    return { low: Number(least) - 0.5, high: Number(most) + 0.5, bins }
  }
  return low < high ? { low, high: high + (high - low) / (100 * bins), bins } : null
}

// Where Σ weight · mean² of the two classes is greatest. The voxels of a bin count as its centre.
function thresholdOf(counts: readonly number[], bins: Bins): number {
  const edges = edgesOf(bins)
  const centre = (k: number) => ((edges[k] as number) + (edges[k + 1] as number)) / 2
  let [count, sum] = [0, 0]
  counts.forEach((n, k) => {
    count += n
    sum += n * centre(k)
  })
  const criteria: number[] = []
  let [below, sumBelow] = [0, 0]
  for (let k = 0; k < counts.length - 1; k++) {
    below += counts[k] as number
    sumBelow += (counts[k] as number) * centre(k)
    criteria.push(part(below, sumBelow) + part(count - below, sum - sumBelow))
  }
  const greatest = Math.max(...criteria)
  const cut = criteria.findIndex((one) => one >= greatest - greatest * Number.EPSILON)
  return edges[Math.max(cut, 0) + 1] as number

  function part(n: number, total: number): number {
    return n === 0 ? 0 : (n / count) * (total / n) * (total / n)
  }
}
