import { borderParams, boxParams, dtypeParams } from '../pipeline/common-params.ts'
import { defineFilter } from '../pipeline/define-filter.ts'
import { extremeAround } from '../pipeline/extremes.ts'
import { asInputOrAsked } from '../pipeline/info.ts'

/** Greatest voxel of a box of 2 · radius + 1 voxels per axis. */
export const maximum = defineFilter({
  name: 'maximum',
  summary: 'Greatest voxel of a box of voxels.',
  params: {
    ...boxParams,
    ...borderParams,
    ...dtypeParams,
  },
  output: asInputOrAsked,
  stages: (input, options) =>
    extremeAround('greatest', input, { ...options, element: 'box' }, 'maximum.radius'),
})
