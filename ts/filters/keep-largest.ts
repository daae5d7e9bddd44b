import { dtypeParams, neighbourParams } from '../pipeline/common-params.ts'
import { componentRegions } from '../pipeline/components.ts'
import { defineFilter } from '../pipeline/define-filter.ts'
import { resolveDType } from '../pipeline/info.ts'
import { checkOneComponent, joinedAxes } from '../pipeline/joined-axes.ts'
import { param } from '../pipeline/param.ts'

/**
 * x on the connected components with the most voxels, else 0; of equal ones those whose first voxel comes first in index order. In each
 * volume of a series by itself.
 */
export const keepLargest = defineFilter({
  name: 'keepLargest',
  summary: 'Only the largest connected components stay.',
  params: {
    count: param.int({ default: 1, min: 1, doc: 'How many components stay.' }),
    ...neighbourParams,
    ...dtypeParams,
  },
  metadata: 'labels',
  output: (input, options) => {
    checkOneComponent(input, 'keepLargest')
    joinedAxes(input, options, 'keepLargest')
    return { ...input, dtype: resolveDType(options.dtype ?? 'same', input.dtype) }
  },
  regional: (input, options) =>
    componentRegions(input, {
      name: 'keepLargest',
      axes: joinedAxes(input, options, 'keepLargest'),
      connectivity: options.connectivity,
      outcome: 'largest',
      largest: options.count,
      dtype: resolveDType(options.dtype ?? 'same', input.dtype),
    }),
})
