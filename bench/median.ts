import { median as medianFilter } from '../ts/index.ts'
import type { Question } from './question.ts'
import { contestSection } from './support/contest-table.ts'

const contests = [1, 2].flatMap((radius) =>
  (['int16', 'float32', 'uint8'] as const).map((dtype) => ({
    title: `median r=${radius}, ${dtype}`,
    dtype,
    steps: [medianFilter({ radius })],
    peer: { operation: 'median', radius },
    agreement: 'exact' as const,
    bar: 200,
  })),
)

export const median: Question = {
  name: 'median',
  title: 'Median',
  ask: (options) => contestSection('Median of 3³ and 5³ voxels.', contests, options),
}
