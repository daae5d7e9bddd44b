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
  let fitting: FittedPlan | undefined
  let smallest: FittedPlan | undefined
  let last = 0
  for (const count of work.divisions > 0 ? [work.divisions] : counts()) {
    const plan = describePlan(work.encode(count))
    if (!fitting) {
      const own = supplied(graph, plan, work.rank, work.room === 0 ? unlimited : work.room)
      if (work.room === 0) return own
      if (own.layout.peak <= work.room) fitting = own
    }
    const tight = supplied(graph, plan, work.rank, 1)
    if (!smallest || tight.layout.peak < smallest.layout.peak) smallest = tight
    const made = plan.layout.divisions.length
    if (made <= last && work.divisions === 0) break
    last = made
  }
  const tightest = smallest as FittedPlan
  const least = tightest.layout.peak
  if (fitting)
    return { ...fitting, layout: { ...fitting.layout, least: Math.min(least, fitting.layout.peak) } }
  otherwise(least)
  return { ...tightest, layout: { ...tightest.layout, least } }
}

function* counts(): Generator<number> {
  for (let count = 1; count <= 2 ** 16; count *= 2) {
    yield count
    if (count > 1) yield count * 1.5
  }
}

// The plan with what its suppliers take, within `room` if they can, for the largest region they are asked for.
function supplied(graph: PassGraph, plan: FittedPlan, rank: number, room: number): FittedPlan {
  let peak = plan.layout.peak
  graph.nodes.forEach((node, id) => {
    if (node.kind !== 'source' || node.storage.kind !== 'supply') return
    const regions = (plan.layout.nodes[id]?.needed ?? []).map((region) => ownRegion(region, rank))
    peak += costOf(node.storage.supplier, regions, room - peak)
  })
  return { ...plan, layout: { ...plan.layout, peak } }
}

function costOf(supplier: Supplier, regions: readonly Region[], room: number): number {
  if (regions.length === 0) return 0
  const largest = regions.reduce((a, b) => (sizeOf(b.shape) > sizeOf(a.shape) ? b : a))
  return supplier.cost(largest, Math.max(0, room))
}
