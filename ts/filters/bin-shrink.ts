import { invalidArgument } from '../core/errors.ts'
import { dtypeParams } from '../pipeline/common-params.ts'
import { defineFilter } from '../pipeline/define-filter.ts'
import { type Info, resolveDType, valuesPerAxis } from '../pipeline/info.ts'
import { sampledInfo } from '../pipeline/moved-info.ts'
import { param } from '../pipeline/param.ts'
import type { Patch } from '../pipeline/regional.ts'
import { inType, typedBytes, workTypes } from '../pipeline/typed-work.ts'

const built = ['uint8', 'int8', 'uint16', 'int16', 'float32', 'float64'] as const

type PerAxis = number | readonly number[]

function factorsOf(input: Info, factor: PerAxis): readonly number[] {
  return valuesPerAxis(factor, input, 1, 'binShrink.factor')
}

function outputOf(input: Info, factor: PerAxis): Info {
  const steps = factorsOf(input, factor)
  const shape = input.shape.map((length, axis) => {
    const bins = Math.floor(length / (steps[axis] as number))
    if (bins > 0) return bins
    throw invalidArgument(
      `binShrink.factor[${axis}]`,
      `at most the ${length} voxels of the axis`,
      steps[axis],
    )
  })
  return sampledInfo(input, { starts: steps.map((f) => (f - 1) / 2), steps }, shape)
}

/** Mean of bins of voxels, from voxel 0 on; voxels that fill no bin at the end are left out. */
export const binShrink = defineFilter({
  name: 'binShrink',
  summary: 'Means of bins of voxels make a smaller volume.',
  params: {
    factor: param.perAxis({ integer: true, min: 1, default: 2, doc: 'Voxels of the input per bin.' }),
    ...dtypeParams,
  },
  output: (input, { factor, dtype }) => ({
    ...outputOf(input, factor),
    dtype: resolveDType(dtype ?? 'same', input.dtype),
  }),
  regional: (input, { factor, dtype }) => {
    const output = { ...outputOf(input, factor), dtype: resolveDType(dtype ?? 'same', input.dtype) }
    const factors = factorsOf(input, factor)
    const isFloat32 =
      output.dtype === 'float32' && ['float32', 'uint8', 'int8', 'uint16', 'int16'].includes(input.dtype)
    const { read, made } = workTypes(input.dtype, output.dtype, built, isFloat32 ? 'float32' : 'float64')
    const factorOf = (axis: number) => factors[axis] ?? 1
    return {
      dtypes: [read],
      needs: ({ start, shape }) => [
        {
          start: start.map((first, axis) => first * factorOf(axis)),
          shape: shape.map((length, axis) => length * factorOf(axis)),
        },
      ],
      scratch: (region) => typedBytes(output, made, region),
      generate: async (work) => {
        const { inputs, tools } = work
        const views = { inputs: [inputs[0] as Patch] }
        const factor = work.output.view.shape.map((_, axis) => factorOf(axis))
        await inType(work, made, output, async (target) =>
          tools.call('bin_shrink_region', { factor }, { ...views, outputs: [target] }),
        )
      },
    }
  },
})
