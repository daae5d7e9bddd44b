import { sizeOf } from '../core/shape.ts'
import type { Region } from '../volume/region.ts'
import type { EncodedPlan } from './encode-plan.ts'
import { describePlan, type FittedPlan } from './fit-plan.ts'
import type { PassGraph } from './graph.ts'
import { ownRegion } from './regions.ts'
import type { Supplier } from './storage.ts'

const unlimited = 2 ** 52

/** How a pass that is supplied by regional steps may be cut. */
export interface SuppliedWork {
  readonly encode: (divisions: number) => EncodedPlan
  /** 0: as many as `room` asks. */
  readonly divisions: number
  /** Bytes; 0 for no limit. */
  readonly room: number
  /** Of the volume, without the axis of components. */
  readonly rank: number
}

/**
 * The fewest divisions (1, 2, 3, 4, 6, 8, 12, …) with which a pass and those who supply it keep within `room`; `otherwise` with the least
 * bytes that work when none does.
 */
export function fitSupplied(
  graph: PassGraph,
  work: SuppliedWork,
  otherwise: (required: number) => FittedPlan,
): FittedPlan {
  let best: FittedPlan | undefined
  let last = 0
  for (const count of work.divisions > 0 ? [work.divisions] : counts()) {
    const plan = supplied(graph, describePlan(work.encode(count)), work)
    if (work.room === 0 || plan.layout.peak <= work.room) return plan
    if (!best || plan.layout.peak < best.layout.peak) best = plan
    const made = plan.layout.divisions.length
    if (made <= last && work.divisions === 0) break
    last = made
  }
  const least = best as FittedPlan
  const settled = otherwise(least.layout.peak)
  return { ...settled, layout: least.layout, encoded: least.encoded }
}

function* counts(): Generator<number> {
  for (let count = 1; count <= 2 ** 16; count *= 2) {
    yield count
    if (count > 1) yield count * 1.5
  }
}

// The plan with what its suppliers take for the largest region they are asked for.
function supplied(graph: PassGraph, plan: FittedPlan, { room, rank }: SuppliedWork): FittedPlan {
  let peak = plan.layout.peak
  graph.nodes.forEach((node, id) => {
    if (node.kind !== 'source' || node.storage.kind !== 'supply') return
    const regions = (plan.layout.nodes[id]?.needed ?? []).map((region) => ownRegion(region, rank))
    peak += costOf(node.storage.supplier, regions, (room === 0 ? unlimited : room) - peak)
  })
  const least = Math.min(plan.layout.least, peak)
  return { ...plan, layout: { ...plan.layout, peak, least } }
}

function costOf(supplier: Supplier, regions: readonly Region[], room: number): number {
  if (regions.length === 0) return 0
  const largest = regions.reduce((a, b) => (sizeOf(b.shape) > sizeOf(a.shape) ? b : a))
  return supplier.cost(largest, Math.max(0, room))
}
