import {
  curvatureAnisotropicDiffusion,
  gaussian,
  gradientAnisotropicDiffusion,
  gradientMagnitudeRecursiveGaussian,
  mean,
  recursiveGaussian,
} from 'voxline'
import type { Question } from './question.ts'
import type { Contest } from './support/contest.ts'
import { contestSection } from './support/contest-table.ts'
import { filtered } from './support/our-side.ts'

const means = (['int16', 'float32'] as const).map(
  (input): Contest => ({
    title: `mean 5³, ${input} → float32`,
    input,
    ours: filtered(mean({ radius: 2 })),
    peer: { operation: 'mean', radius: 2 },
    agreement: { ofRange: 1e-6 },
    margin: 2,
    ...(input === 'int16' && { goal: 2.5 }),
  }),
)

const contests: readonly Contest[] = [
  ...means,
  {
    title: 'Gaussian σ = 2, 17 samples, int16 → float32',
    input: 'int16',
    ours: filtered(gaussian({ sigma: 2, weights: 'sampled', truncate: 4 })),
    peer: { operation: 'gaussian', sigma: 2, truncate: 4 },
    agreement: { ofRange: 1e-6 },
    unlike: { vigra: { because: 'mirrored border, 13 samples', agreement: { ofRange: 3e-3 }, margin: 8 } },
    goal: 1.5,
  },
  {
    title: 'discrete Gaussian σ = 2, int16 → float32',
    input: 'int16',
    ours: filtered(gaussian({ sigma: 2 })),
    peer: { operation: 'discreteGaussian', sigma: 2 },
    agreement: { ofRange: 1e-5 },
  },
  {
    title: 'recursive Gaussian σ = 2, int16 → float32',
    input: 'int16',
    ours: filtered(recursiveGaussian({ sigma: 2 })),
    peer: { operation: 'recursiveGaussian', sigma: 2 },
    agreement: { ofRange: 1e-5 },
    goal: 20,
    against: 'ITK',
  },
  {
    title: 'gradient magnitude of recursive Gaussian σ = 2, int16 → float32',
    input: 'int16',
    ours: filtered(gradientMagnitudeRecursiveGaussian({ sigma: 2 })),
    peer: { operation: 'gradientMagnitudeRecursiveGaussian', sigma: 2 },
    agreement: { ofRange: 1e-4 },
    goal: 20,
    against: 'ITK',
  },
  {
    title: 'gradient anisotropic diffusion, 5 iterations, float32',
    input: 'float32',
    slices: 128,
    ours: filtered(gradientAnisotropicDiffusion({ iterations: 5, timeStep: 0.0625, conductance: 1 })),
    peer: { operation: 'diffusion', iterations: 5, timeStep: 0.0625, conductance: 1 },
    agreement: { ofRange: 1e-4 },
    unlike: {
      VTK: {
        because: 'another conduction: all or nothing, by a threshold on the difference',
        agreement: { ofRange: 0, except: 1 },
      },
    },
    goal: 20,
  },
  {
    title: 'curvature anisotropic diffusion, 5 iterations, float32',
    input: 'float32',
    slices: 128,
    ours: filtered(curvatureAnisotropicDiffusion({ iterations: 5, timeStep: 0.0625, conductance: 3 })),
    peer: { operation: 'curvatureDiffusion', iterations: 5, timeStep: 0.0625, conductance: 3 },
    agreement: { ofRange: 1e-4 },
    goal: 20,
  },
]

export const smoothing: Question = {
  name: 'smoothing',
  title: 'Smoothing',
  ask: (options) =>
    contestSection(
      "ITK's mean is BoxMean, by far its fastest; it leaves out voxels beyond the faces. The recursive Gaussians are ITK's classes of these names.",
      contests,
      options,
    ),
}
