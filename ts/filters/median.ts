import { borderParams, boxParams, dtypeParams } from '../pipeline/common-params.ts'
import { defineFilter } from '../pipeline/define-filter.ts'
import { asInputOrAsked, valuesPerAxis } from '../pipeline/info.ts'
import { ordered, window } from '../pipeline/stage.ts'

/** Median of a box of 2 · radius + 1 voxels per axis: a voxel of the input, whatever its element type. */
export const median = defineFilter({
  name: 'median',
  summary: 'Median over a box of voxels.',
  params: {
    ...boxParams,
    ...borderParams,
    ...dtypeParams,
  },
  output: asInputOrAsked,
  stages: (input, { radius, border, borderValue }) => {
    const radii = valuesPerAxis(radius, input, 0, 'median.radius')
    if (radii.every((r) => r === 0)) return []
    return ordered(input.dtype, [window('median_window', { radius: radii }, { border, borderValue })])
  },
})
