import { operationFilter } from './arithmetic.ts'

/** x + operand, rounded once to the real type. */
export const add = operationFilter('add', 'Sum of every voxel and a number or a volume.', 'What is added.')
