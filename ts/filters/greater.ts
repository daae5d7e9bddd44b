import { comparisonFilter } from './comparison.ts'

/** A mask: 1 where x > operand, compared exactly whatever the element types, else 0. */
export const greater = comparisonFilter('greater', 'Mask of the voxels greater than a number or a volume.')
