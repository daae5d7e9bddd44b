import { cast, threshold } from '../ts/index.ts'
import type { Question } from './question.ts'
import { contestSection } from './support/contest-table.ts'

const contests = [
  {
    title: 'threshold below 150, int16',
    dtype: 'int16' as const,
    steps: [threshold({ below: 150 })],
    peer: { operation: 'threshold', below: 150 },
    agreement: 'exact' as const,
  },
  {
    title: 'cast, int16 → float32',
    dtype: 'int16' as const,
    steps: [cast({ dtype: 'float32' })],
    peer: { operation: 'cast' },
    agreement: 'exact' as const,
  },
]

export const point: Question = {
  name: 'point',
  title: 'Threshold and cast',
  ask: (options) =>
    contestSection(
      'One read and one write per voxel: memory decides, and above all its first touch.',
      contests,
      options,
    ),
}
