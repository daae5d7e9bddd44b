import { bytesOf, codeOf, type DType } from '../core/dtype.ts'
import { invalidArgument } from '../core/errors.ts'
import { dtypeParams, unitParams } from '../pipeline/common-params.ts'
import { defineFilter } from '../pipeline/define-filter.ts'
import { type ExactSquares, exactSquares } from '../pipeline/exact-squares.ts'
import {
  aroundMarks,
  featureCuts,
  featureReadings,
  featureStates,
  featureStatesOf,
  type MarksPlan,
  markFeatures,
} from '../pipeline/feature-states.ts'
import { axesOrSpatial, type Info, resolveDType } from '../pipeline/info.ts'
import { param } from '../pipeline/param.ts'
import { sizeOf } from '../pipeline/recursive-step.ts'
import type { HeldPatch, Patch, Regional, RegionalTools, RegionalWork } from '../pipeline/regional.ts'
import { heldByStates, type SegmentStates, wholeSegments } from '../pipeline/segment-states.ts'
import { subPatch } from '../pipeline/sub-patch.ts'
import type { Region } from '../volume/region.ts'

/** Distance from each voxel's centre to that of the nearest voxel of a set: exact, Euclidean. */
export const distanceMap = defineFilter({
  name: 'distanceMap',
  summary: 'Exact Euclidean distance to the border of objects, to objects, or to the background.',
  params: {
    to: param.choice(['border', 'object', 'background'], {
      default: 'border',
      doc: 'What to measure to; the border is of the object, and distances to it are signed.',
    }),
    squared: param.boolean({ default: false, doc: 'Squares of the distances.' }),
    insideIsPositive: param.boolean({
      default: false,
      doc: 'Distances to the border are positive inside objects instead of outside.',
    }),
    maximum: param.optional(
      param.number({
        min: 0,
        max: Number.POSITIVE_INFINITY,
        exclusive: true,
        doc: 'The greatest distance; with it no more of the volume is read than lies within.',
      }),
    ),
    axes: param.optional(param.axes({ doc: 'Axes to measure along; by default the spatial ones.' })),
    ...unitParams,
    ...dtypeParams,
  },
  output: (input, { dtype }) => {
    if (input.components !== 1)
      throw invalidArgument('distanceMap input', 'a volume of one component', input.components)
    return { ...input, dtype: outputType(input, dtype) }
  },
  regional: (input, { to, squared, insideIsPositive, maximum, axes: given, units, dtype }) => {
    const axes = [...axesOrSpatial(given, input, 'distanceMap.axes')].sort((a, b) => a - b)
    if (axes.length === 0) throw invalidArgument('distanceMap.axes', 'a list of one axis at least', given)
    const spacing = axes.map((axis) => (units === 'mm' ? (input.geometry.spacing[axis] as number) : 1))
    const squares = exactSquares(
      axes.map((axis) => input.shape[axis] as number),
      spacing,
    )
    const sign = to !== 'border' ? 0 : insideIsPositive ? 1 : -1
    const reach = maximum === undefined ? undefined : Math.floor(maximum / (spacing.at(-1) as number)) + 1
    const limit = maximum ?? Number.POSITIVE_INFINITY
    const finish = { limit: squared ? limit * limit : limit, squared: Number(squared), sign }
    return distanceStep(input, { to, axes, squares, finish, reach }, outputType(input, dtype))
  },
})

function outputType(input: Info, dtype: DType | 'same' | undefined): DType {
  return dtype === undefined ? 'float32' : resolveDType(dtype, input.dtype)
}

interface DistancePlan extends MarksPlan {
  readonly squares: ExactSquares
  readonly finish: { readonly limit: number; readonly squared: number; readonly sign: number }
  /** Voxels along the last axis beyond which nothing counts. */
  readonly reach: number | undefined
}

// The last axis by lines of marks, cut where segments meet; then the others by planes.
function distanceStep(input: Info, plan: DistancePlan, dtype: DType): Regional<SegmentStates | null> {
  const cuts = featureCuts(input, plan)
  const isCut = plan.reach === undefined && cuts.length > cuts.segment
  const scratch = (region: Region) => {
    const marks = marked(input, plan, region)
    const objects = plan.to === 'border' ? sizeOf(aroundMarks(plan, marks, input)) : 0
    const squares = bytesOf(plan.squares.dtype) * sizeOf(widened(input, plan, region))
    const made = dtype === 'float32' ? 0 : bytesOf('float32') * sizeOf(region)
    return sizeOf(marks) + Math.max(objects, squares + made)
  }
  return {
    needs: (region) => [aroundMarks(plan, marked(input, plan, region), input)],
    scratch,
    held: heldByStates(featureStatesOf(input, plan), isCut),
    readings: (budget) => (plan.reach === undefined ? featureReadings(input, plan, budget) : []),
    prepare: async (tools) => (plan.reach === undefined ? await featureStates(tools, plan) : null),
    release: (state) => state?.release(),
    generate: (work) => measure(input, plan, work),
  }
}

// All of the planes that a region touches.
function widened({ shape: extent }: Info, { axes }: MarksPlan, { start, shape }: Region): Region {
  const isWhole = (axis: number) => axes.slice(0, -1).includes(axis)
  return {
    start: start.map((first, axis) => (isWhole(axis) ? 0 : first)),
    shape: shape.map((length, axis) => (isWhole(axis) ? (extent[axis] as number) : length)),
  }
}

// What features are looked for in: whole segments, or as far as anything counts.
function marked(input: Info, plan: DistancePlan, region: Region): Region {
  const axis = plan.axes.at(-1) as number
  const { start, shape } = widened(input, plan, region)
  const begin = start[axis] as number
  const end = begin + (shape[axis] as number)
  const cuts = featureCuts(input, plan)
  const [first, last] =
    plan.reach === undefined
      ? wholeSegments(begin, end, cuts)
      : [Math.max(0, begin - plan.reach), Math.min(cuts.length, end + plan.reach)]
  return {
    start: start.map((s, a) => (a === axis ? first : s)),
    shape: shape.map((n, a) => (a === axis ? last - first : n)),
  }
}

async function measure(
  input: Info,
  plan: DistancePlan,
  { region, inputs, output, state, tools }: RegionalWork<SegmentStates | null>,
): Promise<void> {
  const held: HeldPatch[] = []
  const hold = (patch: HeldPatch) => {
    held.push(patch)
    return patch
  }
  const axis = plan.axes.at(-1) as number
  const { start, shape } = marked(input, plan, region)
  const begin = start[axis] as number
  try {
    const states = (await state?.around(begin, begin + (shape[axis] as number))) ?? []
    held.push(...states)
    const marks = hold(await markFeatures(tools, plan, inputs[0] as Patch, { start, shape }))
    const of = { shape: input.shape, components: 1, dtype: plan.squares.dtype }
    const squares = hold(tools.allocate(of, widened(input, plan, region)))
    const weight = plan.squares.weights.at(-1) as number
    const { segment } = featureCuts(input, plan)
    await tools.call(
      'feature_distance',
      { weight, segment },
      { inputs: [marks, ...states], outputs: [squares], axis },
    )
    const isDirect = output.view.dtype === codeOf('float32')
    const made = isDirect ? output : hold(tools.allocate({ ...of, dtype: 'float32' }, region))
    await finish(tools, plan, subPatch(marks, widened(input, plan, region)), [made, squares])
    if (!isDirect) await tools.copy(made, output)
  } finally {
    for (const patch of held) patch.release()
  }
}

function finish(
  tools: RegionalTools,
  { axes, squares, finish: how }: DistancePlan,
  marks: Patch,
  outputs: readonly Patch[],
): Promise<void> {
  const params = {
    axes: axes.slice(0, -1).reverse(),
    weights: squares.weights.slice(0, -1).reverse(),
    scale: squares.scale,
    ...how,
  }
  return tools.call('distance_planes', params, { inputs: [marks], outputs })
}
