import { invalidArgument } from '../core/errors.ts'
import { identityMap } from '../geometry/index-map.ts'
import { dtypeParams, gridParams } from '../pipeline/common-params.ts'
import { defineFilter, type OperandInfos } from '../pipeline/define-filter.ts'
import { asInputOrAsked, type Info } from '../pipeline/info.ts'
import { joiningParts } from '../pipeline/joined-parts.ts'
import { movedInfo } from '../pipeline/moved-info.ts'
import { param } from '../pipeline/param.ts'

interface Along {
  readonly axis: number
}

function lengthsAlong({ axis }: Along, input: Info, operands: OperandInfos): readonly number[] {
  return [input, ...operands.values()].map(({ shape }) => shape[axis] as number)
}

function longer(input: Info, along: Along, operands: OperandInfos): readonly number[] {
  const length = lengthsAlong(along, input, operands).reduce((sum, own) => sum + own)
  return input.shape.with(along.axis, length)
}

/**
 * Volumes behind one another along an axis they have. The input gives the place: the others are turned to its orientation, and must lie on
 * its grid but for where they begin along the axis.
 */
export const concatenate = defineFilter({
  name: 'concatenate',
  summary: 'Lays volumes behind the input along one of its axes.',
  params: {
    operands: param.volumes({ doc: 'The volumes that follow, in order.' }),
    axis: param.int({ min: 0, max: 7, doc: 'The axis along which they follow.' }),
    ...gridParams,
    ...dtypeParams,
  },
  positional: 'operands',
  joinedAxis: ({ shape }, { axis }) => {
    if (axis < shape.length) return axis
    throw invalidArgument('concatenate.axis', `an integer in [0, ${shape.length - 1}]`, axis)
  },
  output: (input, options, operands) => {
    const shape = longer(input, options, operands)
    return asInputOrAsked(movedInfo(input, identityMap(shape.length), shape), options)
  },
  regional: (input, options, operands) => {
    const made = { ...asInputOrAsked(input, options), shape: longer(input, options, operands) }
    const lengths = lengthsAlong(options, input, operands)
    return joiningParts(made, { axis: options.axis, isNewAxis: false, lengths })
  },
})
