import { anisotropicDiffusion, diffusionParams } from '../pipeline/anisotropic-diffusion.ts'
import { defineFilter } from '../pipeline/define-filter.ts'
import { asRealOrAsked } from '../pipeline/info.ts'

/** Smoothing that stops at edges and keeps their contrast and fine detail better than diffusion of gray values: level sets move by their modified curvature, as far as the slope there allows. */
export const curvatureAnisotropicDiffusion = defineFilter({
  name: 'curvatureAnisotropicDiffusion',
  summary:
    'Diffusion that spares edges by the modified curvature of level sets (Whitaker and Xue), in explicit steps.',
  params: diffusionParams,
  output: asRealOrAsked,
  regional: (input, options) =>
    anisotropicDiffusion('curvatureAnisotropicDiffusion', 'curvature', input, options),
})
