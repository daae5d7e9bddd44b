import { type DType, isInteger } from '../core/dtype.ts'
import { invalidArgument } from '../core/errors.ts'
import { dtypeParams } from '../pipeline/common-params.ts'
import { defineFilter } from '../pipeline/define-filter.ts'
import { resolveDType } from '../pipeline/info.ts'
import { storeValue } from '../pipeline/order.ts'
import { param } from '../pipeline/param.ts'
import { band, type Limits } from './masks.ts'
import { keptWithin } from './selection.ts'

type Value = number | bigint

/** `inside` where lower ≤ x ≤ upper, compared exactly in every element type, else `outside`, also for NaN. */
export const binaryThreshold = defineFilter({
  name: 'binaryThreshold',
  summary: 'Mask of the voxels between two limits.',
  params: {
    lower: param.value({
      infinite: true,
      default: Number.NEGATIVE_INFINITY,
      doc: 'Least value of voxels inside.',
    }),
    upper: param.value({
      infinite: true,
      default: Number.POSITIVE_INFINITY,
      doc: 'Greatest value of voxels inside.',
    }),
    inside: param.value({ infinite: true, default: 1, doc: 'What voxels within the limits become.' }),
    outside: param.value({ infinite: true, default: 0, doc: 'What all others become.' }),
    ...dtypeParams,
  },
  metadata: 'labels',
  check: ({ lower, upper }) => {
    if (lower > upper) throw invalidArgument('binaryThreshold.upper', `at least lower (${lower})`, upper)
  },
  output: (input, { dtype }) => ({ ...input, dtype: resolveDType(dtype ?? 'uint8', input.dtype) }),
  stages: (input, { lower, upper, inside, outside, dtype }) => {
    const out = resolveDType(dtype ?? 'uint8', input.dtype)
    checkValue('inside', inside, out)
    checkValue('outside', outside, out)
    const limits = { below: lower, above: upper }
    if (isByte(inside) && isByte(outside)) {
      const bytes = { inside: Number(inside), outside: Number(outside), unordered: Number(outside) }
      return [band(input.dtype, limits, bytes)]
    }
    // Ones become a value other than 0, then zeros the other value.
    const [one, zero] = isZero(inside) ? [outside, inside] : [inside, outside]
    const isSwapped = isZero(inside)
    const bytes = {
      inside: isSwapped ? 0 : 1,
      outside: isSwapped ? 1 : 0,
      unordered: isSwapped ? 1 : 0,
    }
    return [
      band(input.dtype, limits, bytes),
      keptWithin(out, { below: 0, above: 0 }, one),
      ...(isZero(zero) ? [] : [keptWithin(out, onlyOf(out, one), zero)]),
    ]
  },
})

function isByte(value: Value): boolean {
  return Number.isInteger(Number(value)) && value >= 0 && value <= 255
}

function isZero(value: Value): boolean {
  return Number(value) === 0
}

// The values are exact in an integer type.
function checkValue(name: string, value: Value, dtype: DType): void {
  if (!isInteger(dtype) || isSame(storeValue(dtype, value), value)) return
  throw invalidArgument(
    `binaryThreshold.${name}`,
    `a value of ${dtype}, or dtype another element type`,
    value,
  )
}

function isSame(a: Value, b: Value): boolean {
  return !(a < b) && !(a > b)
}

function onlyOf(dtype: DType, value: Value): Limits {
  const stored = storeValue(dtype, value)
  return { below: stored, above: stored }
}
