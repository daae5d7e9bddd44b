import { operationFilter } from './arithmetic.ts'

/** x − operand, rounded once to the real type. */
export const subtract = operationFilter(
  'subtract',
  'Every voxel less a number or a volume.',
  'What is subtracted.',
)
