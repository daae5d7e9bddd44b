import { isInteger } from '../core/dtype.ts'
import { dtypeParams } from '../pipeline/common-params.ts'
import { defineFilter } from '../pipeline/define-filter.ts'
import { asInputOrAsked } from '../pipeline/info.ts'
import { point } from '../pipeline/stage.ts'

/** Magnitude of every voxel, exact; the least integer becomes the greatest. */
export const abs = defineFilter({
  name: 'abs',
  summary: 'Magnitude of every voxel.',
  params: dtypeParams,
  output: asInputOrAsked,
  stages: ({ dtype }) =>
    isInteger(dtype) && dtype.startsWith('uint') ? [] : [point('absolute', {}, { dtype })],
})
