import { rescaleIntensity } from '../ts/index.ts'
import type { Question } from './question.ts'
import { contestSection } from './support/contest-table.ts'

const contests = (['int16', 'float32'] as const).map((dtype) => ({
  title: `rescaleIntensity, ${dtype} → uint8`,
  dtype,
  steps: [rescaleIntensity({ min: 0, max: 255, dtype: 'uint8' as const })],
  peer: { operation: 'rescaleIntensity' },
  agreement: { levels: 1 },
}))

export const rescale: Question = {
  name: 'rescale',
  title: 'Rescale to 0…255',
  ask: (options) =>
    contestSection(
      'Two reads of the source: its range, then the map. ITK truncates where we round.',
      contests,
      options,
    ),
}
