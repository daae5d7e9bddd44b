import { dtypeParams, neighbourParams } from '../pipeline/common-params.ts'
import { componentRegions } from '../pipeline/components.ts'
import { defineFilter } from '../pipeline/define-filter.ts'
import { resolveDType } from '../pipeline/info.ts'
import { checkOneComponent, joinedAxes } from '../pipeline/joined-axes.ts'

/**
 * Numbers 1, 2, … for the connected components of the voxels that are neither 0 nor NaN, in index order of each one's first voxel (axis
 * 0 fastest) whatever the memory order; 0 elsewhere. Each volume of a series is numbered by itself.
 *
 * Throws `Filter` when the element type cannot hold every number.
 */
export const connectedComponents = defineFilter({
  name: 'connectedComponents',
  summary: 'A number for each connected component.',
  params: { ...neighbourParams, ...dtypeParams },
  metadata: 'labels',
  output: (input, options) => {
    checkOneComponent(input, 'connectedComponents')
    joinedAxes(input, options, 'connectedComponents')
    return { ...input, dtype: resolveDType(options.dtype ?? 'uint32', input.dtype) }
  },
  regional: (input, options) =>
    componentRegions(input, {
      name: 'connectedComponents',
      axes: joinedAxes(input, options, 'connectedComponents'),
      connectivity: options.connectivity,
      outcome: 'number',
      dtype: resolveDType(options.dtype ?? 'uint32', input.dtype),
    }),
})
