import { invalidArgument } from '../core/errors.ts'
import { dtypeParams } from '../pipeline/common-params.ts'
import { defineFilter } from '../pipeline/define-filter.ts'
import { asRealOrAsked } from '../pipeline/info.ts'
import { param } from '../pipeline/param.ts'
import { point } from '../pipeline/stage.ts'

/** (max − min) / (1 + exp(−(x − beta) / alpha)) + min, the quotient within 2 ulp. */
export const sigmoid = defineFilter({
  name: 'sigmoid',
  summary: 'A smooth step between two values.',
  params: {
    alpha: param.number({ default: 1, doc: 'Width of the step; negative ones fall. Not 0.' }),
    beta: param.number({ default: 0, doc: 'The voxel value in the middle of the step.' }),
    min: param.number({ default: 0, doc: 'Value far below the step.' }),
    max: param.number({ default: 1, doc: 'Value far above the step.' }),
    ...dtypeParams,
  },
  check: ({ alpha }) => {
    if (alpha === 0) throw invalidArgument('sigmoid.alpha', 'a finite number other than 0', alpha)
  },
  output: asRealOrAsked,
  stages: (_, { alpha, beta, min, max }) => [
    point('sigmoid', { alpha, beta, outputMin: min, outputMax: max }),
  ],
})
