import type { HeldPatch, Patch, PatchShape, RegionalTools } from './regional.ts'
import { bytesOfVolume, SlabStore } from './slab-store.ts'
import { acrossAxis, slicePatch } from './sub-patch.ts'

// Above, states lie in a file.
const mostInMemory = 16 * 2 ** 20

/** States kept where the segments of an axis meet, so that any run of segments can be computed by itself. */
export interface StatesPlan {
  readonly axis: number
  /** Of the volume along the axis. */
  readonly length: number
  /** Voxels of a segment. */
  readonly segment: number
  /** Voxels a slot takes along the axis; slot k lies before segment k. */
  readonly slotValues: number
  /** All slots: their axis has (segments + 1) · slotValues voxels. */
  readonly of: PatchShape
  /** Shows `put` all slabs in order. */
  readonly fill: (put: PutStates) => Promise<void>
}

/** Adds a slab to the states: `call` is given parts of both that lie beside each other. */
export type PutStates = (slab: Patch, call: (slab: Patch, states: Patch) => Promise<void>) => Promise<void>

/** The shape of all slots for a volume. */
export function slotsOf(
  { shape, components }: Omit<PatchShape, 'dtype'>,
  { axis, segment, slotValues }: Pick<StatesPlan, 'axis' | 'segment' | 'slotValues'>,
): Omit<PatchShape, 'dtype'> {
  const slots = Math.ceil((shape[axis] as number) / segment) + 1
  return { shape: shape.map((n, a) => (a === axis ? slots * slotValues : n)), components }
}

/** Bytes in memory that states hold. */
export function heldByStates(of: PatchShape, isCut: boolean): number {
  const bytes = bytesOfVolume(of)
  return isCut && bytes <= mostInMemory ? bytes : 0
}

/** The segments that hold an interval, as an interval. */
export function wholeSegments(
  begin: number,
  end: number,
  { length, segment }: Pick<StatesPlan, 'length' | 'segment'>,
): readonly [begin: number, end: number] {
  const first = Math.floor(begin / segment) * segment
  return [first, Math.min(length, Math.ceil(end / segment) * segment)]
}

/** Whether states are gathered beforehand: where a volume of so many bytes cannot but be computed in parts. */
export function isGathered(
  { length, segment }: Pick<StatesPlan, 'length' | 'segment'>,
  bytes: number,
  budget: number,
): boolean {
  return length > segment && bytes > budget / 2
}

/** States that are gathered when first asked for, once. */
export class SegmentStates {
  readonly #plan: StatesPlan
  #store: Promise<SlabStore> | undefined

  constructor(plan: StatesPlan) {
    this.#plan = plan
  }

  /** Gathers the states of a volume of so many bytes now, where it is computed in parts. */
  async prepare({ budget }: RegionalTools, bytes: number): Promise<this> {
    if (isGathered(this.#plan, bytes, budget)) await this.#gathered()
    return this
  }

  /** The slots around whole segments; none where these are all of the axis. */
  async around(begin: number, end: number): Promise<readonly HeldPatch[]> {
    const { length, segment, slotValues } = this.#plan
    if (begin === 0 && end === length) return []
    const store = await this.#gathered()
    return [store.slab((begin / segment) * slotValues, (Math.ceil(end / segment) + 1) * slotValues)]
  }

  /** Gives back what is held, now or once it has been gathered. */
  release(): void {
    void this.#store?.then(
      (store) => store.release(),
      () => {},
    )
  }

  #gathered(): Promise<SlabStore> {
    this.#store ??= this.#gather()
    return this.#store
  }

  async #gather(): Promise<SlabStore> {
    const { of, axis, fill } = this.#plan
    const store = new SlabStore(of, axis, bytesOfVolume(of) <= mostInMemory ? 'memory' : 'file')
    try {
      await fill((slab, call) => this.#put(store, slab, call))
    } catch (error) {
      store.release()
      throw error
    }
    return store
  }

  // The last slab changes all slots: of those in a file, no more is mapped at a time than would lie in memory.
  async #put(store: SlabStore, slab: Patch, call: Parameters<PutStates>[1]): Promise<void> {
    const { of, axis, length } = this.#plan
    const across = acrossAxis(of.shape, axis)
    const [first, lines] = [slab.start[across] as number, slab.view.shape[across] as number]
    const isLast = (slab.start[axis] as number) + (slab.view.shape[axis] as number) === length
    const count = isLast && across !== axis ? Math.ceil(bytesOfVolume(of) / mostInMemory) : 1
    const step = Math.ceil(lines / count)
    for (let begin = first; begin < first + lines; begin += step) {
      const end = Math.min(begin + step, first + lines)
      const states = store.slab(0, of.shape[axis] as number)
      const parts = [slab, states].map((patch) => (count > 1 ? slicePatch(patch, across, begin, end) : patch))
      await call(parts[0] as Patch, parts[1] as Patch).finally(states.release)
    }
  }
}
