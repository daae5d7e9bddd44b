import { invalidArgument } from '../core/errors.ts'
import { borderParams, boxParams, dtypeParams } from '../pipeline/common-params.ts'
import { defineFilter } from '../pipeline/define-filter.ts'
import { elementRadii, extremeStages } from '../pipeline/extremes.ts'
import { asInputOrAsked, valuesPerAxis } from '../pipeline/info.ts'
import { param } from '../pipeline/param.ts'
import { ordered, window } from '../pipeline/stage.ts'

/** The voxel at a given position among those of a box, sorted: `index`, or ⌊percentile / 100 · (n − 1)⌋ of n. */
export const rank = defineFilter({
  name: 'rank',
  summary: 'The voxel at a given position among the sorted voxels of a box.',
  params: {
    ...boxParams,
    percentile: param.number({
      min: 0,
      max: 100,
      default: 50,
      doc: 'Position among the sorted voxels, in per cent.',
    }),
    index: param.optional(
      param.int({ min: 0, doc: 'Position counted from 0; takes the place of percentile.' }),
    ),
    ...borderParams,
    ...dtypeParams,
  },
  output: asInputOrAsked,
  stages: (input, { radius, percentile, index, border, borderValue }) => {
    const radii = valuesPerAxis(radius, input, 0, 'rank.radius')
    const count = radii.reduce((product, r) => product * (2 * r + 1), 1)
    if (index !== undefined && index >= count)
      throw invalidArgument('rank.index', `an integer in [0, ${count - 1}]`, index)
    if (count === 1) return []
    const position = index ?? Math.floor((percentile / 100) * (count - 1))
    if (position === 0 || position === count - 1) {
      const extreme = position === 0 ? 'least' : 'greatest'
      const box = {
        radii: elementRadii({ radius, element: 'box' }, input, 'rank.radius'),
        element: 'box',
      } as const
      return ordered(input.dtype, extremeStages(extreme, { ...box, border, borderValue }))
    }
    return ordered(input.dtype, [
      window('rank_window', { radius: radii, index: position }, { border, borderValue }),
    ])
  },
})
