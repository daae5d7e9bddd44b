import { sizeOf } from '../core/shape.ts'
import type { Region } from '../volume/region.ts'
import { firstSlab, slabHeight } from './cut-states.ts'
import type { Info } from './info.ts'
import type { HeldPatch, Patch, PatchShape, Reading, RegionalTools } from './regional.ts'
import { isGathered, type PutStates, SegmentStates, slotsOf } from './segment-states.ts'
import { bytesOfVolume } from './slab-store.ts'
import { subPatch } from './sub-patch.ts'

// Lines of marks are cut at multiples of a segment; a slot holds the distances to the nearest features before and behind.
const slotValues = 2
// Whole segments are read for whatever lies in them, so those of large planes are short.
const segments = { longest: 32, shortest: 8, voxels: 2 ** 23 } as const

/** Which voxels distances are measured to. */
export type Features = 'border' | 'object' | 'background'

/** Marks of a volume of one component: objects by the mask test, and features. */
export interface MarksPlan {
  readonly to: Features
  /** Along which distances are measured; the last one's lines are cut. */
  readonly axes: readonly number[]
}

const featureCodes = { border: 0, object: 1, background: 2 } as const

/** Where the segments of the last axis end, along which lines are cut. */
export function featureCuts({ shape }: Info, { axes }: MarksPlan) {
  const axis = axes.at(-1) as number
  const plane = axes.slice(0, -1).reduce((voxels, one) => voxels * (shape[one] as number), 1)
  const { longest, shortest, voxels } = segments
  const segment = Math.max(shortest, Math.min(longest, Math.floor(voxels / plane)))
  return { segment, slotValues, axis, length: shape[axis] as number }
}

/** What the states of a volume's marks take. */
export function featureStatesOf(input: Info, plan: MarksPlan): PatchShape {
  return { ...slotsOf(input, featureCuts(input, plan)), dtype: 'float32' }
}

/** The region whose voxels are looked at to mark those of a region. */
export function aroundMarks(
  { to, axes }: MarksPlan,
  { start, shape }: Region,
  { shape: extent }: Info,
): Region {
  if (to !== 'border') return { start, shape }
  const around = (axis: number) => (axes.includes(axis) ? 1 : 0)
  const first = start.map((begin, axis) => Math.max(0, begin - around(axis)))
  const ends = start.map((begin, axis) =>
    Math.min(extent[axis] as number, begin + (shape[axis] as number) + around(axis)),
  )
  return { start: first, shape: ends.map((end, axis) => end - (first[axis] as number)) }
}

/** Marks the voxels of a patch: objects, and features but those of borders. */
export function markObjects(
  tools: RegionalTools,
  { to }: MarksPlan,
  given: Patch,
  marks: Patch,
): Promise<void> {
  return tools.call('feature_marks', { features: featureCodes[to] }, { inputs: [given], outputs: [marks] })
}

/** Marks objects and features of a region; `given` holds what `aroundMarks` names. The caller releases the result. */
export async function markFeatures(
  tools: RegionalTools,
  plan: MarksPlan,
  given: Patch,
  region: Region,
): Promise<HeldPatch> {
  const of = marksOf(tools)
  const wide = aroundMarks(plan, region, tools.inputs[0] as Info)
  const objects = tools.allocate(of, wide)
  try {
    await markObjects(tools, plan, subPatch(given, wide), objects)
    if (plan.to !== 'border') return objects
    const marks = await bordersIn(tools, plan, objects, region)
    objects.release()
    return marks
  } catch (error) {
    objects.release()
    throw error
  }
}

async function bordersIn(
  tools: RegionalTools,
  { axes }: MarksPlan,
  objects: Patch,
  region: Region,
): Promise<HeldPatch> {
  const marks = tools.allocate(marksOf(tools), region)
  try {
    await tools.call('border_marks', { axes }, { inputs: [objects], outputs: [marks] })
    return marks
  } catch (error) {
    marks.release()
    throw error
  }
}

function marksOf(tools: RegionalTools): PatchShape {
  const { shape, components } = tools.inputs[0] as Info
  return { shape, components, dtype: 'uint8' }
}

/** The states of the first input's marks; gathered at once for a volume beyond the budget. */
export function featureStates(tools: RegionalTools, plan: MarksPlan): Promise<SegmentStates> {
  const input = tools.inputs[0] as Info
  const cuts = featureCuts(input, plan)
  const fill = async (put: PutStates) => {
    const gathering = new Gathering(tools, plan, put)
    try {
      await gathering.run(slabHeight(tools.budget, bytesOfVolume(input) / cuts.length, cuts.segment))
    } finally {
      gathering.release()
    }
  }
  const states = new SegmentStates({ ...cuts, of: featureStatesOf(input, plan), fill })
  return states.prepare(tools, bytesOfVolume(input))
}

/** What `featureStates` reads at once: beside the marks of a slab and of the planes before it. */
export function featureReadings(input: Info, plan: MarksPlan, budget: number): readonly Reading[] {
  const cuts = featureCuts(input, plan)
  const bytes = bytesOfVolume(input)
  if (!isGathered(cuts, bytes, budget)) return []
  const height = slabHeight(budget, bytes / cuts.length, cuts.segment)
  const region = firstSlab(input, cuts.axis, height)
  const marked = plan.to === 'border' ? firstSlab(input, cuts.axis, height + 2) : region
  return [{ input: 0, region, beside: sizeOf(marked.shape) }]
}

// Goes through the input slab by slab; where borders count, a slab's last plane waits for the next slab's first one.
class Gathering {
  readonly #tools: RegionalTools
  readonly #plan: MarksPlan
  readonly #put: PutStates
  readonly #axis: number
  readonly #input: Info
  #objects: HeldPatch | undefined

  constructor(tools: RegionalTools, plan: MarksPlan, put: PutStates) {
    this.#tools = tools
    this.#plan = plan
    this.#put = put
    this.#axis = plan.axes.at(-1) as number
    this.#input = tools.inputs[0] as Info
  }

  async run(height: number): Promise<void> {
    const length = this.#input.shape[this.#axis] as number
    const wait = this.#plan.to === 'border' ? 1 : 0
    for (let begin = 0; begin < length; begin += height) {
      const end = Math.min(begin + height, length)
      await this.#read(begin, end, wait)
      await this.#add(Math.max(0, begin - wait), end === length ? end : end - wait)
      this.#tools.progress(end / length)
    }
  }

  release(): void {
    this.#objects?.release()
  }

  #region(begin: number, end: number): Region {
    const { shape } = this.#input
    return {
      start: shape.map((_, a) => (a === this.#axis ? begin : 0)),
      shape: shape.map((n, a) => (a === this.#axis ? end - begin : n)),
    }
  }

  // Marks the objects of a slab behind those of the last planes before it.
  async #read(begin: number, end: number, wait: number): Promise<void> {
    const first = Math.max(0, begin - 2 * wait)
    const objects = this.#tools.allocate(marksOf(this.#tools), this.#region(first, end))
    const before = this.#objects
    this.#objects = objects
    if (before !== undefined) {
      const kept = this.#region(first, begin)
      if (first < begin) await this.#tools.copy(subPatch(before, kept), subPatch(objects, kept))
      before.release()
    }
    const slab = this.#region(begin, end)
    const given = await this.#tools.read(0, slab)
    await markObjects(this.#tools, this.#plan, given, subPatch(objects, slab)).finally(given.release)
  }

  async #add(begin: number, end: number): Promise<void> {
    if (begin >= end) return
    const region = this.#region(begin, end)
    const objects = this.#objects as HeldPatch
    const isBorder = this.#plan.to === 'border'
    const marks = isBorder
      ? await bordersIn(this.#tools, this.#plan, objects, region)
      : subPatch(objects, region)
    const { segment } = featureCuts(this.#input, this.#plan)
    const add = (part: Patch, states: Patch) =>
      this.#tools.call('feature_states', { segment }, { inputs: [part], outputs: [states], axis: this.#axis })
    await this.#put(marks, add).finally(() => {
      if ('release' in marks) (marks as HeldPatch).release()
    })
  }
}
