import { invalidArgument, VoxlineError } from '../core/errors.ts'
import type { Sampling } from '../geometry/sampling.ts'
import { defineFilter } from '../pipeline/define-filter.ts'
import type { Info } from '../pipeline/info.ts'
import { valuesPerAxis } from '../pipeline/info.ts'
import { movingVoxels } from '../pipeline/moved-voxels.ts'
import { sampledInfo } from '../pipeline/moved-info.ts'
import { param } from '../pipeline/param.ts'

type PerAxis = number | readonly number[]

interface Asked {
  readonly start: PerAxis
  readonly shape: PerAxis | undefined
  readonly stop: PerAxis | undefined
  readonly step: PerAxis
}

interface Kept extends Sampling {
  readonly shape: readonly number[]
}

function keptOf(input: Info, { start, shape, stop, step }: Asked): Kept {
  const starts = valuesPerAxis(start, input, 0, 'crop.start')
  const steps = valuesPerAxis(step, input, 1, 'crop.step')
  const stops = perAxisOrNone(stop, input, 'crop.stop')
  const lengths = perAxisOrNone(shape, input, 'crop.shape')
  const kept = input.shape.map((length, axis) => {
    const [first, pace] = [starts[axis] as number, steps[axis] as number]
    const count = lengths[axis] ?? Math.ceil(((stops[axis] ?? length) - first) / pace)
    const last = first + pace * (count - 1)
    if (first < 0 || count < 1 || last >= length || (stops[axis] ?? 0) > length)
      throw outside(input.shape, axis, first, stops[axis] ?? last + 1)
    return count
  })
  return { starts, steps, shape: kept }
}

// A number stands for the spatial axes; axes that are not named have no value.
function perAxisOrNone(
  given: PerAxis | undefined,
  input: Info,
  argument: string,
): readonly (number | undefined)[] {
  if (given === undefined) return []
  const values = valuesPerAxis(given, input, Number.NaN, argument)
  return values.map((value) => (Number.isNaN(value) ? undefined : value))
}

function outside(extent: readonly number[], axis: number, first: number, end: number): VoxlineError {
  const message = `crop must keep voxels inside [${extent}], received ${first} up to but not ${end} on axis ${axis}`
  return new VoxlineError('OutOfBounds', message, { argument: 'crop', axis, extent, start: first, stop: end })
}

/** The voxels start + k · step, up to `stop` (not itself kept) or `shape` of them; none moves in the world. */
export const crop = defineFilter({
  name: 'crop',
  summary: 'Part of a volume, or every so many voxels of it.',
  params: {
    start: param.perAxis({ integer: true, default: 0, doc: 'The first voxel kept.' }),
    shape: param.optional(
      param.perAxis({ integer: true, min: 1, doc: 'Voxels kept; by default as many as there are.' }),
    ),
    stop: param.optional(
      param.perAxis({ integer: true, doc: 'The index where the part ends, itself not kept; instead of shape.' }),
    ),
    step: param.perAxis({ integer: true, min: 1, default: 1, doc: 'Every so many voxels are kept.' }),
  },
  check: ({ shape, stop }) => {
    if (shape !== undefined && stop !== undefined)
      throw invalidArgument('crop.stop', 'absent when shape is given', stop)
  },
  metadata: 'moved',
  output: (input, options) => {
    const kept = keptOf(input, options)
    return sampledInfo(input, kept, kept.shape)
  },
  regional: (input, options) => {
    const { starts, steps } = keptOf(input, options)
    return movingVoxels({ axes: input.shape.map((_, axis) => axis), starts, steps })
  },
})
