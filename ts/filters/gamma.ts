import { isInteger, limitsOf } from '../core/dtype.ts'
import { invalidArgument } from '../core/errors.ts'
import { dtypeParams } from '../pipeline/common-params.ts'
import { defineFilter } from '../pipeline/define-filter.ts'
import { asRealOrAsked } from '../pipeline/info.ts'
import { param } from '../pipeline/param.ts'
import { pointwise } from '../pipeline/stage.ts'

/**
 * Gamma correction: min + (max − min) · ((x − min) / (max − min)) ^ gamma, with x clamped to [min, max] first.
 *
 * A TypeScript function: it runs on the run's own thread, far slower than the native filters.
 */
export const gamma = defineFilter({
  name: 'gamma',
  summary: "Gamma correction; a TypeScript function that runs on the run's own thread.",
  params: {
    gamma: param.number({ min: 0, default: 1, doc: 'The exponent: below 1 lightens, above 1 darkens.' }),
    min: param.optional(
      param.number({
        doc: 'Value that stays; by default the least of an integer element type, 0 for floats.',
      }),
    ),
    max: param.optional(
      param.number({
        doc: 'Value that stays; by default the greatest of an integer element type, 1 for floats.',
      }),
    ),
    ...dtypeParams,
  },
  check: ({ min, max }) => {
    if (min !== undefined && max !== undefined && !(min < max))
      throw invalidArgument('gamma.max', `above min (${min})`, max)
  },
  output: asRealOrAsked,
  stages: (input, options) => {
    const usual = isInteger(input.dtype) ? limitsOf(input.dtype).map(Number) : [0, 1]
    const { gamma: exponent, min = usual[0] as number, max = usual[1] as number } = options
    if (!(min < max)) throw invalidArgument('gamma.max', `above min (${min})`, max)
    const span = max - min
    return [pointwise((x) => min + span * Math.min(Math.max((x - min) / span, 0), 1) ** exponent)]
  },
})
