import { logicalFilter } from './logic.ts'

/** A mask: 1 where either the voxel or the operand is true (neither 0 nor NaN) but not both, else 0. */
export const logicalXor = logicalFilter('logicalXor', 'Mask of the voxels true in one of the two.')
