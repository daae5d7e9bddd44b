import { type DType, realOf } from '../core/dtype.ts'
import { invalidArgument } from '../core/errors.ts'
import { dtypeParams } from '../pipeline/common-params.ts'
import { defineFilter } from '../pipeline/define-filter.ts'
import { withoutAxis } from '../pipeline/drop-axis.ts'
import { type Info, resolveDType } from '../pipeline/info.ts'
import { sampledInfo } from '../pipeline/moved-info.ts'
import { param } from '../pipeline/param.ts'
import type { Patch, RegionalTools } from '../pipeline/regional.ts'
import { inType, typedBytes } from '../pipeline/typed-work.ts'

const methods = ['maximum', 'minimum', 'mean', 'sum', 'median'] as const

interface Options {
  readonly axis: number
  readonly method: (typeof methods)[number]
  readonly keepAxis: boolean
  readonly dtype: DType | 'same' | undefined
}

function outputOf(input: Info, { axis, method, keepAxis, dtype }: Options): Info {
  const rank = input.shape.length
  if (axis >= rank) throw invalidArgument('projection.axis', `an integer in [0, ${rank - 1}]`, axis)
  if (!keepAxis && rank === 1)
    throw invalidArgument('projection.keepAxis', 'true for a volume of one axis', keepAxis)
  const length = input.shape[axis] as number
  const along = (value: number, otherwise: number) =>
    input.shape.map((_, a) => (a === axis ? value : otherwise))
  const starts = along((length - 1) / 2, 0)
  const shape = input.shape.map((n, a) => (a === axis ? 1 : n))
  const kept = sampledInfo(input, { starts, steps: along(length, 1) }, shape)
  const own = {
    maximum: input.dtype,
    minimum: input.dtype,
    median: input.dtype,
    sum: 'float64',
    mean: realOf(input.dtype),
  } as const
  const made = dtype === undefined ? own[method] : resolveDType(dtype, input.dtype)
  return { ...(keepAxis ? kept : withoutAxis(kept, axis)), dtype: made }
}

// The output with the axis that was dropped, of length 1.
function withAxis({ view, start, extent }: Patch, axis: number): Patch {
  const shape = view.shape.toSpliced(axis, 0, 1)
  const strides = view.strides.toSpliced(axis, 0, 0)
  return {
    view: { ...view, shape, strides },
    start: start.toSpliced(axis, 0, 0),
    extent: extent.toSpliced(axis, 0, 1),
  }
}

interface Projected extends Options {
  readonly length: number
}

async function project(
  tools: RegionalTools,
  voxels: Patch,
  target: Patch,
  { axis, method, length }: Projected,
): Promise<void> {
  const views = { inputs: [voxels], outputs: [target], axis }
  if (method === 'sum' || method === 'mean')
    return await tools.call('project_sum_region', { divisor: method === 'mean' ? length : 1 }, views)
  const code = { maximum: 0, minimum: 1, median: 2 }[method]
  await tools.call('project_order_region', { method: code }, views)
}

/**
 * All voxels along an axis become one: the greatest, least or middle one (the lower of two), their sum or mean. It lies at the middle of
 * theirs and is as long as all of them.
 */
export const projection = defineFilter({
  name: 'projection',
  summary: 'All voxels along an axis become one.',
  params: {
    axis: param.int({ min: 0, max: 7, doc: 'The axis to project along.' }),
    method: param.choice(methods, { default: 'maximum', doc: 'What the voxels become.' }),
    keepAxis: param.boolean({ default: true, doc: 'Whether the axis stays, with length 1, or is dropped.' }),
    ...dtypeParams,
  },
  output: outputOf,
  regional: (input, options) => {
    const { axis, method, keepAxis } = options
    const output = outputOf(input, options)
    const length = input.shape[axis] as number
    const isSum = method === 'sum' || method === 'mean'
    const isWide = input.dtype === 'int64' || input.dtype === 'uint64'
    const made = isSum ? 'float64' : input.dtype
    return {
      dtypes: [isSum && isWide ? 'float64' : input.dtype],
      needs: ({ start, shape }) => {
        const whole = (list: readonly number[], value: number) =>
          list.toSpliced(axis, keepAxis ? 1 : 0, value)
        return [{ start: whole(start, 0), shape: whole(shape, length) }]
      },
      scratch: (region) => typedBytes(output, made, region),
      generate: async (work) => {
        const voxels = work.inputs[0] as Patch
        await inType(work, made, output, (target) =>
          project(work.tools, voxels, keepAxis ? target : withAxis(target, axis), { ...options, length }),
        )
      },
    }
  },
})
