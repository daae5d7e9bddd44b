import { mean as filter } from '../ts/index.ts'
import type { Question } from './question.ts'
import { contestSection } from './support/contest-table.ts'

const contests = (['int16', 'float32'] as const).map((dtype) => ({
  title: `mean r=2, ${dtype} → float32`,
  dtype,
  steps: [filter({ radius: 2 })],
  peer: { operation: 'mean', radius: 2 },
  agreement: { ofRange: 1e-6 },
  margin: 2,
}))

export const mean: Question = {
  name: 'mean',
  title: 'Mean',
  ask: (options) =>
    contestSection(
      "Mean of 5³ voxels. ITK's is BoxMean, by far its fastest; it leaves out voxels beyond the faces, so two voxels along them are not compared.",
      contests,
      options,
    ),
}
