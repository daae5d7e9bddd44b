import { borderParams, dtypeParams } from '../pipeline/common-params.ts'
import { defineFilter } from '../pipeline/define-filter.ts'
import { resolveDType, valuesPerAxis } from '../pipeline/info.ts'
import { param } from '../pipeline/param.ts'
import { ordered, window } from '../pipeline/stage.ts'

/** Median of a box of 2 · radius + 1 voxels per axis: a voxel of the input, whatever its element type. */
export const median = defineFilter({
  name: 'median',
  summary: 'Median over a box of voxels.',
  params: {
    radius: param.perAxis({ integer: true, min: 0, default: 1, doc: 'Half-width of the box, in voxels.' }),
    ...borderParams,
    ...dtypeParams,
  },
  output: (input, { dtype }) => ({ ...input, dtype: resolveDType(dtype ?? 'same', input.dtype) }),
  stages: (input, { radius, border, borderValue }) => {
    const radii = valuesPerAxis(radius, input, 0, 'median.radius')
    if (radii.every((r) => r === 0)) return []
    return ordered(input.dtype, [window('median_window', { radius: radii }, { border, borderValue })])
  },
})
