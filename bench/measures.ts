import {
  type Histogram,
  histogram,
  type MinimumMaximum,
  minimumMaximum,
  type OtsuThreshold,
  otsuThreshold,
  type Statistics,
  statistics,
} from 'voxline'
import type { Question } from './question.ts'
import type { Contest } from './support/contest.ts'
import { contestSection } from './support/contest-table.ts'
import { measured } from './support/our-side.ts'

// Bins of the test volume's range are about eight levels wide.
const oneBin = 8

const contests: readonly Contest[] = [
  {
    title: 'minimum and maximum, int16',
    input: 'int16',
    ours: measured<MinimumMaximum>(minimumMaximum(), ({ min, max }) => [Number(min), Number(max)]),
    peer: { operation: 'range' },
    agreement: 'exact',
    goal: 1,
  },
  {
    title: 'minimum, maximum, mean and sigma, int16',
    input: 'int16',
    ours: measured<Statistics>(statistics(), ({ min, max, mean, sigma }) => [
      Number(min),
      Number(max),
      mean,
      sigma,
    ]),
    peer: { operation: 'statistics' },
    agreement: { ofRange: 1e-6 },
    goal: 5,
  },
  {
    title: 'histogram of 256 bins, int16',
    input: 'int16',
    ours: measured<Histogram>(histogram({ bins: 256 }), ({ counts }) => counts),
    peer: { operation: 'histogram', bins: 256 },
    agreement: 'exact',
    unlike: {
      VTK: {
        because: 'its bins are half open: the greatest voxel is left out',
        agreement: { levels: 0, except: 0.004 },
      },
    },
    goal: 3,
  },
  {
    title: 'Otsu threshold, int16',
    input: 'int16',
    ours: measured<OtsuThreshold>(otsuThreshold(), ({ value }) => [value]),
    peer: { operation: 'otsu', bins: 256 },
    agreement: { levels: 1 },
    unlike: {
      'scikit-image': { because: "a bin's centre, not its upper edge", agreement: { levels: oneBin } },
    },
    goal: 5,
    against: 'scikit-image',
  },
]

export const measures: Question = {
  name: 'measures',
  title: 'Measures',
  ask: (options) =>
    contestSection(
      "Numbers about the whole volume. ITK's threshold is cut to a whole number.",
      contests,
      options,
    ),
}
