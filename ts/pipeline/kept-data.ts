import { intersect, type Region } from '../volume/region.ts'
import { abortable } from './abortable.ts'
import { hull, joinedWith, withoutAll } from './boxes.ts'
import type { Info } from './info.ts'
import { allocatePatch, regionBytes } from './patch.ts'
import type { HeldPatch } from './regional.ts'

/** What one node's output is made of, to compare with what it would be made of now. */
export type Stamp = readonly unknown[]

/** Where a flow holds what stays of its output. */
export interface KeptSlot {
  data: KeptData | undefined
}

/** What one step made of unchanged inputs, as far as it has been computed. */
export class KeptVoxels {
  /** Bytes in memory. */
  readonly bytes: number
  readonly #info: Info
  #memory: HeldPatch | undefined
  // Disjoint, as are the parts that runs are computing.
  readonly #covered: Region[] = []
  readonly #underWay = new Map<Region, Promise<void>>()
  // The step itself while this is its newest, and every run that reads it.
  #users = 1

  constructor(info: Info) {
    this.#info = info
    this.bytes = regionBytes(info, wholeOf(info))
    alive.add(this)
  }

  /** The whole output; right but for what is missing. */
  get memory(): HeldPatch {
    this.#memory ??= allocatePatch(this.#info, wholeOf(this.#info))
    return this.#memory
  }

  /** Bytes that have been computed. */
  get filled(): number {
    return this.#covered.reduce((sum, part) => sum + regionBytes(this.#info, part), 0)
  }

  /** Whether nothing is missing. */
  get isComplete(): boolean {
    return this.filled === this.bytes
  }

  /** Whether a run reads it. */
  get isInUse(): boolean {
    return this.#users > 1
  }

  /** Another user. */
  retain(): void {
    this.#users++
  }

  /** One user less; the last one gives the memory back. */
  release(): void {
    if (--this.#users > 0) return
    alive.delete(this)
    this.#memory?.release()
  }

  /** The box around what is not there yet of a region; null when all is. */
  missing(region: Region): Region | null {
    const parts = withoutAll([region], this.#covered)
    return parts.length === 0 ? null : parts.reduce(hull)
  }

  /** Has what is missing of a region computed, part by part; what another run is computing is waited for. */
  async complete(
    region: Region,
    compute: (part: Region) => Promise<void>,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    for (;;) {
      signal?.throwIfAborted()
      const missing = withoutAll([region], this.#covered)
      if (missing.length === 0) return
      const parts = withoutAll(missing, [...this.#underWay.keys()])
      if (parts.length > 0) {
        const work = this.#compute(parts, compute)
        for (const part of parts) this.#underWay.set(part, work)
        await work
      } else {
        // Whoever fails leaves the part to those who wait.
        const others = [...this.#underWay].filter(([part]) => missing.some((one) => intersect(one, part)))
        await abortable(Promise.allSettled(others.map(([, work]) => work)), signal)
      }
    }
  }

  async #compute(parts: readonly Region[], compute: (part: Region) => Promise<void>): Promise<void> {
    try {
      for (const part of parts) {
        await compute(part)
        this.#cover(part)
      }
    } finally {
      for (const part of parts) this.#underWay.delete(part)
    }
  }

  #cover(part: Region): void {
    const last = this.#covered.at(-1)
    const joined = last && joinedWith(last, part)
    if (joined) this.#covered[this.#covered.length - 1] = joined
    else this.#covered.push(part)
  }
}

/** What stays of a step's output between runs. */
export class KeptData {
  #voxels: KeptVoxels | undefined
  #stamp: Stamp = []
  #used = 0

  /** Bytes that `release` gives back at once: none while a run reads them. */
  get bytes(): number {
    return this.#voxels && !this.#voxels.isInUse ? this.#voxels.bytes : 0
  }

  /** When a run last used it: the one used longest ago goes first where memory is wanted. */
  get used(): number {
    return this.#used
  }

  /** For a run: what is there of an output made of `stamp`. The run releases it. */
  open(info: Info, stamp: Stamp): KeptVoxels {
    const isSame = stamp.length === this.#stamp.length && stamp.every((part, k) => part === this.#stamp[k])
    if (!isSame) this.release()
    this.#stamp = stamp
    this.#voxels ??= new KeptVoxels(info)
    this.#used = ++clock
    keeping.add(this)
    this.#voxels.retain()
    return this.#voxels
  }

  /** Keeps nothing any longer; runs that are reading go on. */
  release(): void {
    this.#voxels?.release()
    this.#voxels = undefined
    this.#stamp = []
    keeping.delete(this)
  }
}

function wholeOf({ shape }: Info): Region {
  return { start: shape.map(() => 0), shape }
}

const keeping = new Set<KeptData>()
const alive = new Set<KeptVoxels>()
let clock = 0

/** Bytes that all steps keep together, what runs still read included: those they have room for, and those computed so far. */
export function keptBytes(): { readonly room: number; readonly filled: number } {
  let [room, filled] = [0, 0]
  for (const voxels of alive) {
    room += voxels.bytes
    filled += voxels.filled
  }
  return { room, filled }
}

/** Releases what was used longest ago, and is not being read, until `bytes` are free. */
export function releaseOldest(bytes: number): void {
  let freed = 0
  for (const data of [...keeping].sort((a, b) => a.used - b.used)) {
    if (freed >= bytes) break
    if (data.bytes === 0) continue
    freed += data.bytes
    data.release()
  }
}
