import { invalidArgument } from '../core/errors.ts'
import { dtypeParams } from '../pipeline/common-params.ts'
import { defineFilter } from '../pipeline/define-filter.ts'
import { asInputOrAsked } from '../pipeline/info.ts'
import { param } from '../pipeline/param.ts'
import { keptWithin } from './selection.ts'

/** x where below ≤ x ≤ above, else outsideValue, also for NaN; limits are compared exactly in every element type. */
export const threshold = defineFilter({
  name: 'threshold',
  summary: 'Voxels outside two limits become a given value.',
  params: {
    below: param.optional(
      param.value({ infinite: true, doc: 'Voxels below this change; without it there is no lower limit.' }),
    ),
    above: param.optional(
      param.value({ infinite: true, doc: 'Voxels above this change; without it there is no upper limit.' }),
    ),
    outsideValue: param.value({ infinite: true, default: 0, doc: 'What voxels outside the limits become.' }),
    ...dtypeParams,
  },
  check: ({ below, above }) => {
    if (below !== undefined && above !== undefined && below > above)
      throw invalidArgument('threshold.above', `at least below (${below})`, above)
  },
  output: asInputOrAsked,
  stages: ({ dtype }, { below, above, outsideValue }) => [keptWithin(dtype, { below, above }, outsideValue)],
})
