import { comparisonFilter } from './comparison.ts'

/** A mask: 1 where x ≤ operand, compared exactly whatever the element types, else 0. */
export const lessEqual = comparisonFilter('lessEqual', 'Mask of the voxels at most a number or a volume.')
