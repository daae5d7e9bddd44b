import { borderParams, unitParams } from '../pipeline/common-params.ts'
import { defineFilter } from '../pipeline/define-filter.ts'
import { resolveDType } from '../pipeline/info.ts'
import { param } from '../pipeline/param.ts'
import { gradientMagnitude } from './gradient-magnitude.ts'
import { rescaleIntensity } from './rescale-intensity.ts'
import { threshold } from './threshold.ts'

/** Strong edges: gradient magnitude, weak gradients set to 0, the rest stretched over the range of the output. */
export const edgeMap = defineFilter({
  name: 'edgeMap',
  summary: 'Strong edges: gradient magnitude, threshold, rescale.',
  params: {
    below: param.number({
      min: 0,
      default: 1,
      doc: 'Gradients below this become 0; per millimetre, or per voxel.',
    }),
    min: param.optional(
      param.number({
        doc: 'Least value of the output; by default the least of its element type, 0 for floats.',
      }),
    ),
    max: param.optional(
      param.number({
        doc: 'Greatest value of the output; by default the greatest of its element type, 1 for floats.',
      }),
    ),
    dtype: param.dtype({
      default: 'uint8',
      doc: "Element type of the output; 'same' for that of the input.",
    }),
    ...unitParams,
    ...borderParams,
  },
  stages: (input, { below, min, max, dtype, units, border, borderValue }) => [
    gradientMagnitude({ units, border, borderValue }),
    threshold({ below }),
    rescaleIntensity({ min, max, dtype: resolveDType(dtype, input.dtype) }),
  ],
})
