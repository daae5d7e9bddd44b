import { bytesOf, codeOf, type DType, realOf } from '../core/dtype.ts'
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
import type { HeldPatch, Patch, RegionalCall, RegionalTools } from '../pipeline/regional.ts'
import { subPatch } from '../pipeline/sub-patch.ts'
import type { Region } from '../volume/region.ts'

// Bytes of one patch of a piece: slopes between the first axis and the last are there for one piece at a time.
const pieceBytes = 16 * 2 ** 20

/** Length of the gradient of a Gaussian: along each axis a derivative, along the others smoothing, by recursion. */
export const gradientMagnitudeRecursiveGaussian = defineFilter({
  name: 'gradientMagnitudeRecursiveGaussian',
  summary: 'Length of the gradient of a Gaussian, by recursion.',
  params: {
    sigma: param.perAxis({
      min: 0,
      default: 1,
      doc: 'Standard deviation; an axis that a list gives 0 takes no part.',
    }),
    scaleNormalized: param.boolean({ default: false, doc: 'Derivatives are multiplied by sigma.' }),
    ...unitParams,
    ...dtypeParams,
  },
  check: ({ sigma }) => checkSigma('gradientMagnitudeRecursiveGaussian.sigma', sigma),
  output: asRealOrAsked,
  regional: (input, options) => {
    const real = realOf(input.dtype)
    const passes = gaussianPasses('gradientMagnitudeRecursiveGaussian', input, options, real)
    const voxelBytes = bytesOf(real) * input.components
    return recursiveStep(input, passes, real, {
      scratch: (_, wide) => Math.min(2, passes.length) * voxelBytes * sizeOf(wide),
      finishing: (wide) => slopeBytes(passes, wide, voxelBytes),
      make: (work) => (passes.length === 1 ? slope(work, real) : length(work, passes, real)),
    })
  },
})

// Slopes of a piece along the axes between the first and the last.
function slopeBytes(passes: readonly GaussianPass[], wide: Region, voxelBytes: number): number {
  const [{ axis }] = passes as readonly [GaussianPass]
  const [piece] = piecesOf(wide, axis, voxelBytes) as readonly [Region]
  return Math.max(0, passes.length - 2) * voxelBytes * sizeOf(piece)
}

async function slope(work: RecursiveWork, real: DType): Promise<void> {
  const { tools, wide } = work
  const derived = tools.allocate({ ...(tools.inputs[0] as Info), dtype: real }, wide)
  try {
    await work.first([1], [derived])
    await rootOfSquares(tools, [derived], work.output, real)
  } finally {
    derived.release()
  }
}

// Smoothed along the first axis, and derived along it; then both go on piece by piece.
async function length(work: RecursiveWork, passes: readonly GaussianPass[], real: DType): Promise<void> {
  const { tools, wide, region } = work
  const of = { ...(tools.inputs[0] as Info), dtype: real }
  const held = [tools.allocate(of, wide), tools.allocate(of, wide)] as const
  try {
    await work.first([0, 1], held)
    const [{ axis }, ...others] = passes as readonly [GaussianPass, ...GaussianPass[]]
    for (const piece of piecesOf(wide, axis, bytesOf(real) * of.components)) {
      const [smoothed, derived] = [subPatch(held[0], piece), subPatch(held[1], piece)]
      const part = along(region, axis, piece)
      await inPiece(tools, others, { smoothed, derived, piece, real, output: subPatch(work.output, part) })
    }
  } finally {
    for (const patch of held) patch.release()
  }
}

interface Piece {
  readonly smoothed: Patch
  readonly derived: Patch
  readonly piece: Region
  readonly real: DType
  readonly output: Patch
}

async function inPiece(
  tools: RegionalTools,
  passes: readonly GaussianPass[],
  { smoothed, derived, piece, real, output }: Piece,
): Promise<void> {
  const of = { ...(tools.inputs[0] as Info), dtype: real }
  const orders = passes.map(() => 0)
  const slopes: HeldPatch[] = []
  const calls = [lineFilter(passes, orders, [derived], [derived])]
  try {
    for (const [k, pass] of passes.slice(0, -1).entries()) {
      const slope = tools.allocate(of, piece)
      slopes.push(slope)
      calls.push(lineFilter([pass], [0, 1], [smoothed], [smoothed, slope]))
      calls.push(lineFilter(passes.slice(k + 1), orders, [slope], [slope]))
    }
    calls.push(lineFilter(passes.slice(-1), [1], [smoothed], [smoothed]))
    await rootOfSquares(tools, [derived, ...slopes, smoothed], output, real, calls)
  } finally {
    for (const patch of slopes) patch.release()
  }
}

async function rootOfSquares(
  tools: RegionalTools,
  slopes: readonly Patch[],
  output: Patch,
  real: DType,
  before: readonly RegionalCall[] = [],
): Promise<void> {
  const region = { start: output.start, shape: output.view.shape }
  const direct = output.view.dtype === codeOf(real)
  const target = direct ? output : subPatch(slopes[0] as Patch, region)
  const views = { inputs: slopes, outputs: [target] }
  await tools.callInTurn([...before, { kernel: 'root_of_squares', params: {}, views }])
  if (!direct) await tools.copy(target, output)
}

function piecesOf(region: Region, axis: number, voxelBytes: number): readonly Region[] {
  const whole = region.shape[axis] as number
  const plane = (sizeOf(region) / whole) * voxelBytes
  const height = Math.max(1, Math.min(whole, Math.floor(pieceBytes / plane)))
  return Array.from({ length: Math.ceil(whole / height) }, (_, k) => {
    const begin = (region.start[axis] as number) + k * height
    const shape = region.shape.map((n, a) => (a === axis ? Math.min(height, whole - k * height) : n))
    return { start: region.start.map((s, a) => (a === axis ? begin : s)), shape }
  })
}

function along(region: Region, axis: number, piece: Region): Region {
  const of = (own: readonly number[], other: readonly number[]) =>
    own.map((n, a) => (a === axis ? (other[a] as number) : n))
  return { start: of(region.start, piece.start), shape: of(region.shape, piece.shape) }
}
