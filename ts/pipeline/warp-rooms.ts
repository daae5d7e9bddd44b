import type { Region } from '../volume/region.ts'
import type { Info } from './info.ts'
import { firstWithin } from './leading-part.ts'
import { regionBytes } from './patch.ts'
import type { Sampler } from './sampler.ts'

// Less of the input is not worth being read by itself.
const leastBytes = 2 ** 21

// So many times what a region is, or takes where nothing moves, is enough for it where that is less than what is worth being read.
const mostMoved = 8

// Beyond that a region is planned to take so much of what it takes where nothing moves, and made in parts where it wants more: what is planned
// is near to what is taken, whatever the vectors are.
const planned = 1.1

// Boxes of as many voxels differ in how much reading takes beside them, by how their rows lie in a file.
const mostUneven = 2 ** 20
const unevenly = (bytes: number) => bytes + Math.min(bytes / 2, mostUneven)

/** Bytes of what is read, and beside it. */
export interface Taking {
  readonly read: number
  readonly beside: number
}

/** What a region may take. */
export interface WarpRoom extends Taking {
  /** Voxels that are planned for: so many bytes, and where there is room more for boxes that take more to read. */
  readonly voxels: Region
}

/** Of the region whose voxels are to be moved. */
export interface Unwarped {
  /** Bytes of its part of the field. */
  readonly fieldBytes: (region: Region) => number
  /** What it is made of where nothing moves; null for nothing. */
  readonly unmoved: (region: Region) => Region | null
}

/** How much of the input a warped region reads at once: decided before its vectors are known. */
export function warpRooms(input: Info, sampler: Sampler, { fieldBytes, unmoved }: Unwarped) {
  const whole = { start: input.shape.map(() => 0), shape: input.shape }
  const { inBlocks } = sampler
  const bytesRead = (voxels: Region) =>
    regionBytes({ components: input.components, dtype: sampler.read }, voxels)
  const besideAll = sampler.bytes(whole)
  // What blocks are collected in is there while the next one is read.
  const leastOfBlocks = inBlocks ? bytesRead(inBlocks.voxels) + inBlocks.held : 0
  const leastRead = Math.max(leastBytes, leastOfBlocks)
  const leastBeside = Math.min(besideAll, Math.max(leastBytes, inBlocks?.bytes ?? 0))
  const takenBy = (box: Region | null): Taking =>
    box ? { read: bytesRead(sampler.voxels(box)), beside: sampler.bytes(box) } : { read: 0, beside: 0 }

  /**
   * As much as the region takes where nothing moves, or the first part of it that has room, and a little more; or the least that is worth it.
   * Half of what the field leaves is for what makes the input, also where that turns out to be in memory already.
   */
  const roomFor = (region: Region, room: number): WarpRoom => {
    const left = Math.max(0, room - fieldBytes(region))
    const fits = ({ read, beside }: Taking) => read <= left / 2 && read + beside <= left
    const part = firstWithin(region, (one) => fits(takenBy(unmoved(one))))
    const box = part && unmoved(part)
    const wanted = takenBy(box)
    const usual = Math.max(takenBy(unmoved(region)).read, bytesRead(region))
    const least = Math.max(leastOfBlocks, Math.min(leastRead, mostMoved * usual))
    const read = Math.floor(Math.max(least, Math.min(left / 2, planned * wanted.read)))
    const beside = Math.floor(
      Math.max(leastBeside, Math.min(besideAll, left - read, planned * wanted.beside)),
    )
    const seed = box ? sampler.voxels(box) : (inBlocks?.voxels ?? middleOf(whole))
    const most = Math.max(read, unevenly(least), Math.min(unevenly(read), left / 2, left - beside))
    return { read, beside, voxels: grown(seed, whole, (voxels) => bytesRead(voxels) <= most) }
  }
  return { roomFor, takenBy }
}

function middleOf({ shape }: Region): Region {
  return { start: shape.map((length) => length >> 1), shape: shape.map(() => 1) }
}

// A region as much longer along each axis of the whole as is within.
function grown(region: Region, whole: Region, isWithin: (larger: Region) => boolean): Region {
  const times = (factor: number): Region => {
    const shape = region.shape.map((length, axis) =>
      Math.min(whole.shape[axis] as number, Math.floor(length * factor)),
    )
    const start = region.start.map((first, axis) => {
      const more = ((shape[axis] as number) - (region.shape[axis] as number)) >> 1
      return Math.max(0, Math.min(first - more, (whole.shape[axis] as number) - (shape[axis] as number)))
    })
    return { start, shape }
  }
  if (isWithin(whole)) return whole
  let [within, beyond] = [1, Math.max(...whole.shape) + 1]
  while (beyond - within > 0.01) {
    const middle = (within + beyond) / 2
    if (isWithin(times(middle))) within = middle
    else beyond = middle
  }
  return times(within)
}
