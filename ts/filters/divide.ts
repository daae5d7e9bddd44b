import { operationFilter } from './arithmetic.ts'

/** x / operand, rounded once to the real type; by 0 it is ±Infinity, 0 / 0 is NaN. */
export const divide = operationFilter(
  'divide',
  'Every voxel divided by a number or a volume.',
  'The divisor; by 0 the quotient is ±Infinity, or NaN for 0 / 0.',
)
