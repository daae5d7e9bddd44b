import { invalidArgument } from '../core/errors.ts'
import { dtypeParams } from '../pipeline/common-params.ts'
import { defineFilter } from '../pipeline/define-filter.ts'
import { type Info, resolveDType, valuesPerAxis } from '../pipeline/info.ts'
import { sampledInfo } from '../pipeline/moved-info.ts'
import { param } from '../pipeline/param.ts'
import { mapAlong } from '../pipeline/resample-map.ts'
import { resampling } from '../pipeline/resampling.ts'
import { interpolations } from '../pipeline/sampler.ts'

type PerAxis = number | readonly number[]

function samplingOf(input: Info, factor: PerAxis) {
  const factors = valuesPerAxis(factor, input, 1, 'expand.factor')
  if (factors.filter((f) => f > 1).length > 3)
    throw invalidArgument('expand.factor', 'above 1 along at most 3 axes', factor)
  return { factors, starts: factors.map((f) => (1 - f) / (2 * f)), steps: factors.map((f) => 1 / f) }
}

function outputOf(input: Info, factor: PerAxis): Info {
  const { factors, ...sampling } = samplingOf(input, factor)
  const shape = input.shape.map((length, axis) => length * (factors[axis] as number))
  return sampledInfo(input, sampling, shape)
}

/** More voxels in the same place: voxel i is read at (i + ½) / factor − ½, nearest voxels beyond the ends. */
export const expand = defineFilter({
  name: 'expand',
  summary: 'More voxels in the same place, interpolated.',
  params: {
    factor: param.perAxis({ integer: true, min: 1, default: 2, doc: 'Voxels per voxel of the input.' }),
    interpolation: param.choice(interpolations, {
      default: 'linear',
      doc: 'How values between voxels are made.',
    }),
    ...dtypeParams,
  },
  output: (input, { factor, dtype }) => ({
    ...outputOf(input, factor),
    dtype: resolveDType(dtype ?? 'same', input.dtype),
  }),
  regional: (input, { factor, interpolation, dtype }) => {
    const { factors, starts, steps } = samplingOf(input, factor)
    const output = { ...outputOf(input, factor), dtype: resolveDType(dtype ?? 'same', input.dtype) }
    const grown = factors.flatMap((f, axis) => (f > 1 ? [axis] : []))
    // Rows along axis 0 lie closest together in memory.
    const axes = grown.includes(0) || grown.length === 3 ? grown : [0, ...grown]
    return resampling(input, output, { map: mapAlong(axes, starts, steps), interpolation, outsideValue: 0 })
  },
})
