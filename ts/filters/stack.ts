import { withAddedAxis } from '../pipeline/added-axis.ts'
import { dtypeParams, gridParams } from '../pipeline/common-params.ts'
import { defineFilter } from '../pipeline/define-filter.ts'
import { asInputOrAsked, type Info } from '../pipeline/info.ts'
import { joiningParts } from '../pipeline/joined-parts.ts'
import { param } from '../pipeline/param.ts'

interface Added {
  readonly spacing: number
  readonly origin: number
}

function stacked(input: Info, { spacing, origin }: Added, length: number): Info {
  return withAddedAxis(input, { length, spacing, origin }, 'stack')
}

/**
 * Volumes of one grid side by side along a new last axis: slices become a volume, volumes a series. The input gives the place: the others
 * are turned to its orientation. Slices may lie anywhere along the axis to which they are stacked.
 */
export const stack = defineFilter({
  name: 'stack',
  summary: 'Lays volumes behind the input along a new last axis.',
  params: {
    operands: param.volumes({ doc: 'The volumes that follow, in order.' }),
    spacing: param.number({
      min: 0,
      exclusive: true,
      default: 1,
      doc: 'Length of a step along the new axis: millimetres, or the unit of an axis beyond space.',
    }),
    origin: param.number({ default: 0, doc: 'Where the first one lies along the new axis.' }),
    ...gridParams,
    ...dtypeParams,
  },
  positional: 'operands',
  joinedAxis: ({ shape }) => shape.length,
  output: (input, options, operands) => asInputOrAsked(stacked(input, options, operands.size + 1), options),
  regional: (input, options, operands) => {
    const lengths = new Array<number>(operands.size + 1).fill(1)
    const made = asInputOrAsked(stacked(input, options, lengths.length), options)
    return joiningParts(made, { axis: input.shape.length, isNewAxis: true, lengths })
  },
})
