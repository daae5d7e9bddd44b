import { comparisonFilter } from './comparison.ts'

/** A mask: 1 where x ≥ operand, compared exactly whatever the element types, else 0. */
export const greaterEqual = comparisonFilter(
  'greaterEqual',
  'Mask of the voxels at least a number or a volume.',
)
