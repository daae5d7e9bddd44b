import { bytesOf, type DType } from '../core/dtype.ts'
import type { Region } from '../volume/region.ts'
import type { Info } from './info.ts'
import type { Recursion } from './recursion.ts'
import type { HeldPatch, PatchShape, RegionalTools } from './regional.ts'
import { bytesOfVolume, SlabStore } from './slab-store.ts'

/** Voxels of a segment: recursions along a line begin anew at multiples of it. */
export const segmentLength = 64

// Of a state: re and im of two sections, causal and anticausal.
const slotValues = 8
// Above, states lie in a file.
const mostInMemory = 16 * 2 ** 20

/** A recursion along an axis of a volume. */
export interface LinePass {
  readonly axis: number
  readonly recursion: Recursion
}

/** The segments of an axis that hold an interval, as an interval. */
export function wholeSegments(begin: number, end: number, length: number): readonly [number, number] {
  const first = Math.floor(begin / segmentLength) * segmentLength
  return [first, Math.min(length, Math.ceil(end / segmentLength) * segmentLength)]
}

function statesOf({ shape, components }: Info, axis: number, real: DType): PatchShape {
  const slots = Math.ceil((shape[axis] as number) / segmentLength) + 1
  return { shape: shape.map((n, a) => (a === axis ? slots * slotValues : n)), components, dtype: real }
}

/** Bytes in memory that the states of a volume's lines hold. */
export function heldByStates(info: Info, axis: number, real: DType): number {
  if ((info.shape[axis] as number) <= segmentLength) return 0
  const bytes = bytesOfVolume(statesOf(info, axis, real))
  return bytes <= mostInMemory ? bytes : 0
}

/**
 * The states of a recursion where segments meet, so that any segment can be computed by itself. They are gathered from the first input
 * when first needed: at once in `prepare` for a volume beyond the budget, else only if a region cuts the axis.
 */
export class CutStates {
  readonly #tools: RegionalTools
  readonly #pass: LinePass
  readonly #real: DType
  #store: Promise<SlabStore> | undefined
  #isReleased = false

  constructor(tools: RegionalTools, pass: LinePass, real: DType) {
    this.#tools = tools
    this.#pass = pass
    this.#real = real
  }

  get #info(): Info {
    return this.#tools.inputs[0] as Info
  }

  get #length(): number {
    return this.#info.shape[this.#pass.axis] as number
  }

  /** Gathers the states now if regions of the volume cannot but be made in parts. */
  async prepare(): Promise<this> {
    const whole = bytesOfVolume({ ...this.#info, dtype: this.#real })
    if (this.#length > segmentLength && whole > this.#tools.budget / 2) await this.#gathered()
    return this
  }

  /** The states around the segments of a region; none where that is all of the axis. */
  async around({ start, shape }: Region): Promise<readonly HeldPatch[]> {
    const { axis } = this.#pass
    const [begin, end] = [start[axis] as number, (start[axis] as number) + (shape[axis] as number)]
    if (begin === 0 && end === this.#length) return []
    const store = await this.#gathered()
    const last = Math.ceil(end / segmentLength) + 1
    return [store.slab((begin / segmentLength) * slotValues, last * slotValues)]
  }

  release(): void {
    this.#isReleased = true
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
    const of = statesOf(this.#info, this.#pass.axis, this.#real)
    const isSmall = bytesOfVolume(of) <= mostInMemory
    const store = new SlabStore(of, this.#pass.axis, isSmall ? 'memory' : 'file')
    try {
      await this.#fill(store, of.shape[this.#pass.axis] as number)
    } catch (error) {
      store.release()
      throw error
    }
    if (this.#isReleased) store.release()
    return store
  }

  // The kernel looks at every state at its end; before that a slab of it is enough, but a mapping costs nothing.
  async #fill(store: SlabStore, slots: number): Promise<void> {
    const { axis, recursion } = this.#pass
    const states = store.slab(0, slots)
    try {
      const height = this.#slabHeight()
      for (let begin = 0; begin < this.#length; begin += height) {
        const end = Math.min(begin + height, this.#length)
        await this.#addSlab(begin, end, states, { ...recursion }, axis)
        this.#tools.progress(end / this.#length)
      }
    } finally {
      states.release()
    }
  }

  async #addSlab(
    begin: number,
    end: number,
    states: HeldPatch,
    recursion: Recursion,
    axis: number,
  ): Promise<void> {
    const { shape } = this.#info
    const slab = await this.#tools.read(0, {
      start: shape.map((_, a) => (a === axis ? begin : 0)),
      shape: shape.map((n, a) => (a === axis ? end - begin : n)),
    })
    try {
      await this.#tools.call('recursive_gaussian_states', recursion, {
        inputs: [slab],
        outputs: [states],
        axis,
      })
    } finally {
      slab.release()
    }
  }

  #slabHeight(): number {
    const { shape, components } = this.#info
    const plane =
      (bytesOf(this.#real) * components * shape.reduce((n, length) => n * length, 1)) / this.#length
    const planes = Math.floor(this.#tools.budget / 4 / plane)
    return Math.max(1, Math.min(segmentLength, planes))
  }
}
