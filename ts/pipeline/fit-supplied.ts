import { sizeOf } from '../core/shape.ts'
import type { Region } from '../volume/region.ts'
import type { EncodedPlan } from './encode-plan.ts'
import { describePlan, type FittedPlan } from './fit-plan.ts'
import type { PassGraph } from './graph.ts'
import { divisionCount, neededIn } from './regions.ts'
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
    const asked = demandsOf(graph, plan, work.rank)
    if (work.room === 0) return withCosts(plan, costsOf(asked, unlimited))
    const least = costsOf(asked, 0)
    const tight = withCosts(plan, least)
    if (!fitting && tight.layout.peak <= work.room)
      fitting = withCosts(plan, shared(asked, least, work.room - tight.layout.peak))
    if (!smallest || tight.layout.peak < smallest.layout.peak) smallest = tight
    const made = divisionCount(plan.layout)
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

interface Demand {
  readonly supplier: Supplier
  /** The largest region asked for. */
  readonly region: Region
}

function demandsOf(graph: PassGraph, { layout }: FittedPlan, rank: number): readonly Demand[] {
  return graph.nodes.flatMap((node, id) => {
    if (node.kind !== 'source' || node.storage.kind !== 'supply') return []
    const regions = neededIn(layout, id, rank)
    if (regions.length === 0) return []
    const region = regions.reduce((a, b) => (sizeOf(b.shape) > sizeOf(a.shape) ? b : a))
    return [{ supplier: node.storage.supplier, region }]
  })
}

function costsOf(demands: readonly Demand[], room: number): readonly number[] {
  return demands.map(({ supplier, region }) => supplier.cost(region, room))
}

// What suppliers take where `more` bytes are left beside the least of all: first come, first served.
function shared(demands: readonly Demand[], least: readonly number[], more: number): readonly number[] {
  let left = more
  return demands.map(({ supplier, region }, k) => {
    const own = least[k] as number
    const cost = left > 0 ? supplier.cost(region, own + left) : own
    left -= cost - own
    return cost
  })
}

function withCosts(plan: FittedPlan, costs: readonly number[]): FittedPlan {
  const peak = costs.reduce((sum, cost) => sum + cost, plan.layout.peak)
  return { ...plan, layout: { ...plan.layout, peak } }
}
