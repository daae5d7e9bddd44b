import { dtypeParams } from '../pipeline/common-params.ts'
import { defineFilter } from '../pipeline/define-filter.ts'
import { resolveDType } from '../pipeline/info.ts'
import { failedMaskTest } from './masks.ts'

/** A mask: 1 where the voxel is 0 or NaN, else 0. */
export const logicalNot = defineFilter({
  name: 'logicalNot',
  summary: 'Mask of the voxels that are not true.',
  params: dtypeParams,
  metadata: 'labels',
  output: (input, { dtype }) => ({ ...input, dtype: resolveDType(dtype ?? 'uint8', input.dtype) }),
  stages: ({ dtype }) => [failedMaskTest(dtype)],
})
