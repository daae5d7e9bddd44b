import { type AnyStep, binShrink, flip, permute, resample, shrink } from 'voxline'
import { type Affine, multiply } from '../ts/geometry/affine.ts'
import type { Question } from './question.ts'
import type { Contest } from './support/contest.ts'
import { contestSection } from './support/contest-table.ts'
import { filtered, type OurWay } from './support/our-side.ts'

const degrees = Math.PI / 180

// A rotation by an angle in the plane of two axes.
function turn(from: number, to: number, angle: number): Affine {
  const [c, s] = [Math.cos(angle * degrees), Math.sin(angle * degrees)]
  const entry = (row: number, column: number) => {
    if (row === column) return row === from || row === to ? c : 1
    if (row === from && column === to) return -s
    return row === to && column === from ? s : 0
  }
  return [0, 1, 2, 3].map((row) => [0, 1, 2, 3].map((column) => entry(row, column)))
}

const shifted = (by: readonly number[]): Affine =>
  [0, 1, 2, 3].map((row) =>
    [0, 1, 2, 3].map((column) => (column === 3 ? (by[row] ?? 1) : Number(row === column))),
  )

// About the middle of the volume: output point to input point.
function rotated(rotation: Affine): OurWay {
  return (input, choice) => {
    const middle = input.shape.map((length) => (length - 1) / 2)
    const transform = multiply(multiply(shifted(middle), rotation), shifted(middle.map((at) => -at)))
    return filtered(resample({ transform }))(input, choice)
  }
}

function resampled(title: string, operation: string, rotation: Affine, goal: number): Contest {
  const entries = [0, 1, 2].flatMap((i) =>
    [0, 1, 2].map((k) => [`m${i}${k}`, rotation[i]?.[k] as number] as const),
  )
  const border = 'another rule for the half voxel around the volume'
  return {
    title,
    input: 'int16',
    ours: rotated(rotation),
    peer: { operation, ...Object.fromEntries(entries) },
    agreement: { levels: 1, except: 1e-4 },
    unlike: {
      OpenCV: {
        because: 'coordinates in 32nds of a voxel, zeros beyond the outermost centres',
        agreement: { levels: 20, except: 0.02 },
      },
      SciPy: { because: border, agreement: { levels: 1, except: 0.02 } },
      VTK: { because: border, agreement: { levels: 1, except: 0.02 } },
    },
    goal,
  }
}

const moved = (title: string, operation: string, step: AnyStep, goal: number): Contest => ({
  title,
  input: 'int16',
  ours: filtered(step),
  peer: { operation },
  agreement: 'exact',
  goal,
})

const aboutZ = turn(0, 1, 10)

const contests: readonly Contest[] = [
  resampled('resample, rotation about z by 10°, linear', 'rotationZ', aboutZ, 1),
  resampled(
    'resample, rotation about x and z by 10°, linear',
    'rotation',
    multiply(aboutZ, turn(1, 2, 10)),
    2.5,
  ),
  moved('shrink by 2', 'shrink', shrink({ factor: 2 }), 1),
  {
    title: 'bin shrink by 2',
    input: 'int16',
    ours: filtered(binShrink({ factor: 2 })),
    peer: { operation: 'binShrink' },
    agreement: { levels: 1 },
    goal: 2,
  },
  moved('flip x, copied', 'flipX', flip({ axes: [0] }), 1.2),
  moved('permute to y x z, copied', 'permuteYXZ', permute({ axes: [1, 0, 2] }), 1.5),
  moved('permute to z y x, copied', 'permuteZYX', permute({ axes: [2, 1, 0] }), 5),
]

export const geometry: Question = {
  name: 'geometry',
  title: 'Geometry',
  ask: (options) =>
    contestSection(
      "int16. Flips and permutations are views that cost nothing until they are copied, as here. OpenCV's rotation goes slice by slice.",
      contests,
      options,
    ),
}
