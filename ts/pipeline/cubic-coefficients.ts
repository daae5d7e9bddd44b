import { borderHull } from '../core/border-index.ts'
import { bytesOf } from '../core/dtype.ts'
import { sizeOf } from '../core/shape.ts'
import type { Region } from '../volume/region.ts'
import { regionBytes } from './patch.ts'
import type { HeldPatch, Patch, PatchShape, RegionalTools } from './regional.ts'
import type { Span } from './resample-map.ts'
import { subPatch } from './sub-patch.ts'

// As the kernel cuts and starts its lines.
const segment = 64
const warmUp = 28

/** The coefficients that values at coordinates are made of: two before and behind each, mirrored at the ends of the axis. */
export function coefficientsFor({ first, last }: Span, n: number): Span {
  const low = Math.floor(first) - 1
  return borderHull(low, Math.floor(last) + 3 - low, n, 'reflect') as Span
}

/** The voxels that coefficients are made of. */
export function voxelsFor({ first, last }: Span, n: number): Span {
  if (n === 1) return { first, last }
  const low = Math.floor(first / segment) * segment - warmUp
  const end = Math.min(Math.floor(last / segment) * segment + segment, n) + warmUp
  return borderHull(low, end - low, n, 'reflect') as Span
}

/** Turns voxels into coefficients along one axis after another, the last first. */
export class CubicCoefficients {
  readonly #of: PatchShape
  readonly #axes: readonly number[]

  /** `axes` are those that values are interpolated along; voxels are read as `of.dtype`, float32 or float64. */
  constructor(of: PatchShape, axes: readonly number[]) {
    this.#of = of
    this.#axes = axes.filter((axis) => of.shape[axis] !== 1).toReversed()
  }

  /** What is read for coefficients of a region. */
  voxels(region: Region): Region {
    return this.#grown(region, this.#axes)
  }

  /** Bytes held at once beside the voxels. */
  bytes(region: Region): number {
    const sizes = this.#stages(region).map(({ shape }) => sizeOf(shape))
    const pairs = sizes.map((size, k) => size + (sizes[k + 1] ?? 0))
    return Math.max(0, ...pairs) * this.#of.components * bytesOf(this.#of.dtype)
  }

  /** Most coefficients along each axis that `makeInBlocks` wants to be asked for at once. */
  get edges(): readonly number[] {
    return this.#of.shape.map((n, axis) => (this.#axes.includes(axis) ? Math.min(n, segment) : 1))
  }

  /** The block that takes most: one segment along each axis, in the middle. */
  get hardestBlock(): Region {
    const start = this.edges.map((edge, axis) => {
      const segments = Math.ceil((this.#of.shape[axis] as number) / edge)
      return this.#axes.includes(axis) ? Math.floor((segments - 1) / 2) * edge : 0
    })
    return { start, shape: this.edges }
  }

  /** Bytes of as many coefficients as `edges` says. */
  get mostInBlocks(): number {
    return regionBytes(this.#of, this.hardestBlock)
  }

  /** The coefficients of a region; the caller releases them. */
  async make(voxels: Patch, region: Region, tools: RegionalTools): Promise<HeldPatch> {
    return await this.#made(voxels, region, tools, () => tools.allocate(this.#of, region))
  }

  /** The same, one segment along each axis after another: less is held at once, and voxels near the ends of segments are read several times. */
  async makeInBlocks(
    read: (voxels: Region) => Promise<HeldPatch>,
    region: Region,
    tools: RegionalTools,
  ): Promise<HeldPatch> {
    const made = tools.allocate(this.#of, region)
    try {
      for (const block of this.#blocks(region)) {
        const voxels = await read(this.voxels(block))
        try {
          await this.#made(voxels, block, tools, () => ({ ...subPatch(made, block), release: () => {} }))
        } finally {
          voxels.release()
        }
      }
      return made
    } catch (error) {
      made.release()
      throw error
    }
  }

  // What is made is asked for when the last axis comes: until then it takes nothing.
  async #made(
    voxels: Patch,
    region: Region,
    tools: RegionalTools,
    last: () => HeldPatch,
  ): Promise<HeldPatch> {
    let made: HeldPatch | null = null
    let next: HeldPatch | null = null
    const stages = this.#stages(region)
    try {
      for (const [k, stage] of stages.entries()) {
        next = k < stages.length - 1 ? tools.allocate(this.#of, stage) : last()
        const axis = this.#axes[k]
        const before: Patch = made ?? voxels
        if (axis === undefined) await tools.copy(before, next)
        else await tools.call('cubic_prefilter_region', {}, { inputs: [before], outputs: [next], axis })
        made?.release()
        made = next
        next = null
      }
    } catch (error) {
      made?.release()
      next?.release()
      throw error
    }
    return made as HeldPatch
  }

  #blocks(region: Region): readonly Region[] {
    return this.#axes.reduce<readonly Region[]>(
      (blocks, axis) => blocks.flatMap((one) => cutBySegments(one, axis)),
      [region],
    )
  }

  // What each axis leaves: those still to come need more than the region. Without any axis the voxels are copied.
  #stages(region: Region): readonly Region[] {
    if (this.#axes.length === 0) return [region]
    return this.#axes.map((_, k) => this.#grown(region, this.#axes.slice(k + 1)))
  }

  #grown(region: Region, axes: readonly number[]): Region {
    const start = [...region.start]
    const shape = [...region.shape]
    for (const axis of axes) {
      const first = start[axis] as number
      const span = voxelsFor(
        { first, last: first + (shape[axis] as number) - 1 },
        this.#of.shape[axis] as number,
      )
      start[axis] = span.first
      shape[axis] = span.last - span.first + 1
    }
    return { start, shape }
  }
}

function cutBySegments({ start, shape }: Region, axis: number): readonly Region[] {
  const first = start[axis] as number
  const end = first + (shape[axis] as number)
  const starts = [first]
  for (let next = (Math.floor(first / segment) + 1) * segment; next < end; next += segment) starts.push(next)
  return starts.map((from, k) => ({
    start: start.with(axis, from),
    shape: shape.with(axis, (starts[k + 1] ?? end) - from),
  }))
}
