import type { DType } from '../core/dtype.ts'
import type { Region } from '../volume/region.ts'
import type { Info } from './info.ts'
import type { Recursion } from './recursion.ts'
import type { Patch, PatchShape, Reading, RegionalTools } from './regional.ts'
import { isGathered, type PutStates, SegmentStates, slotsOf } from './segment-states.ts'
import { bytesOfVolume } from './slab-store.ts'

// Recursions begin anew at multiples of the segment. A state is re and im of two sections, causal and anticausal.
const cut = { segment: 64, slotValues: 8 } as const

/** A recursion along an axis of a volume. */
export interface LinePass {
  readonly axis: number
  readonly recursion: Recursion
}

/** Where the segments of an axis end. */
export function cutsOf({ shape }: Info, axis: number) {
  return { ...cut, axis, length: shape[axis] as number }
}

/** What the states of a recursion take. */
export function cutStatesOf(input: Info, axis: number, real: DType): PatchShape {
  return { ...slotsOf(input, { ...cut, axis }), dtype: real }
}

/** The states of a recursion along an axis of the first input; gathered at once for a volume beyond the budget. */
export function cutStates(
  tools: RegionalTools,
  { axis, recursion }: LinePass,
  real: DType,
): Promise<SegmentStates> {
  const input = tools.inputs[0] as Info
  const cuts = cutsOf(input, axis)
  const height = heightOf(input, cuts, tools.budget)
  const fill = async (put: PutStates) => {
    for (let begin = 0; begin < cuts.length; begin += height) {
      const end = Math.min(begin + height, cuts.length)
      const slab = await tools.read(0, {
        start: input.shape.map((_, a) => (a === axis ? begin : 0)),
        shape: input.shape.map((n, a) => (a === axis ? end - begin : n)),
      })
      const add = (part: Patch, states: Patch) =>
        tools.call('recursive_gaussian_states', { ...recursion }, { inputs: [part], outputs: [states], axis })
      await put(slab, add).finally(slab.release)
      tools.progress(end / cuts.length)
    }
  }
  const states = new SegmentStates({ ...cuts, of: cutStatesOf(input, axis, real), fill })
  return states.prepare(tools, bytesOfVolume({ ...input, dtype: real }))
}

/** What `cutStates` reads at once. */
export function cutReadings(input: Info, axis: number, real: DType, budget: number): readonly Reading[] {
  const cuts = cutsOf(input, axis)
  if (!isGathered(cuts, bytesOfVolume({ ...input, dtype: real }), budget)) return []
  return [{ input: 0, region: firstSlab(input, axis, heightOf(input, cuts, budget)), beside: 0 }]
}

// Of a slab of the input as it is.
function heightOf(input: Info, { length, segment }: ReturnType<typeof cutsOf>, budget: number): number {
  return slabHeight(budget, bytesOfVolume(input) / length, segment)
}

/** The first planes of a volume along an axis. */
export function firstSlab({ shape }: Info, axis: number, height: number): Region {
  return {
    start: shape.map(() => 0),
    shape: shape.map((n, a) => (a === axis ? Math.min(height, n) : n)),
  }
}

/** Planes of a slab of at most a quarter of the budget and no more than `most`. */
export function slabHeight(budget: number, planeBytes: number, most: number): number {
  return Math.max(1, Math.min(most, Math.floor(budget / 4 / planeBytes)))
}
