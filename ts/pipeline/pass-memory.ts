import type { Allocation } from '../volume/allocation.ts'
import type { VolumeParts } from '../volume/parts.ts'
import type { GraphValue, PassGraph } from './graph.ts'
import type { PassedBarrier } from './negotiate.ts'
import type { Target } from './prepared.ts'
import { viewStorage } from './source.ts'
import { allocated, imagined, resultParts } from './targets.ts'

/** What an earlier pass left, and the memory it stays in. */
export interface PassedPass extends PassedBarrier {
  readonly keptBytes: number
}

/** A pass whose reductions gave `values`, or might give them, and that kept what it was planned to keep. */
export function passedWith(values: readonly unknown[], kept: VolumeParts | null): PassedPass {
  return { values, kept: kept && viewStorage(kept), keptBytes: bytesKept(kept) }
}

/** Bytes of what a pass keeps. */
export function bytesKept(kept: VolumeParts | null): number {
  return kept ? (kept.allocation as Allocation).bytes : 0
}

/** Memory for the voxels that passes towards one node keep for those after them, to the end of the run. */
export class PassMemory {
  readonly #target: Target
  readonly #planned = new Map<number, VolumeParts>()
  readonly #taken: VolumeParts[] = []

  constructor(target: Target) {
    this.#target = target
  }

  /** Whether any pass was planned to keep voxels. */
  get isPlanned(): boolean {
    return this.#planned.size > 0
  }

  /** What the pass of a number, with examples in the place of values before it, keeps: planned for, without memory. */
  planned(graph: PassGraph, index: number): VolumeParts | null {
    if (!keeps(graph)) return null
    const known = this.#planned.get(index) ?? held(imagined(this.#partsFor(graph)))
    this.#planned.set(index, known)
    return known
  }

  /** What the pass whose turn it is keeps, with memory. */
  taken(graph: PassGraph): VolumeParts | null {
    if (!keeps(graph)) return null
    const parts = held(allocated(this.#partsFor(graph)))
    this.#taken.push(parts)
    return parts
  }

  /** Ends what was planned for. */
  forget(): void {
    for (const parts of this.#planned.values()) parts.allocation?.release()
    this.#planned.clear()
  }

  /** Ends everything. */
  close(): void {
    this.forget()
    for (const parts of this.#taken.splice(0)) parts.allocation?.release()
  }

  #partsFor({ values }: PassGraph): VolumeParts {
    const { info } = this.#target
    const [{ dtype }] = values as readonly [GraphValue]
    const extent = { start: info.shape.map(() => 0), shape: info.shape }
    return resultParts({ ...this.#target, info: { ...info, dtype } }, extent)
  }
}

function keeps({ end, stores }: PassGraph): boolean {
  return end.kind === 'barrier' && stores
}

function held(parts: VolumeParts): VolumeParts {
  parts.allocation?.retain()
  return parts
}
