import { type DType, isInteger, limitsOf } from '../core/dtype.ts'
import { invalidArgument } from '../core/errors.ts'
import { defineFilter } from '../pipeline/define-filter.ts'
import { resolveDType } from '../pipeline/info.ts'
import { param } from '../pipeline/param.ts'
import { rangeOf } from '../pipeline/reductions.ts'
import { after, type KernelStage, point } from '../pipeline/stage.ts'

/** The range a voxel's value has by default: an integer type's limits, 0 to 1 for floats. */
function usualRange(dtype: DType): readonly [low: number, high: number] {
  if (!isInteger(dtype)) return [0, 1]
  const [low, high] = limitsOf(dtype)
  return [Number(low), Number(high)]
}

// The kernel reads and rounds to these without a stage in between.
const small: readonly DType[] = ['uint8', 'uint16', 'int16']

function map(low: number, high: number, to: readonly [low: number, high: number], types: Types): KernelStage {
  const isDirect = small.includes(types.to) && (types.from === 'float32' || small.includes(types.from))
  const isRange = Number.isFinite(low) && Number.isFinite(high) && high > low
  const scale = isRange ? (to[1] - to[0]) / (high - low) : 0
  const inputMin = Number.isFinite(low) ? low : 0
  const params = { inputMin, scale, outputMin: to[0], outputMax: to[1] }
  return point('rescale', params, isDirect ? { dtype: types.from, out: types.to } : {})
}

interface Types {
  readonly from: DType
  readonly to: DType
}

/**
 * Linear map of the volume's range (NaN and infinities apart), or of [inputMin, inputMax], to [min, max].
 *
 * A volume whose voxels are all equal becomes `min`.
 */
export const rescaleIntensity = defineFilter({
  name: 'rescaleIntensity',
  summary: 'Linear map of the intensities to a given range.',
  params: {
    min: param.optional(
      param.number({
        doc: 'Least value of the output; by default the least of its element type, 0 for floats.',
      }),
    ),
    max: param.optional(
      param.number({
        doc: 'Greatest value of the output; by default the greatest of its element type, 1 for floats.',
      }),
    ),
    dtype: param.dtype({ default: 'same', doc: "Element type of the output; 'same' for that of the input." }),
    inputMin: param.optional(param.number({ doc: 'Value that becomes min; by default the least voxel.' })),
    inputMax: param.optional(param.number({ doc: 'Value that becomes max; by default the greatest voxel.' })),
  },
  check: ({ min, max, inputMin, inputMax }) => {
    if (min !== undefined && max !== undefined && min > max)
      throw invalidArgument('rescaleIntensity.max', `at least min (${min})`, max)
    if (inputMin !== undefined && inputMax !== undefined && inputMin > inputMax)
      throw invalidArgument('rescaleIntensity.inputMax', `at least inputMin (${inputMin})`, inputMax)
  },
  output: (input, { dtype }) => ({ ...input, dtype: resolveDType(dtype, input.dtype) }),
  stages: (input, { min, max, dtype, inputMin, inputMax }) => {
    const types = { from: input.dtype, to: resolveDType(dtype, input.dtype) }
    const usual = usualRange(types.to)
    const to = [min ?? usual[0], max ?? usual[1]] as const
    if (inputMin !== undefined && inputMax !== undefined) return [map(inputMin, inputMax, to, types)]
    return [
      after([rangeOf(input.dtype)], (range) => [
        map(inputMin ?? Number(range.min), inputMax ?? Number(range.max), to, types),
      ]),
    ]
  },
})
