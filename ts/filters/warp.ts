import { dtypeParams } from '../pipeline/common-params.ts'
import { defineFilter, type OperandInfos } from '../pipeline/define-filter.ts'
import { DisplacementField } from '../pipeline/displacement-field.ts'
import { type GridSpec, gridParam } from '../pipeline/grid-param.ts'
import { asInputOrAsked, type Info } from '../pipeline/info.ts'
import type { VolumeOperand } from '../pipeline/operand.ts'
import { param } from '../pipeline/param.ts'
import { checkAskedGrid, resampledGrid } from '../pipeline/resampled-grid.ts'
import { interpolations } from '../pipeline/sampler.ts'
import { warping } from '../pipeline/warping.ts'

interface Options {
  readonly reference: VolumeOperand | GridSpec | undefined
  readonly dtype: Parameters<typeof asInputOrAsked>[1]['dtype']
}

function gridOf(input: Info, { reference, dtype }: Options, operands: OperandInfos) {
  const { info, map } = resampledGrid('warp', input, { reference }, operands.get('reference'))
  const output = asInputOrAsked(info, { dtype })
  const field = new DisplacementField('warp.field', operands.get('field') as Info, output, input)
  return { output, map, field }
}

/**
 * The volume moved by a field of displacements: the voxel at position p becomes the value at p + field(p). Vectors are millimetres to the
 * right, anterior and superior; those of ITK, which point to the left and posterior, have their first two components negated. The field may
 * lie on any grid and is interpolated linearly; beyond its outermost voxels it goes on as it is there. The output lies on the input's grid
 * or the reference's.
 *
 * What a region needs of the input is known when its vectors are there. It is planned to take a tenth more than where nothing moves, and made
 * in parts where it wants more; where the budget is small cubic interpolation reads blocks of 64 voxels along each axis and 28 around them.
 */
export const warp = defineFilter({
  name: 'warp',
  summary: 'Moves the volume by a field of displacements.',
  params: {
    field: param.volume({ doc: 'Displacements: three components, RAS millimetres, on any grid.' }),
    reference: param.optional(gridParam('The grid to take: a volume on it, or its shape and affine.')),
    interpolation: param.choice(interpolations, {
      default: 'linear',
      doc: 'How values between voxels are made.',
    }),
    outsideValue: param.value({ infinite: true, default: 0, doc: 'The value of voxels outside the input.' }),
    ...dtypeParams,
  },
  positional: 'field',
  check: (options) => checkAskedGrid('warp', options),
  ownGrids: ['field'],
  gridsOnly: ['reference'],
  output: (input, options, operands) => gridOf(input, options, operands).output,
  regional: (input, options, operands) => {
    const { output, map, field } = gridOf(input, options, operands)
    return warping(input, output, { ...options, map, field })
  },
})
