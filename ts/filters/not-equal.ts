import { comparisonFilter } from './comparison.ts'

/** A mask: 1 where x ≠ operand, also where either is NaN, compared exactly whatever the element types, else 0. */
export const notEqual = comparisonFilter(
  'notEqual',
  'Mask of the voxels different from a number or a volume.',
)
