import { dtypeParams } from '../pipeline/common-params.ts'
import { defineFilter } from '../pipeline/define-filter.ts'
import { resolveDType } from '../pipeline/info.ts'
import { checkOneComponent } from '../pipeline/joined-axes.ts'
import { param } from '../pipeline/param.ts'
import { renumberedRegions } from '../pipeline/renumbering.ts'

/**
 * Labels other than 0 and NaN become 1, 2, … over the whole volume; 0 stays 0.
 *
 * Throws `Filter` when the element type cannot hold every number.
 */
export const relabel = defineFilter({
  name: 'relabel',
  summary: 'Labels numbered anew, by size or in their old order.',
  params: {
    order: param.choice(['size', 'first'], {
      default: 'size',
      doc: "'size': falling number of voxels, of equal ones the smaller old label first; 'first': rising old labels.",
    }),
    minimumSize: param.int({ default: 0, min: 0, doc: 'Labels with fewer voxels become 0.' }),
    ...dtypeParams,
  },
  metadata: 'labels',
  output: (input, { dtype }) => {
    checkOneComponent(input, 'relabel')
    return { ...input, dtype: resolveDType(dtype ?? 'uint32', input.dtype) }
  },
  regional: (input, { order, minimumSize, dtype }) =>
    renumberedRegions(input, {
      name: 'relabel',
      order,
      minimumSize,
      dtype: resolveDType(dtype ?? 'uint32', input.dtype),
    }),
})
