import { invalidArgument } from '../core/errors.ts'
import { dtypeParams, gridParams } from '../pipeline/common-params.ts'
import { defineFilter } from '../pipeline/define-filter.ts'
import { underMask } from '../pipeline/further-inputs.ts'
import { asInputOrAsked } from '../pipeline/info.ts'
import { param } from '../pipeline/param.ts'
import { percentilesOf } from '../pipeline/percentiles.ts'
import type { Part } from '../pipeline/stage.ts'
import { clamp } from './clamp.ts'

// Of no voxels, and between infinities, there is no percentile: it limits nothing.
const isNumber = (percentile: number | bigint | undefined): percentile is number | bigint =>
  percentile !== undefined && !Number.isNaN(percentile)

/** Voxels beyond two percentiles become the nearer one; NaN stays. */
export const clipPercentiles = defineFilter({
  name: 'clipPercentiles',
  summary: 'Voxels beyond two percentiles become the nearer one.',
  params: {
    lower: param.number({ min: 0, max: 100, default: 1, doc: 'Percentile that becomes the least value.' }),
    upper: param.number({
      min: 0,
      max: 100,
      default: 99,
      doc: 'Percentile that becomes the greatest value.',
    }),
    mask: param.optional(
      param.volume({ doc: 'Voxels where this volume is not 0 decide on the percentiles.' }),
    ),
    ...gridParams,
    ...dtypeParams,
  },
  check: ({ lower, upper }) => {
    if (!(lower < upper)) throw invalidArgument('clipPercentiles.upper', `above lower (${lower})`, upper)
  },
  output: asInputOrAsked,
  stages: ({ dtype }, { lower, upper }, operands) => {
    const next = ([low, high]: readonly (number | bigint)[]): readonly Part[] => [
      clamp({ ...(isNumber(low) && { low }), ...(isNumber(high) && { high }) }),
    ]
    const under = underMask('clipPercentiles', operands)
    const again = (read: Part) => [read]
    return [percentilesOf<readonly Part[]>({ dtype, under, percentiles: [lower, upper], next, again })]
  },
})
