import { dtypeParams, neighbourParams } from '../pipeline/common-params.ts'
import { componentRegions } from '../pipeline/components.ts'
import { defineFilter } from '../pipeline/define-filter.ts'
import { resolveDType } from '../pipeline/info.ts'
import { checkOneComponent, joinedAxes } from '../pipeline/joined-axes.ts'

/**
 * A mask of the voxels that are neither 0 nor NaN and of the holes among them: connected components of the others that reach no face of
 * the volume across an axis in `axes`.
 */
export const fillHoles = defineFilter({
  name: 'fillHoles',
  summary: 'Mask of the foreground and of the holes in it.',
  params: { ...neighbourParams, ...dtypeParams },
  metadata: 'labels',
  output: (input, options) => {
    checkOneComponent(input, 'fillHoles')
    joinedAxes(input, options, 'fillHoles')
    return { ...input, dtype: resolveDType(options.dtype ?? 'uint8', input.dtype) }
  },
  regional: (input, options) =>
    componentRegions(input, {
      name: 'fillHoles',
      axes: joinedAxes(input, options, 'fillHoles'),
      connectivity: options.connectivity,
      outcome: 'enclosed',
      inverted: true,
      dtype: resolveDType(options.dtype ?? 'uint8', input.dtype),
    }),
})
