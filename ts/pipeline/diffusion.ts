import { bytesOf, codeOf, type DType } from '../core/dtype.ts'
import { callNative } from '../native/errors.ts'
import type { Region } from '../volume/region.ts'
import { firstSlab } from './cut-states.ts'
import type { Info } from './info.ts'
import { imaginedPatch, regionBytes } from './patch.ts'
import { regionScratch } from './region-request.ts'
import type { HeldPatch, Patch, PatchShape, Reading, RegionalTools, RegionalViews } from './regional.ts'
import { bytesOfVolume, SlabStore } from './slab-store.ts'
import { permutedPatch, subPatch } from './sub-patch.ts'

/** Anisotropic diffusion of a volume. */
export interface DiffusionPlan {
  readonly input: Info
  /** The filter's name, for messages. */
  readonly filter: string
  /** What flows: gray values down their gradient, or level sets by their modified curvature. */
  readonly equation: 'gradient' | 'curvature'
  /** The element type that computes. */
  readonly real: DType
  /** One to three axes along which it flows. */
  readonly axes: readonly number[]
  /** Voxels' distance along them. */
  readonly spacing: readonly number[]
  readonly iterations: number
  readonly timeStep: number
  readonly conductance: number
  /** The mean of the gradient's length that slopes are compared to; measured where it is not given. */
  readonly meanGradient: number | undefined
  readonly updateInterval: number
}

/** Where volumes of scratch lie. */
export type Place = 'memory' | 'file'

// Bytes.
const leastLoaded = 2 ** 22

// Finite in every element type.
const steepest = -3e38

/** 1 / K for a mean squared gradient; 0 stands for no flux at all. */
export function inverseK({ conductance }: DiffusionPlan, meanSquare: number): number {
  const k = -2 * conductance * conductance * meanSquare
  return k < 0 ? Math.max(1 / k, steepest) : 0
}

/** One iteration: `to` takes voxels whose neighbours `from` holds. Patches of one component. */
export function diffuse(
  tools: RegionalTools,
  plan: DiffusionPlan,
  invK: number,
  { from, to }: { readonly from: Patch; readonly to: Patch },
): Promise<void> {
  return tools.call('diffusion_step', stepParams(plan, invK), stepViews(plan, from, to))
}

/** Bytes that each worker takes in an iteration over a region. */
export function stepScratch(plan: DiffusionPlan, region: Region): number {
  const of = storeOf(plan)
  const from = imaginedPatch(of, { start: of.shape.map(() => 0), shape: of.shape })
  try {
    return regionScratch('diffusion_step', stepParams(plan, 0), stepViews(plan, from, subPatch(from, region)))
  } finally {
    from.release()
  }
}

function stepParams({ spacing, timeStep, equation }: DiffusionPlan, invK: number) {
  return { slopes: spacing.map((s) => 1 / s), invK, timeStep, isCurved: Number(equation === 'curvature') }
}

function stepViews(plan: DiffusionPlan, from: Patch, to: Patch): RegionalViews {
  const order = orderOf(plan)
  return { inputs: [permutedPatch(from, order)], outputs: [permutedPatch(to, order)] }
}

/** One component of a patch, without its axis. */
export function componentOf(patch: Patch, component: number, rank: number): Patch {
  const { view, start, extent } = patch
  if (view.shape.length === rank) return patch
  const offset = view.offset + component * (view.strides[rank] as number)
  const own = <T>(list: readonly T[]) => list.slice(0, rank)
  return {
    view: { ...view, offset, shape: own(view.shape), strides: own(view.strides) },
    start: own(start),
    extent: own(extent),
  }
}

// Axes of the diffusion first: kernels know them by their place.
function orderOf({ axes, input }: DiffusionPlan): readonly number[] {
  return [...axes, ...input.shape.keys()].filter((axis, k, all) => all.indexOf(axis) === k)
}

/**
 * All iterations of a whole volume, each streamed in slabs from one volume of scratch to another. These lie in memory or in temporary
 * files.
 */
export class DiffusionRun {
  readonly #tools: RegionalTools
  readonly #plan: DiffusionPlan
  readonly #axis: number
  readonly #halo: number
  readonly #stores: SlabStore[] = []
  readonly #height: number

  constructor(tools: RegionalTools, plan: DiffusionPlan, place: Place) {
    this.#tools = tools
    this.#plan = plan
    this.#axis = slabAxisOf(plan)
    this.#halo = plan.axes.includes(this.#axis) ? 1 : 0
    this.#height = heightWithin(plan, place, tools.budget)
    for (let k = 0; k <= plan.input.components; k++)
      this.#stores.push(new SlabStore(storeOf(plan), this.#axis, place))
  }

  get #length(): number {
    return this.#plan.input.shape[this.#axis] as number
  }

  /** Reads the input and does the work; the result can then be asked for. */
  async run(): Promise<this> {
    const { components } = this.#plan.input
    try {
      await this.#load()
      for (let c = 0; c < components; c++) await this.#iterate(c)
    } catch (error) {
      this.release()
      throw error
    }
    this.#stores.pop()?.release()
    return this
  }

  /** Copies a region of the result; no more of it is mapped at once than in the steps before. */
  async copy({ start, shape }: Region, output: Patch): Promise<void> {
    const axis = this.#axis
    const first = start[axis] as number
    for (const [from, to] of slabs(shape[axis] as number, this.#height)) {
      const [begin, end] = [first + from, first + to]
      const part = { start: start.with(axis, begin), shape: shape.with(axis, end - begin) }
      for (const [c, store] of this.#stores.entries())
        await using(store.slab(begin, end), (slab) =>
          this.#tools.copy(subPatch(slab, part), subPatch(componentOf(output, c, shape.length), part)),
        )
    }
  }

  release(): void {
    for (const store of this.#stores.splice(0)) store.release()
  }

  async #load(): Promise<void> {
    const { input } = this.#plan
    const { shape } = input
    const step = loadedAtOnce(this.#plan, this.#height)
    for (const [begin, end] of slabs(this.#length, step)) {
      const region = {
        start: shape.map((_, a) => (a === this.#axis ? begin : 0)),
        shape: shape.map((n, a) => (a === this.#axis ? end - begin : n)),
      }
      await using(await this.#tools.read(0, region), async (given) => {
        for (let c = 0; c < input.components; c++)
          await using((this.#stores[c] as SlabStore).slab(begin, end), (slab) =>
            this.#tools.copy(componentOf(given, c, shape.length), slab),
          )
      })
    }
  }

  async #iterate(component: number): Promise<void> {
    const { input, iterations, meanGradient, updateInterval } = this.#plan
    let invK = meanGradient === undefined ? 0 : inverseK(this.#plan, meanGradient * meanGradient)
    for (let t = 0; t < iterations; t++) {
      if (meanGradient === undefined && t % updateInterval === 0)
        invK = inverseK(this.#plan, await this.#meanSquare(component))
      this.#tools.progress((component + (t + 1) / iterations) / input.components)
      if (invK < 0) await this.#step(component, invK)
    }
  }

  async #step(component: number, invK: number): Promise<void> {
    const last = this.#stores.length - 1
    const [from, to] = [this.#stores[component] as SlabStore, this.#stores[last] as SlabStore]
    for (const [begin, end] of slabs(this.#length, this.#height))
      await using(this.#around(from, begin, end), (given) =>
        using(to.slab(begin, end), (made) =>
          diffuse(this.#tools, this.#plan, invK, { from: given, to: made }),
        ),
      )
    this.#stores[component] = to
    this.#stores[last] = from
  }

  #around(store: SlabStore, begin: number, end: number): HeldPatch {
    return store.slab(Math.max(0, begin - this.#halo), Math.min(this.#length, end + this.#halo))
  }

  // Mean of the squared gradient over all voxels where it is a number; rows are added up in pairs, in the order of their indices.
  async #meanSquare(component: number): Promise<number> {
    const order = orderOf(this.#plan)
    const shape = order.map((axis) => this.#plan.input.shape[axis] as number)
    const rows = new RowSums([2, ...shape.slice(1)], order.indexOf(this.#axis))
    const weights = this.#plan.spacing.map((s) => 1 / (2 * s))
    for (const [begin, end] of slabs(this.#length, this.#height))
      await using(
        this.#around(this.#stores[component] as SlabStore, begin, end),
        async (given) =>
          await using(this.#tools.allocate(rows.of, rows.slab(begin, end)), async (made) => {
            const views = { inputs: [permutedPatch(given, order)], outputs: [made] }
            await this.#tools.call('squared_gradient_rows', { weights }, views)
            rows.take(made)
          }),
      )
    return rows.mean()
  }
}

// Rows along the first axis stay whole.
function slabAxisOf(plan: DiffusionPlan): number {
  return (plan.axes.length > 1 ? plan.axes : orderOf(plan)).at(-1) as number
}

function storeOf({ input, real }: DiffusionPlan): PatchShape {
  return { shape: input.shape, components: 1, dtype: real }
}

// Planes of a slab. A line that is all there is stays whole.
function heightWithin(plan: DiffusionPlan, place: Place, budget: number): number {
  const { shape, components } = plan.input
  const length = shape[slabAxisOf(plan)] as number
  if (place === 'memory' || shape.length === 1) return length
  const plane = (bytesOfVolume(storeOf(plan)) / length) * components
  return Math.max(1, Math.min(Math.floor(budget / 8 / plane), length))
}

// Planes that are read at once: an eighth of them, or as many as are worth a pass of their own.
function loadedAtOnce(plan: DiffusionPlan, height: number): number {
  const { input, real } = plan
  const length = input.shape[slabAxisOf(plan)] as number
  const plane = bytesOfVolume({ ...input, dtype: real }) / length
  return Math.max(1, Math.min(height, Math.max(Math.ceil(length / 8), Math.floor(leastLoaded / plane))))
}

/** Bytes in memory that the iterations hold. */
export function heldByDiffusion(plan: DiffusionPlan, place: Place): number {
  return place === 'memory' ? bytesOfVolume(storeOf(plan)) * (plan.input.components + 1) : 0
}

/** What the iterations read at once; the workers' scratch comes when all has been read. */
export function diffusionReadings(
  plan: DiffusionPlan,
  place: Place,
  { budget, workers }: { readonly budget: number; readonly workers: number },
): readonly Reading[] {
  const { input, real } = plan
  const axis = slabAxisOf(plan)
  const height = heightWithin(plan, place, budget)
  const region = firstSlab(input, axis, loadedAtOnce(plan, height))
  const read = regionBytes({ components: input.components, dtype: real }, region)
  const scratch = workers * stepScratch(plan, firstSlab(input, axis, height))
  return [{ input: 0, region, beside: 0, after: Math.max(0, scratch - read) }]
}

function slabs(length: number, height: number): readonly (readonly [number, number])[] {
  return Array.from({ length: Math.ceil(length / height) }, (_, k) => [
    k * height,
    Math.min(length, (k + 1) * height),
  ])
}

async function using<P extends HeldPatch, R>(patch: P, use: (patch: P) => Promise<R>): Promise<R> {
  try {
    return await use(patch)
  } finally {
    patch.release()
  }
}

// Sums and counts of a volume's rows, gathered slab by slab.
class RowSums {
  readonly of: { readonly shape: readonly number[]; readonly components: 1; readonly dtype: 'float64' }
  readonly #axis: number
  readonly #sums: Float64Array
  #count = 0

  constructor(shape: readonly number[], axis: number) {
    this.of = { shape, components: 1, dtype: 'float64' }
    this.#axis = axis
    this.#sums = new Float64Array(shape.reduce((n, length) => n * length, 1) / 2)
  }

  slab(begin: number, end: number): Region {
    const { shape } = this.of
    if (this.#axis === 0) return { start: shape.map(() => 0), shape }
    return {
      start: shape.map((_, a) => (a === this.#axis ? begin : 0)),
      shape: shape.map((n, a) => (a === this.#axis ? end - begin : n)),
    }
  }

  take({ view, start }: Patch): void {
    const { shape } = this.of
    const numbers = new Float64Array(callNative((addon) => addon.buffer(view.memory)))
    // Rows before the axis of the slabs lie together.
    const along = Math.max(1, this.#axis)
    const inner = shape.slice(1, along).reduce((n, length) => n * length, 1) * (view.shape[along] ?? 1)
    const whole = shape.slice(1, along + 1).reduce((n, length) => n * length, 1)
    const first = ((start[along] ?? 0) * inner) / (view.shape[along] ?? 1)
    const rows = view.shape.slice(1).reduce((n, length) => n * length, 1)
    const sums = this.#sums
    let count = 0
    for (let row = 0, block = first; row < rows; block += whole)
      for (let at = block; at < block + inner; at++, row++) {
        sums[at] = numbers[2 * row] as number
        count += numbers[2 * row + 1] as number
      }
    this.#count += count
  }

  mean(): number {
    const sums = this.#sums
    for (let n = sums.length; n > 1; n = Math.ceil(n / 2))
      for (let k = 0; 2 * k < n; k++)
        sums[k] = (sums[2 * k] as number) + (2 * k + 1 < n ? (sums[2 * k + 1] as number) : 0)
    return this.#count === 0 ? 0 : (sums[0] as number) / this.#count
  }
}

/** Bytes of a region's voxels of one component. */
export function realBytes({ real }: DiffusionPlan, { shape }: Region): number {
  return shape.reduce((product, length) => product * length, bytesOf(real))
}

/** Whether a patch takes what computes as it is. */
export function takesReal({ real }: DiffusionPlan, { view }: Patch): boolean {
  return view.dtype === codeOf(real)
}
