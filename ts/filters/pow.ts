import { point } from '../pipeline/stage.ts'
import { arithmeticFilter } from './arithmetic.ts'

/** x to the power of the operand, within 2 ulp, with the special cases of C's `pow`: x^0 and 1^y are 1, also for NaN. */
export const pow = arithmeticFilter({
  name: 'pow',
  summary: 'Every voxel to the power of a number or of a volume.',
  doc: 'The exponent.',
  stage: (exponent, options) => point('power', { exponent }, options),
})
