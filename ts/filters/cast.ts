import { defineFilter } from '../pipeline/define-filter.ts'
import { resolveDType } from '../pipeline/info.ts'
import { param } from '../pipeline/param.ts'
import { point } from '../pipeline/stage.ts'

const roundings = ['nearest', 'truncate', 'floor'] as const
const overflows = ['saturate', 'wrap'] as const

/** Conversion to another element type; by default the store rule: nearest, ties to even, saturating, NaN to 0. */
export const cast = defineFilter({
  name: 'cast',
  summary: 'Conversion to another element type.',
  params: {
    dtype: param.dtype({ doc: 'Element type of the output.' }),
    rounding: param.choice(roundings, { default: 'nearest', doc: 'How floats become integers.' }),
    overflow: param.choice(overflows, {
      default: 'saturate',
      doc: 'What becomes of values beyond the limits of an integer type.',
    }),
  },
  output: (input, { dtype }) => ({ ...input, dtype: resolveDType(dtype, input.dtype) }),
  stages: (input, { dtype, rounding, overflow }) => {
    const out = resolveDType(dtype, input.dtype)
    if (out === input.dtype) return []
    const params = { rounding: roundings.indexOf(rounding), overflow: overflows.indexOf(overflow) }
    return [point('convert', params, { dtype: input.dtype, out })]
  },
})
