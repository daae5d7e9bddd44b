import { operationFilter } from './arithmetic.ts'

/** x · operand, rounded once to the real type. */
export const multiply = operationFilter(
  'multiply',
  'Product of every voxel and a number or a volume.',
  'The factor.',
)
