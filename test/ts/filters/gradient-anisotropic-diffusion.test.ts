import { gradientAnisotropicDiffusion } from '../../../ts/filters/index.ts'
import { diffusionTests } from '../../support/diffusion-checks.ts'
import { suite } from '../../support/suite.ts'

const test = suite('filters/gradient-anisotropic-diffusion')

diffusionTests(test, { filter: gradientAnisotropicDiffusion, equation: 'gradient', mostFloat32: 3e-4 })

test.run()
