import { add, cast, rescaleIntensity, threshold } from 'voxline'
import type { Question } from './question.ts'
import type { Contest } from './support/contest.ts'
import { contestSection } from './support/contest-table.ts'
import { filtered } from './support/our-side.ts'

const contests: readonly Contest[] = [
  {
    title: 'threshold below 150, int16',
    input: 'int16',
    ours: filtered(threshold({ below: 150 })),
    peer: { operation: 'threshold', below: 150 },
    agreement: 'exact',
    goal: 1.5,
  },
  {
    title: 'add 7, int16',
    input: 'int16',
    ours: filtered(add(7, { dtype: 'same' })),
    peer: { operation: 'add', operand: 7 },
    agreement: 'exact',
    goal: 1.2,
  },
  {
    title: 'cast, int16 → float32',
    input: 'int16',
    ours: filtered(cast({ dtype: 'float32' })),
    peer: { operation: 'cast' },
    agreement: 'exact',
    goal: 1.2,
  },
  ...(['int16', 'float32'] as const).map((input) => ({
    title: `rescale to 0…255, ${input} → uint8`,
    input,
    ours: filtered(rescaleIntensity({ min: 0, max: 255, dtype: 'uint8' })),
    peer: { operation: 'rescale' },
    agreement: { levels: 1 },
    ...(input === 'int16' && { goal: 1.5 }),
  })),
]

export const point: Question = {
  name: 'point',
  title: 'Point operations',
  ask: (options) =>
    contestSection(
      'One read and one write per voxel: memory decides, and above all its first touch. Rescaling reads twice: the range, then the map; ITK truncates where we round.',
      contests,
      options,
    ),
}
