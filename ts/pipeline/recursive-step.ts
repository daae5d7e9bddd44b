import { bytesOf, type DType } from '../core/dtype.ts'
import { invalidArgument } from '../core/errors.ts'
import type { Region } from '../volume/region.ts'
import { cutReadings, cutStates, cutStatesOf, cutsOf, type LinePass } from './cut-states.ts'
import { type Info, valuesPerAxis } from './info.ts'
import { type RecursionWeights, recursionFor, weightsFor } from './recursion.ts'
import type { HeldPatch, Patch, Regional, RegionalCall, RegionalTools, RegionalWork } from './regional.ts'
import { heldByStates, type SegmentStates, wholeSegments } from './segment-states.ts'
import { acrossAxis, subPatch } from './sub-patch.ts'

/** A recursion along an axis and the filters that share it. */
export interface GaussianPass extends LinePass {
  /** The derivative of an order, per millimetre (per voxel where voxels are the unit). */
  readonly weights: (order: number) => RecursionWeights
}

/** Options of filters made of recursive Gaussians. */
export interface GaussianOptions {
  readonly sigma: number | readonly number[]
  readonly scaleNormalized: boolean
  readonly units: 'mm' | 'voxel'
}

/** Throws `InvalidArgument` for a sigma that smooths nothing. */
export function checkSigma(argument: string, sigma: number | readonly number[]): void {
  const isZero = typeof sigma === 'number' ? sigma === 0 : sigma.every((s) => s === 0)
  if (isZero) throw invalidArgument(argument, 'greater than 0 along one axis at least', sigma)
}

/** The axes a sigma smooths, the last one first. */
export function gaussianPasses(
  name: string,
  input: Info,
  { sigma, scaleNormalized, units }: GaussianOptions,
  real: DType,
): readonly GaussianPass[] {
  const passes = valuesPerAxis(sigma, input, 0, `${name}.sigma`).map((given, axis): GaussianPass => {
    const spacing = units === 'mm' ? (input.geometry.spacing[axis] as number) : 1
    const voxels = given / spacing
    if (voxels > 100_000) throw invalidArgument(`${name}.sigma`, 'at most 100000 voxels', given)
    const scale = scaleNormalized ? voxels : 1 / spacing
    const recursion = given === 0 ? nothing : recursionFor(voxels, real)
    return { axis, recursion, weights: (order) => weightsFor(voxels, real, order, scale ** order) }
  })
  return passes.filter(({ recursion }) => recursion !== nothing).reverse()
}

const nothing = { poles: [], gains: [], powers: [] } as const

/** What a step computes once a region's input and states are in memory. */
export interface RecursiveWork extends Omit<RegionalWork<SegmentStates>, 'inputs' | 'state'> {
  readonly tools: RegionalTools
  /** Filters along the lines of the first axis into one patch, or two. */
  readonly first: (orders: readonly number[], outputs: readonly Patch[]) => Promise<void>
  /** The region, whole along the axes that come after the first. */
  readonly wide: Region
}

/**
 * A step of recursive Gaussians along axes: the first one by segments with states gathered beforehand, the others along whole lines.
 * `scratch` are the bytes that `make` allocates for a region, `finishing` those that it adds behind the first axis.
 */
export function recursiveStep(
  input: Info,
  passes: readonly GaussianPass[],
  real: DType,
  step: {
    readonly scratch: (region: Region, wide: Region) => number
    readonly finishing?: (wide: Region) => number
    readonly make: (work: RecursiveWork) => Promise<void>
  },
): Regional<SegmentStates> {
  const [first, ...others] = passes as readonly [GaussianPass, ...GaussianPass[]]
  const whole = others.map(({ axis }) => axis)
  const need = (region: Region) => bySegments(widened(region, whole, input), first.axis, input)
  const voxelBytes = bytesOf(input.dtype) * input.components
  const cuts = cutsOf(input, first.axis)
  return {
    needs: (region) => [need(region)],
    readsItself: true,
    atOnce: ([wanted], room) => strips(wanted as Region, first.axis, voxelBytes, room).slice(0, 1),
    scratch: (region) => step.scratch(region, widened(region, whole, input)),
    finishing: (region) => step.finishing?.(widened(region, whole, input)) ?? 0,
    held: heldByStates(cutStatesOf(input, first.axis, real), cuts.length > cuts.segment),
    prepare: (tools) => cutStates(tools, first, real),
    readings: (budget) => cutReadings(input, first.axis, real, budget),
    release: (state) => state.release(),
    generate: async ({ region, output, state, tools }) => {
      const wanted = need(region)
      await step.make({
        region,
        output,
        tools,
        wide: widened(region, whole, input),
        first: async (orders, outputs) => {
          for (const strip of strips(wanted, first.axis, voxelBytes, tools.room))
            await filterStrip(tools, first, { state, strip, orders, outputs })
        },
      })
    },
  }
}

interface Strip {
  readonly state: SegmentStates
  readonly strip: Region
  readonly orders: readonly number[]
  readonly outputs: readonly Patch[]
}

// What is read and mapped for a strip is given back before the next one.
async function filterStrip(
  tools: RegionalTools,
  pass: GaussianPass,
  { state, strip, orders, outputs }: Strip,
): Promise<void> {
  const beside = (patch: Patch) => inStrip(patch, strip, pass.axis)
  const begin = strip.start[pass.axis] as number
  const held = [await tools.read(0, strip)]
  try {
    held.push(...(await state.around(begin, begin + (strip.shape[pass.axis] as number))))
    const [given, ...states] = held as [HeldPatch, ...HeldPatch[]]
    const inputs = [given, ...states.map(beside)]
    await tools.callInTurn([lineFilter([pass], orders, inputs, outputs.map(beside))])
  } finally {
    for (const patch of held) patch.release()
  }
}

/** A call that filters along the lines of the passes' axes, one after another; two orders of one pass give two outputs. */
export function lineFilter(
  passes: readonly GaussianPass[],
  orders: readonly number[],
  inputs: readonly Patch[],
  outputs: readonly Patch[],
): RegionalCall<'recursive_gaussian'> {
  const weights =
    outputs.length > 1
      ? orders.map((order) => (passes[0] as GaussianPass).weights(order))
      : passes.map((pass, k) => pass.weights(orders[k] as number))
  const params = {
    axes: passes.map(({ axis }) => axis),
    poles: joined(passes.map(({ recursion }) => recursion.poles)),
    gains: joined(passes.map(({ recursion }) => recursion.gains)),
    powers: joined(passes.map(({ recursion }) => recursion.powers)),
    weights: joined(weights),
  }
  return { kernel: 'recursive_gaussian', params, views: { inputs, outputs } }
}

// Hundreds of numbers, for every call: flatMap takes ten times as long.
function joined(lists: readonly (readonly number[])[]): readonly number[] {
  return ([] as number[]).concat(...lists)
}

const leastStrip = 2 ** 22

// Lines of a region along an axis, beside each other, in strips that take no more than half of the room.
function strips(region: Region, axis: number, voxelBytes: number, room: number): readonly Region[] {
  const { start, shape } = region
  const across = acrossAxis(shape, axis)
  const length = shape[across] ?? 1
  const most = Math.max(leastStrip, room / 2)
  const count = Math.min(length, Math.ceil((sizeOf(region) * voxelBytes) / most))
  if (count <= 1 || across === axis) return [region]
  const height = Math.ceil(length / count)
  return Array.from({ length: Math.ceil(length / height) }, (_, k) => ({
    start: start.with(across, (start[across] as number) + k * height),
    shape: shape.with(across, Math.min(height, length - k * height)),
  }))
}

// The part of a patch that lies beside a strip, whole along the lines.
function inStrip(patch: Patch, strip: Region, axis: number): Patch {
  const [{ start }, { shape }] = [patch, patch.view]
  const own = <T>(along: readonly T[], beside: readonly T[]) =>
    along.map((value, a) => (a === axis ? value : (beside[a] ?? value)))
  return subPatch(patch, { start: own(start, strip.start), shape: own(shape, strip.shape) })
}

function widened({ start, shape }: Region, axes: readonly number[], { shape: extent }: Info): Region {
  return {
    start: start.map((first, axis) => (axes.includes(axis) ? 0 : first)),
    shape: shape.map((length, axis) => (axes.includes(axis) ? (extent[axis] as number) : length)),
  }
}

function bySegments({ start, shape }: Region, axis: number, info: Info): Region {
  const begin = start[axis] as number
  const [first, end] = wholeSegments(begin, begin + (shape[axis] as number), cutsOf(info, axis))
  return {
    start: start.map((s, a) => (a === axis ? first : s)),
    shape: shape.map((n, a) => (a === axis ? end - first : n)),
  }
}

/** Voxels of a region. */
export function sizeOf({ shape }: Region): number {
  return shape.reduce((product, length) => product * length, 1)
}
