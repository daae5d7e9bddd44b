import { dtypeParams } from '../pipeline/common-params.ts'
import { defineFilter } from '../pipeline/define-filter.ts'
import { gridParam } from '../pipeline/grid-param.ts'
import { resolveDType } from '../pipeline/info.ts'
import { param } from '../pipeline/param.ts'
import { checkAskedGrid, resampledGrid } from '../pipeline/resampled-grid.ts'
import { resampling } from '../pipeline/resampling.ts'
import { interpolations } from '../pipeline/sampler.ts'

/**
 * The volume on another grid: each output voxel's position, moved by `transform`, is looked up in the input. A position is inside when
 * it is at most half a voxel beyond the outermost voxel centres. Axes that are not spatial stay.
 */
export const resample = defineFilter({
  name: 'resample',
  summary: 'Interpolates the volume on another grid.',
  params: {
    reference: param.optional(gridParam('The grid to take: a volume on it, or its shape and affine.')),
    spacing: param.optional(
      param.perAxis({
        min: 0,
        max: Number.MAX_VALUE,
        exclusive: true,
        doc: 'Millimetres per step; first voxel and directions stay.',
      }),
    ),
    shape: param.optional(
      param.perAxis({ integer: true, min: 1, doc: 'Voxels per axis; by default as many as fit.' }),
    ),
    affine: param.optional(param.affine({ doc: 'Voxel to RAS millimetres of the grid to take.' })),
    transform: param.optional(
      param.affine({ doc: 'Position in the output to position in the input, RAS millimetres.' }),
    ),
    interpolation: param.choice(interpolations, {
      default: 'linear',
      doc: 'How values between voxels are made.',
    }),
    outsideValue: param.value({ infinite: true, default: 0, doc: 'The value of voxels outside the input.' }),
    ...dtypeParams,
  },
  check: (options) => checkAskedGrid('resample', options),
  gridsOnly: ['reference'],
  output: (input, { dtype, ...asked }, operands) => ({
    ...resampledGrid('resample', input, asked, operands.get('reference')).info,
    dtype: resolveDType(dtype ?? 'same', input.dtype),
  }),
  regional: (input, { dtype, interpolation, outsideValue, ...asked }, operands) => {
    const { info, map } = resampledGrid('resample', input, asked, operands.get('reference'))
    const output = { ...info, dtype: resolveDType(dtype ?? 'same', input.dtype) }
    return resampling(input, output, { map, interpolation, outsideValue })
  },
})
