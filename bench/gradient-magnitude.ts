import { gradientMagnitude as filter } from 'voxline'
import type { Question } from './question.ts'
import { contestSection } from './support/contest-table.ts'
import { filtered } from './support/our-side.ts'

const contests = (['int16', 'float32'] as const).map((input) => ({
  title: `gradient magnitude, ${input} → float32`,
  input,
  ours: filtered(filter()),
  peer: { operation: 'gradientMagnitude' },
  agreement: { ofRange: 1e-6 },
  goal: 4,
}))

export const gradientMagnitude: Question = {
  name: 'gradient-magnitude',
  title: 'Gradient magnitude',
  ask: (options) => contestSection('Length of the gradient by central differences.', contests, options),
}
