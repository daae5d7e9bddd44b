import { connectedComponents, distanceMap } from 'voxline'
import type { Question } from './question.ts'
import type { Contest } from './support/contest.ts'
import { contestSection } from './support/contest-table.ts'
import { filtered } from './support/our-side.ts'

const contests: readonly Contest[] = [
  ...([1, 3] as const).map((connectivity) => ({
    title: `connected components, ${connectivity === 1 ? 6 : 26} neighbours`,
    input: 'mask' as const,
    ours: filtered(connectedComponents({ connectivity })),
    peer: { operation: 'components', connectivity },
    agreement: 'exact' as const,
    goal: 2,
  })),
  {
    title: 'distance map to the background',
    input: 'mask',
    ours: filtered(distanceMap({ to: 'background' })),
    peer: { operation: 'distance' },
    agreement: { ofRange: 1e-6 },
    goal: 4,
  },
  {
    title: 'signed distance map',
    input: 'mask',
    ours: filtered(distanceMap()),
    peer: { operation: 'signedDistance' },
    agreement: { ofRange: 1e-5 },
    goal: 6,
  },
]

export const labels: Question = {
  name: 'labels',
  title: 'Components and distances',
  ask: (options) =>
    contestSection('Of a mask of what is brighter than 250: blobs with ragged rims.', contests, options),
}
