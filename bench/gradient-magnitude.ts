import { gradientMagnitude as filter } from '../ts/index.ts'
import type { Question } from './question.ts'
import { contestSection } from './support/contest-table.ts'

const contests = (['int16', 'float32'] as const).map((dtype) => ({
  title: `gradientMagnitude, ${dtype} → float32`,
  dtype,
  steps: [filter()],
  peer: { operation: 'gradientMagnitude' },
  agreement: { ofRange: 1e-6 },
  bar: 30,
}))

export const gradientMagnitude: Question = {
  name: 'gradient-magnitude',
  title: 'Gradient magnitude',
  ask: (options) => contestSection('Length of the gradient by central differences.', contests, options),
}
