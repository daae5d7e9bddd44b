import { invalidArgument } from '../core/errors.ts'
import { dtypeParams } from '../pipeline/common-params.ts'
import { defineFilter } from '../pipeline/define-filter.ts'
import { asInputOrAsked } from '../pipeline/info.ts'
import { param } from '../pipeline/param.ts'
import { point } from '../pipeline/stage.ts'
import { valueWords } from '../pipeline/words.ts'

/** min(max(x, low), high), compared as real numbers; NaN stays. */
export const clamp = defineFilter({
  name: 'clamp',
  summary: 'Voxels beyond two limits become the nearer limit.',
  params: {
    low: param.value({
      infinite: true,
      default: Number.NEGATIVE_INFINITY,
      doc: 'Least value of the output.',
    }),
    high: param.value({
      infinite: true,
      default: Number.POSITIVE_INFINITY,
      doc: 'Greatest value of the output.',
    }),
    ...dtypeParams,
  },
  check: ({ low, high }) => {
    if (low > high) throw invalidArgument('clamp.high', `at least low (${low})`, high)
  },
  output: asInputOrAsked,
  stages: ({ dtype }, options) => {
    const low = valueWords(dtype, options.low)
    const high = valueWords(dtype, options.high)
    return [
      point(
        'clamp',
        { lowHigh: low.high, lowLow: low.low, highHigh: high.high, highLow: high.low },
        { dtype },
      ),
    ]
  },
})
