import { anisotropicDiffusion, diffusionParams } from '../pipeline/anisotropic-diffusion.ts'
import { defineFilter } from '../pipeline/define-filter.ts'
import { asRealOrAsked } from '../pipeline/info.ts'

/** Smoothing that stops at edges: diffusion whose flux falls with the slope, relative to the mean slope of the volume. */
export const gradientAnisotropicDiffusion = defineFilter({
  name: 'gradientAnisotropicDiffusion',
  summary: 'Diffusion that spares edges (Perona and Malik), in explicit steps.',
  params: diffusionParams,
  output: asRealOrAsked,
  regional: (input, options) =>
    anisotropicDiffusion('gradientAnisotropicDiffusion', 'gradient', input, options),
})
