import { bytesOf, type DType, isBig, isInteger } from '../core/dtype.ts'
import { integerOf } from './reductions.ts'
import { type FurtherInput, type Reduction, reduce } from './stage.ts'

/** What is counted and summed of one label. */
export interface LabelRecord {
  /** As the kernel has it. */
  readonly code: number
  /** All elements, NaN and infinities among them. */
  readonly count: number
  readonly nan: number
  /** NaN where all are NaN; bigints for 64-bit integers. */
  readonly min: number | bigint
  readonly max: number | bigint
  readonly sum: number | bigint
  readonly mean: number
  /** With n - 1; 0 for a single one. */
  readonly variance: number
  /** First and last index per axis. */
  readonly first: readonly number[]
  readonly last: readonly number[]
  /** Sum of indices per axis. */
  readonly indices: readonly bigint[]
}

// Smaller integers go as int32: their sums are exact all the same.
function kernelType(dtype: DType): DType {
  if (!isInteger(dtype) || bytesOf(dtype) === 8) return dtype
  return dtype === 'uint32' ? 'int64' : 'int32'
}

/** One record per label of volumes of an element type, in no order; `rank` is the plan's. */
export function labelRecords(
  dtype: DType,
  rank: number,
  labels: FurtherInput,
): Reduction<readonly LabelRecord[]> {
  const type = kernelType(dtype)
  const isReal = !isInteger(dtype)
  const size = 5 + 4 * rank + (isReal ? 4 : 14)
  const read = (numbers: Float64Array) =>
    Array.from({ length: numbers.length / size }, (_, k) =>
      recordOf(
        numbers.subarray(k * size, (k + 1) * size),
        rank,
        isReal ? realValues : integerValues(dtype, type),
      ),
    )
  const example = Array.from({ length: size }, (_, k) => (k === 1 ? 1 : 0))
  return reduce('label_reduce', { real: isReal ? 1 : 0 }, { dtype: type, with: [labels], example, read })
}

interface Counts {
  readonly count: number
  readonly nan: number
  readonly below: number
  readonly above: number
}

type Values = Pick<LabelRecord, 'min' | 'max' | 'sum' | 'mean' | 'variance'>

function recordOf(
  numbers: Float64Array,
  rank: number,
  valuesOf: (numbers: Float64Array, counts: Counts) => Values,
): LabelRecord {
  const [code, count, nan, below, above] = numbers
  const places = Array.from({ length: rank }, (_, axis) => numbers.subarray(5 + 4 * axis, 9 + 4 * axis))
  return {
    code,
    count,
    nan,
    first: places.map((place) => place[0]),
    last: places.map((place) => place[1]),
    indices: places.map((place) => (BigInt(place[2]) << 32n) + BigInt(place[3])),
    ...valuesOf(numbers.subarray(5 + 4 * rank), { count, nan, below, above }),
  }
}

function integerValues(dtype: DType, type: DType): (numbers: Float64Array, counts: Counts) => Values {
  const shown = (value: bigint) => (isBig(dtype) ? value : Number(value))
  const value = (words: Float64Array) => {
    const key = BigInt.asIntN(64, (BigInt(words[0]) << 32n) + BigInt(words[1]))
    return shown(type === 'uint64' ? key + 2n ** 63n : key)
  }
  return (numbers, { count }) => {
    const n = BigInt(count)
    const sum = integerOf([...numbers.subarray(4, 8)])
    const squares = integerOf([...numbers.subarray(8, 14)])
    const variance = count > 1 ? Number(n * squares - sum * sum) / Number(n * (n - 1n)) : 0
    return {
      min: value(numbers.subarray(0, 2)),
      max: value(numbers.subarray(2, 4)),
      sum: shown(sum),
      mean: Number(sum) / count,
      variance,
    }
  }
}

// Infinities are what IEEE makes of them: the sum of both is NaN, and so is a variance with either.
function realValues([least, most, finite, distance]: Float64Array, counts: Counts): Values {
  const { below, above } = counts
  const n = counts.count - counts.nan
  const infinite = (below > 0 ? Number.NEGATIVE_INFINITY : 0) + (above > 0 ? Number.POSITIVE_INFINITY : 0)
  const any = below + above > 0
  const sum = any ? infinite : finite
  const none = below + above === n
  return {
    min: below > 0 ? Number.NEGATIVE_INFINITY : none && above > 0 ? Number.POSITIVE_INFINITY : least,
    max: above > 0 ? Number.POSITIVE_INFINITY : none && below > 0 ? Number.NEGATIVE_INFINITY : most,
    sum,
    mean: n === 0 ? Number.NaN : sum / n,
    variance: n === 0 || (any && n > 1) ? Number.NaN : n === 1 ? 0 : distance / (n - 1),
  }
}
