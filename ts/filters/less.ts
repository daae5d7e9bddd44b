import { comparisonFilter } from './comparison.ts'

/** A mask: 1 where x < operand, compared exactly whatever the element types, else 0. */
export const less = comparisonFilter('less', 'Mask of the voxels less than a number or a volume.')
