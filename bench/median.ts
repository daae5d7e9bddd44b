import { median as filter } from 'voxline'
import type { Question } from './question.ts'
import type { Contest } from './support/contest.ts'
import { contestSection } from './support/contest-table.ts'
import { filtered } from './support/our-side.ts'

const contest = (radius: number, input: 'int16' | 'float32' | 'uint8', slices?: number): Contest => ({
  title: `median ${2 * radius + 1}³, ${input}`,
  input,
  ours: filtered(filter({ radius })),
  peer: { operation: 'median', radius },
  agreement: 'exact',
  unlike: { VTK: { because: 'windows are cut off at the faces', margin: radius } },
  ...(slices !== undefined && { slices }),
  goal: 300,
})

const contests = [
  contest(1, 'int16'),
  contest(1, 'float32'),
  contest(1, 'uint8', 64),
  contest(2, 'int16', 32),
  contest(2, 'float32', 32),
]

export const median: Question = {
  name: 'median',
  title: 'Median',
  ask: (options) =>
    contestSection(
      'Median of 3³ and 5³ voxels. Peers take seconds: of them these are two runs.',
      contests,
      options,
    ),
}
