import { borderHull } from '../core/border-index.ts'
import { bytesOf, type DType } from '../core/dtype.ts'
import { sizeOf } from '../core/shape.ts'
import type { Region } from '../volume/region.ts'
import type { Info } from './info.ts'
import type { HeldPatch, Patch, RegionalTools } from './regional.ts'
import type { Span } from './resample-map.ts'

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
  readonly #info: Info
  readonly #axes: readonly number[]

  /** `axes` are those that values are interpolated along; voxels are read as `info.dtype`, float32 or float64. */
  constructor(info: Info, axes: readonly number[]) {
    this.#info = info
    this.#axes = axes.filter((axis) => info.shape[axis] !== 1).toReversed()
  }

  /** What is read for coefficients of a region. */
  voxels(region: Region): Region {
    return this.#grown(region, this.#axes)
  }

  /** Bytes held at once beside the voxels. */
  bytes(region: Region): number {
    const sizes = this.#stages(region).map(({ shape }) => sizeOf(shape))
    const pairs = sizes.map((size, k) => size + (sizes[k + 1] ?? 0))
    return Math.max(0, ...pairs) * this.#info.components * bytesOf(this.#info.dtype as DType)
  }

  /** A region of a segment's edge along its axes, where no other one needs more: it lies across the middle borders of segments. */
  get hardest(): Region {
    const spans = this.#info.shape.map((n, axis) => {
      const length = this.#axes.includes(axis) ? Math.min(n, segment) : 1
      const border = Math.max(1, Math.round(n / 2 / segment)) * segment
      return { start: Math.max(0, Math.min(border - length / 2, n - length)), length }
    })
    return { start: spans.map(({ start }) => Math.floor(start)), shape: spans.map(({ length }) => length) }
  }

  /** The coefficients of a region; the caller releases them. */
  async make(voxels: Patch, region: Region, tools: RegionalTools): Promise<HeldPatch> {
    let made: HeldPatch | null = null
    const stages = this.#stages(region)
    for (const [k, stage] of stages.entries()) {
      const next = tools.allocate(this.#info, stage)
      const axis = this.#axes[k]
      const before: Patch = made ?? voxels
      try {
        if (axis === undefined) await tools.copy(before, next)
        else await tools.call('cubic_prefilter_region', {}, { inputs: [before], outputs: [next], axis })
      } catch (error) {
        next.release()
        throw error
      } finally {
        made?.release()
      }
      made = next
    }
    return made as HeldPatch
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
        this.#info.shape[axis] as number,
      )
      start[axis] = span.first
      shape[axis] = span.last - span.first + 1
    }
    return { start, shape }
  }
}
