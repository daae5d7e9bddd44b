import { realOf } from '../core/dtype.ts'
import { invalidArgument } from '../core/errors.ts'
import type { Region } from '../volume/region.ts'
import { dtypeParams, unitParams } from './common-params.ts'
import type { Settled } from './define-filter.ts'
import {
  componentOf,
  type DiffusionPlan,
  DiffusionRun,
  diffuse,
  diffusionReadings,
  heldByDiffusion,
  inverseK,
  type Place,
  realBytes,
  stepScratch,
  takesReal,
} from './diffusion.ts'
import { axesOrSpatial, type Info } from './info.ts'
import { param } from './param.ts'
import type { AnyRegional, HeldPatch, Patch, Regional, RegionalTools, RegionalWork } from './regional.ts'
import { subPatch } from './sub-patch.ts'

// With more iterations, the voxels around a region that are computed in vain outweigh reading the input once only.
const mostAtOnce = 16

/** Parameters of the anisotropic diffusions. */
export const diffusionParams = {
  iterations: param.int({ min: 0, default: 5, doc: 'Steps in time.' }),
  timeStep: param.number({
    min: 0,
    max: Number.POSITIVE_INFINITY,
    exclusive: true,
    default: 0.0625,
    doc: 'Length of a step; stable up to the least spacing / 2^(axes + 1).',
  }),
  conductance: param.number({
    min: 0,
    max: Number.POSITIVE_INFINITY,
    exclusive: true,
    default: 1,
    doc: 'How steep an edge must be to be spared, relative to the mean gradient.',
  }),
  meanGradient: param.optional(
    param.number({
      min: 0,
      doc: 'The mean gradient; measured over the volume where it is not given.',
    }),
  ),
  updateInterval: param.int({
    min: 1,
    default: 1,
    doc: 'Steps after which the mean gradient is measured again.',
  }),
  axes: param.optional(
    param.axes({ doc: 'One to three axes to diffuse along; by default the spatial ones.' }),
  ),
  ...unitParams,
  ...dtypeParams,
}

/** Diffusion of a volume by one of the equations, for the filter that has the name. */
export function anisotropicDiffusion(
  filter: string,
  equation: DiffusionPlan['equation'],
  input: Info,
  { axes, units, dtype, ...options }: Settled<typeof diffusionParams>,
): AnyRegional {
  const used = axesOrSpatial(axes, input, `${filter}.axes`)
  if (used.length < 1 || used.length > 3)
    throw invalidArgument(`${filter}.axes`, 'a list of one to three axes', used)
  const sorted = [...used].sort((a, b) => a - b)
  const spacing = sorted.map((axis) => (units === 'mm' ? (input.geometry.spacing[axis] as number) : 1))
  const plan = { ...options, filter, equation, input, real: realOf(input.dtype), axes: sorted, spacing }
  const { meanGradient, iterations } = options
  return meanGradient !== undefined && iterations <= mostAtOnce
    ? atOnce(plan, inverseK(plan, meanGradient * meanGradient))
    : { ...inPasses(plan, 'memory'), lean: inPasses(plan, 'file') }
}

function warn({ filter, timeStep, spacing }: DiffusionPlan): void {
  const most = Math.min(...spacing) / 2 ** (spacing.length + 1)
  if (timeStep <= most) return
  process.emitWarning(
    `${filter}.timeStep ${timeStep} may be unstable: at most ${most} is stable on this grid`,
    { code: 'VOXLINE_TIME_STEP' },
  )
}

// Each step over the whole volume, before any region is asked for.
function inPasses(plan: DiffusionPlan, place: Place): Regional<DiffusionRun> {
  return {
    dtypes: [plan.real],
    needs: () => [null],
    held: heldByDiffusion(plan, place),
    readings: (budget, workers) => diffusionReadings(plan, place, { budget, workers }),
    prepare: async (tools) => {
      warn(plan)
      return await new DiffusionRun(tools, plan, place).run()
    },
    release: (run) => run.release(),
    generate: ({ region, output, state }) => state.copy(region, output),
  }
}

// All steps over a region that shrinks by a voxel each time.
function atOnce(plan: DiffusionPlan, invK: number): Regional<void> {
  const steps = invK < 0 ? plan.iterations : 0
  return {
    dtypes: [plan.real],
    needs: (region) => [grown(plan, region, steps)],
    // What a step but the first reads, what it makes, and what its workers take.
    scratch: (region, workers) =>
      [1, 2]
        .filter((back) => back <= steps)
        .map((back) => realBytes(plan, grown(plan, region, steps - back)))
        .reduce(
          (sum, bytes) => sum + bytes,
          steps > 0 ? workers * stepScratch(plan, grown(plan, region, steps - 1)) : 0,
        ),
    prepare: async () => warn(plan),
    generate: (work) => shrink(plan, invK, steps, work),
  }
}

async function shrink(
  plan: DiffusionPlan,
  invK: number,
  steps: number,
  { region, inputs, output, tools }: RegionalWork<void>,
): Promise<void> {
  const given = inputs[0] as Patch
  if (steps === 0) return await tools.copy(subPatch(given, region), output)
  const { input } = plan
  for (let c = 0; c < input.components; c++) {
    const [from, to] = [given, output].map((patch) => componentOf(patch, c, input.shape.length))
    await shrinkOne(plan, tools, { invK, steps, region, from: from as Patch, to: to as Patch })
  }
}

interface Shrinking {
  readonly invK: number
  readonly steps: number
  readonly region: Region
  readonly from: Patch
  readonly to: Patch
}

async function shrinkOne(
  plan: DiffusionPlan,
  tools: RegionalTools,
  { invK, steps, region, from, to }: Shrinking,
): Promise<void> {
  const of = { shape: plan.input.shape, components: 1, dtype: plan.real }
  let before: Patch = from
  let held: HeldPatch | undefined
  try {
    for (let left = steps - 1; left >= 0; left--) {
      const isLast = left === 0 && takesReal(plan, to)
      const next = isLast ? undefined : tools.allocate(of, grown(plan, region, left))
      await diffuse(tools, plan, invK, { from: before, to: next ?? to })
      held?.release()
      held = next
      before = next ?? to
    }
    if (held) await tools.copy(held, to)
  } finally {
    held?.release()
  }
}

function grown({ axes, input }: DiffusionPlan, { start, shape }: Region, by: number): Region {
  const ends = start.map((first, axis) => first + (shape[axis] as number))
  const around = (axis: number) => (axes.includes(axis) ? by : 0)
  const first = start.map((begin, axis) => Math.max(0, begin - around(axis)))
  return {
    start: first,
    shape: ends.map(
      (end, axis) => Math.min(input.shape[axis] as number, end + around(axis)) - (first[axis] as number),
    ),
  }
}
