import { bytesOf } from '../core/dtype.ts'
import type { ComponentsSpec } from '../native/addon.ts'
import type { Region } from '../volume/region.ts'
import type { Info } from './info.ts'

/** How a volume is cut for labelling: planes along `slabAxis` in slabs of `height`; -1 where one slab holds all that is joined. */
export interface Slabs {
  /** Axes along which voxels are joined, ascending. */
  readonly axes: readonly number[]
  readonly slabAxis: number
  readonly height: number
}

/** How thick slabs are unless their height is given: so many voxels, and planes at least. */
interface SlabSize {
  readonly voxels: number
  readonly planes: number
}

/** Slabs that fit a cache. */
export const cachedSlabs: SlabSize = { voxels: 2 ** 19, planes: 8 }

/** Slabs that are read, and labelled, with less memory. */
export const leanSlabs: SlabSize = { voxels: 2 ** 18, planes: 2 }

// Runs of a slab are numbered in 32 bits.
const mostVoxels = 2 ** 31

/** Slabs of a volume that is joined along `axes`. */
export function slabsOf({ shape }: Info, axes: readonly number[], size: SlabSize, given?: number): Slabs {
  const ascending = [...axes].sort((a, b) => a - b)
  const long = ascending.filter((axis) => (shape[axis] as number) > 1)
  const slabAxis = long.length > 1 ? (long.at(-1) as number) : -1
  const plane = long
    .filter((axis) => axis !== slabAxis)
    .reduce((voxels, axis) => voxels * (shape[axis] as number), 1)
  const within = (voxels: number) => Math.floor(voxels / plane)
  const fitting = Math.max(size.planes, within(size.voxels))
  const most = Math.min(slabAxis < 0 ? 1 : (shape[slabAxis] as number), Math.max(1, within(mostVoxels)))
  return { axes: ascending, slabAxis, height: Math.min(given ?? fitting, most) }
}

// Of a row, and of a run of voxels, while a slab is labelled.
const rowBytes = 4
const runBytes = { number: 16, largest: 24, enclosed: 17, seeded: 17 } as const
const hugePage = 2 ** 21

type Outcome = ComponentsSpec['outcome']

/** Bytes of a worker that labels a slab: runs may begin at every other voxel. */
export function slabWorkBytes(info: Info, slabs: Slabs, outcome: Outcome): number {
  const bytes = planeWorkBytes(info, slabs, outcome) * slabs.height
  // As scratch of workers is rounded.
  return bytes < hugePage / 2 ? bytes : Math.ceil(bytes / hugePage) * hugePage
}

/** The same of each plane. */
export function planeWorkBytes(info: Info, slabs: Slabs, outcome: Outcome): number {
  const { rows, length } = planeOf(info, slabs)
  return rows * (Math.ceil(length / 2) * runBytes[outcome] + rowBytes)
}

/** Bytes of a slab's voxels at a bit each, in rows of whole words. */
export function slabBits(info: Info, slabs: Slabs): number {
  const { rows, length } = planeOf(info, slabs)
  return rows * slabs.height * Math.ceil(length / 64) * 8
}

function planeOf({ shape }: Info, { axes, slabAxis }: Slabs): { rows: number; length: number } {
  const [first, ...others] = axes.filter((axis) => axis !== slabAxis && (shape[axis] as number) > 1)
  const rows = others.reduce((count, axis) => count * (shape[axis] as number), 1)
  return { rows, length: first === undefined ? 1 : (shape[first] as number) }
}

/** How many slabs a region lies in. */
export function slabCount({ axes, slabAxis, height }: Slabs, { start, shape }: Region): number {
  const slabsAlong = (length: number, axis: number) => {
    if (axis !== slabAxis) return axes.includes(axis) ? 1 : length
    const first = start[axis] as number
    return Math.ceil((first + length) / height) - Math.floor(first / height)
  }
  return shape.map(slabsAlong).reduce((count, n) => count * n, 1)
}

/** The slabs a region lies in, whole. */
export function wholeSlabs({ shape }: Info, { axes, slabAxis, height }: Slabs, region: Region): Region {
  const start = [...region.start]
  const lengths = [...region.shape]
  for (const axis of axes) {
    const step = axis === slabAxis ? height : (shape[axis] as number)
    const first = Math.floor((start[axis] as number) / step) * step
    const end = (start[axis] as number) + (lengths[axis] as number)
    start[axis] = first
    lengths[axis] = Math.min(Math.ceil(end / step) * step, shape[axis] as number) - first
  }
  return { start, shape: lengths }
}

/** Parts of whole slabs of about `bytes`, those of what is joined in order. */
export function slabParts(info: Info, slabs: Slabs, bytes: number): readonly Region[] {
  const { shape } = info
  const { axes, slabAxis, height } = slabs
  let room = Math.max(1, Math.floor(bytes / bytesOf(info.dtype)))
  const steps = shape.map(() => 1)
  const take = (axis: number, unit: number) => {
    const length = shape[axis] as number
    steps[axis] = Math.min(length, Math.max(unit, Math.floor(room / unit) * unit))
    room = Math.floor(room / (steps[axis] as number))
    if ((steps[axis] as number) < length) room = 0
  }
  for (const axis of axes) take(axis, axis === slabAxis ? height : (shape[axis] as number))
  const order = [...axes, ...shape.keys()].filter((axis, k, all) => all.indexOf(axis) === k)
  for (const axis of order.slice(axes.length)) take(axis, 1)
  return grid(shape, steps, order)
}

// The first axis of `order` advances fastest.
function grid(
  shape: readonly number[],
  steps: readonly number[],
  order: readonly number[],
): readonly Region[] {
  let parts: Region[] = [{ start: shape.map(() => 0), shape: [...shape] }]
  for (const axis of order.toReversed()) {
    const [length, step] = [shape[axis] as number, steps[axis] as number]
    parts = parts.flatMap((part) =>
      Array.from({ length: Math.ceil(length / step) }, (_, k) => ({
        start: part.start.with(axis, k * step),
        shape: part.shape.with(axis, Math.min(step, length - k * step)),
      })),
    )
  }
  return parts
}
