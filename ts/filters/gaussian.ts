import { invalidArgument } from '../core/errors.ts'
import { borderParams, dtypeParams, unitParams } from '../pipeline/common-params.ts'
import { defineFilter } from '../pipeline/define-filter.ts'
import { discreteGaussian, sampledGaussian } from '../pipeline/gaussian-weights.ts'
import { asRealOrAsked, valuesPerAxis } from '../pipeline/info.ts'
import { param } from '../pipeline/param.ts'
import { sweep } from '../pipeline/stage.ts'

/** Gaussian smoothing with finite weights, one axis after another, the last axis first. */
export const gaussian = defineFilter({
  name: 'gaussian',
  summary: 'Gaussian smoothing with finite weights.',
  params: {
    sigma: param.perAxis({ min: 0, default: 1, doc: 'Standard deviation; 0 leaves an axis alone.' }),
    maximumError: param.number({
      min: 0,
      max: 1,
      exclusive: true,
      default: 0.01,
      doc: 'Weight that discrete weights may cut off.',
    }),
    maximumRadius: param.int({
      min: 1,
      max: 100_000,
      default: 32,
      doc: 'Greatest radius of discrete weights, in voxels.',
    }),
    weights: param.choice(['discrete', 'sampled'], {
      default: 'discrete',
      doc: 'The discrete analogue of the Gaussian, or its samples.',
    }),
    truncate: param.number({ min: 0, default: 4, doc: 'Radius of sampled weights, in standard deviations.' }),
    ...unitParams,
    ...borderParams,
    ...dtypeParams,
  },
  output: asRealOrAsked,
  stages: (input, { sigma, maximumError, maximumRadius, weights, truncate, units, border, borderValue }) => {
    const sigmas = valuesPerAxis(sigma, input, 0, 'gaussian.sigma')
    const inVoxels = sigmas.map((s, axis) =>
      units === 'mm' ? s / (input.geometry.spacing[axis] as number) : s,
    )
    return inVoxels
      .map((s, axis) => {
        if (s > 100_000) throw invalidArgument('gaussian.sigma', 'at most 100000 voxels', s)
        if (s === 0) return []
        const line =
          weights === 'discrete'
            ? discreteGaussian(s * s, maximumError, maximumRadius)
            : sampledGaussian(s, truncate)
        return [sweep('fir_line', { weights: line }, { axis, border, borderValue })]
      })
      .reverse()
      .flat()
  },
})
