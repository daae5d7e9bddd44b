import { comparisonFilter } from './comparison.ts'

/** A mask: 1 where x = operand, compared exactly whatever the element types, else 0. */
export const equal = comparisonFilter('equal', 'Mask of the voxels equal to a number or a volume.')
