import { dtypeParams } from '../pipeline/common-params.ts'
import { defineFilter } from '../pipeline/define-filter.ts'
import { asRealOrAsked } from '../pipeline/info.ts'
import { param } from '../pipeline/param.ts'
import { point } from '../pipeline/stage.ts'

/** x · scale + shift, each operation rounded to the real type. */
export const linear = defineFilter({
  name: 'linear',
  summary: 'A factor and a shift for every voxel.',
  params: {
    scale: param.number({ default: 1, doc: 'The factor.' }),
    shift: param.number({ default: 0, doc: 'What is added after scaling.' }),
    ...dtypeParams,
  },
  output: asRealOrAsked,
  stages: (_, { scale, shift }) => [point('linear', { scale, shift })],
})
