import { logicalFilter } from './logic.ts'

/** A mask: 1 where the voxel or the operand is true (neither 0 nor NaN), else 0. */
export const logicalOr = logicalFilter('logicalOr', 'Mask of the voxels true in either.')
