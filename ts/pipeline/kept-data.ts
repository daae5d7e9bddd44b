import { sameNumbers, sizeOf } from '../core/shape.ts'
import { intersect, type Region } from '../volume/region.ts'
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
  readonly #covered: Region[] = []
  // The step itself while this is its newest, and every run that reads it.
  #users = 1

  constructor(info: Info) {
    this.#info = info
    this.bytes = regionBytes(info, wholeOf(info))
  }

  /** The whole output; right but for what is `missing`. */
  get memory(): HeldPatch {
    this.#memory ??= allocatePatch(this.#info, wholeOf(this.#info))
    return this.#memory
  }

  /** Another user. */
  retain(): void {
    this.#users++
  }

  /** One user less; the last one gives the memory back. */
  release(): void {
    if (--this.#users === 0) this.#memory?.release()
  }

  /** The box around what is not there yet of a region; null when all is. */
  missing(region: Region): Region | null {
    let rest: readonly Region[] = [region]
    for (const covered of this.#covered) rest = rest.flatMap((part) => without(part, covered))
    return rest.length === 0 ? null : rest.reduce(hull)
  }

  /** A region has been computed. */
  cover(region: Region): void {
    const last = this.#covered.at(-1)
    const joined = last && joinedWith(last, region)
    if (joined) this.#covered[this.#covered.length - 1] = joined
    else this.#covered.push(region)
  }
}

/** What stays of a step's output between runs. */
export class KeptData {
  #voxels: KeptVoxels | undefined
  #stamp: Stamp = []
  #used = 0

  /** Bytes in memory. */
  get bytes(): number {
    return this.#voxels?.bytes ?? 0
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
let clock = 0

/** Bytes that all steps keep together. */
export function keptBytes(): number {
  return [...keeping].reduce((sum, data) => sum + data.bytes, 0)
}

/** Releases what was used longest ago until `bytes` are free; gives how many are. */
export function releaseOldest(bytes: number): number {
  let freed = 0
  for (const data of [...keeping].sort((a, b) => a.used - b.used)) {
    if (freed >= bytes) break
    freed += data.bytes
    data.release()
  }
  return freed
}

// What is left of a box without another one: at most two boxes per axis.
function without(part: Region, hole: Region): readonly Region[] {
  const shared = intersect(part, hole)
  if (shared === null) return [part]
  const rest: Region[] = []
  let { start, shape } = part
  part.start.forEach((_, axis) => {
    const [from, length] = [start[axis] as number, shape[axis] as number]
    const [first, count] = [shared.start[axis] as number, shared.shape[axis] as number]
    const cut = (begin: number, n: number): Region => ({
      start: start.with(axis, begin),
      shape: shape.with(axis, n),
    })
    if (first > from) rest.push(cut(from, first - from))
    if (first + count < from + length) rest.push(cut(first + count, from + length - first - count))
    ;({ start, shape } = cut(first, count))
  })
  return rest
}

function hull(a: Region, b: Region): Region {
  const start = a.start.map((first, axis) => Math.min(first, b.start[axis] as number))
  const shape = start.map((first, axis) => {
    const end = ({ start: s, shape: n }: Region) => (s[axis] as number) + (n[axis] as number)
    return Math.max(end(a), end(b)) - first
  })
  return { start, shape }
}

// The box of two that lie side by side; undefined when they do not.
function joinedWith(a: Region, b: Region): Region | undefined {
  const box = hull(a, b)
  if (sizeOf(box.shape) === sizeOf(a.shape) + sizeOf(b.shape) && intersect(a, b) === null) return box
  return sameNumbers(box.shape, a.shape) && sameNumbers(box.start, a.start) ? a : undefined
}
