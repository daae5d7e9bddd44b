import { logicalFilter } from './logic.ts'

/** A mask: 1 where both the voxel and the operand are true (neither 0 nor NaN), else 0. */
export const logicalAnd = logicalFilter('logicalAnd', 'Mask of the voxels true in both.')
