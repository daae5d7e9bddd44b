import { gaussian as filter } from '../ts/index.ts'
import type { Question } from './question.ts'
import { contestSection } from './support/contest-table.ts'

const contests = (['int16', 'float32'] as const).map((dtype) => ({
  title: `gaussian σ=2, ${dtype} → float32`,
  dtype,
  steps: [filter({ sigma: 2, maximumError: 0.01, maximumRadius: 32 })],
  peer: { operation: 'gaussian', sigma: 2 },
  agreement: { ofRange: 1e-5 },
}))

export const gaussian: Question = {
  name: 'gaussian',
  title: 'Gaussian',
  ask: (options) =>
    contestSection("Finite weights of the discrete Gaussian (ITK's DiscreteGaussian).", contests, options),
}
