import { invalidArgument } from '../core/errors.ts'
import type { Sampling } from '../geometry/sampling.ts'
import { defineFilter } from '../pipeline/define-filter.ts'
import { type Info, valuesPerAxis } from '../pipeline/info.ts'
import { movingVoxels } from '../pipeline/moved-voxels.ts'
import { sampledInfo } from '../pipeline/moved-info.ts'
import { type Param, param } from '../pipeline/param.ts'

type First = 'center' | number | readonly number[]

const voxels = param.perAxis({ integer: true, min: 0, default: 0, doc: '' })

const firstParam: Param<First, 'default'> = {
  ...voxels,
  default: 'center',
  doc: "The first voxel taken; 'center' is the middle one of those it can be.",
  expected: `'center', ${voxels.expected}`,
  check: (value) => value === 'center' || voxels.check(value),
  parse: (text) => (text === 'center' ? text : voxels.parse(text)),
  format: (value) => (value === 'center' ? value : voxels.format(value)),
}

interface Options {
  readonly factor: number | readonly number[]
  readonly first: First
}

interface Taken extends Sampling {
  readonly shape: readonly number[]
}

function takenOf(input: Info, { factor, first }: Options): Taken {
  const steps = valuesPerAxis(factor, input, 1, 'shrink.factor')
  const shape = input.shape.map((length, axis) => Math.max(1, Math.floor(length / (steps[axis] as number))))
  const rests = input.shape.map((n, axis) => n - (steps[axis] as number) * ((shape[axis] as number) - 1))
  if (first === 'center') return { starts: rests.map((rest) => Math.floor(rest / 2)), steps, shape }
  const starts = valuesPerAxis(first, input, 0, 'shrink.first')
  starts.forEach((start, axis) => {
    const rest = rests[axis] as number
    if (start >= rest)
      throw invalidArgument(`shrink.first[${axis}]`, `an integer in [0, ${rest - 1}]`, start)
  })
  return { starts, steps, shape }
}

/** Every so many voxels: voxel i is input voxel factor · i + first, and stays where that one is in the world. */
export const shrink = defineFilter({
  name: 'shrink',
  summary: 'Takes every so many voxels, without smoothing.',
  params: {
    factor: param.perAxis({ integer: true, min: 1, default: 2, doc: 'Voxels of the input per voxel.' }),
    first: firstParam,
  },
  metadata: 'moved',
  output: (input, options) => {
    const taken = takenOf(input, options)
    return sampledInfo(input, taken, taken.shape)
  },
  regional: (input, options) => {
    const { starts, steps } = takenOf(input, options)
    return movingVoxels({ axes: input.shape.map((_, axis) => axis), starts, steps })
  },
})
