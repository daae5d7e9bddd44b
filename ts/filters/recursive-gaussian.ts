import { bytesOf, type DType, dtypeOfCode, realOf } from '../core/dtype.ts'
import { invalidArgument } from '../core/errors.ts'
import { sameNumbers } from '../core/shape.ts'
import { dtypeParams, unitParams } from '../pipeline/common-params.ts'
import { defineFilter } from '../pipeline/define-filter.ts'
import { asRealOrAsked, type Info } from '../pipeline/info.ts'
import { param } from '../pipeline/param.ts'
import {
  checkSigma,
  type GaussianPass,
  gaussianPasses,
  lineFilter,
  type RecursiveWork,
  recursiveStep,
  sizeOf,
} from '../pipeline/recursive-step.ts'
import { subPatch } from '../pipeline/sub-patch.ts'
import type { Region } from '../volume/region.ts'

/** Gaussian smoothing, or a derivative of it, by recursion: the time does not depend on sigma. The last axis comes first. */
export const recursiveGaussian = defineFilter({
  name: 'recursiveGaussian',
  summary: 'Gaussian smoothing or its derivatives, by recursion.',
  params: {
    sigma: param.perAxis({
      min: 0,
      default: 1,
      doc: 'Standard deviation; 0 in a list leaves an axis alone.',
    }),
    order: param.perAxis({
      integer: true,
      min: 0,
      max: 2,
      default: 0,
      doc: 'Order of the derivative; a number is that along every axis smoothed.',
    }),
    scaleNormalized: param.boolean({ default: false, doc: 'Derivatives are multiplied by sigma ^ order.' }),
    ...unitParams,
    ...dtypeParams,
  },
  check: ({ sigma }) => checkSigma('recursiveGaussian.sigma', sigma),
  output: asRealOrAsked,
  regional: (input, options) => {
    const real = realOf(input.dtype)
    const passes = gaussianPasses('recursiveGaussian', input, options, real)
    const orders = ordersOf(options.order, passes, input)
    const { dtype } = asRealOrAsked(input, options)
    const voxelBytes = bytesOf(real) * input.components
    return recursiveStep(input, passes, real, {
      scratch: (region, wide) => (isDirect(dtype, real, region, wide) ? 0 : voxelBytes * sizeOf(wide)),
      make: (work) => smooth(work, passes, orders),
    })
  },
})

function ordersOf(
  given: number | readonly number[],
  passes: readonly GaussianPass[],
  { shape }: Info,
): readonly number[] {
  if (typeof given === 'number') return passes.map(() => given)
  if (given.length > shape.length)
    throw invalidArgument('recursiveGaussian.order', `a list of at most ${shape.length} values`, given)
  const smoothed = passes.map(({ axis }) => axis)
  if (given.some((order, axis) => order > 0 && !smoothed.includes(axis)))
    throw invalidArgument('recursiveGaussian.order', '0 along axes whose sigma is 0', given)
  return smoothed.map((axis) => given[axis] ?? 0)
}

// Whether all is computed where the output lies.
function isDirect(dtype: DType, real: DType, region: Region, wide: Region): boolean {
  return dtype === real && sameNumbers(region.shape, wide.shape)
}

async function smooth(
  { region, wide, output, tools, first }: RecursiveWork,
  [, ...others]: readonly GaussianPass[],
  [order, ...otherOrders]: readonly number[],
): Promise<void> {
  const info = tools.inputs[0] as Info
  const real = realOf(info.dtype)
  const direct = isDirect(dtypeOfCode(output.view.dtype), real, region, wide)
  const work = direct ? { ...output, release: () => {} } : tools.allocate({ ...info, dtype: real }, wide)
  try {
    await first([order as number], [work])
    if (others.length > 0) await tools.callInTurn([lineFilter(others, otherOrders, [work], [work])])
    if (!direct) await tools.copy(subPatch(work, region), output)
  } finally {
    work.release()
  }
}
