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
    const tight = withCosts(plan, costsOf(asked, 0))
    if (!fitting && tight.layout.peak <= work.room)
      fitting = withCosts(plan, costsOf(asked, work.room - besideSuppliers(plan)))
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
  /** The region asked for that it takes most for. */
  readonly region: Region
}

function demandsOf(graph: PassGraph, { layout }: FittedPlan, rank: number): readonly Demand[] {
  return graph.nodes.flatMap((node, id) => {
    if (node.kind !== 'source' || node.storage.kind !== 'supply') return []
    const regions = neededIn(layout, id, rank)
    if (regions.length === 0) return []
    const { supplier } = node.storage
    const shares = regions.map((region) => supplier.share(region))
    const most = shares.reduce((a, b) => Math.max(a, b))
    return [{ supplier, region: regions[shares.indexOf(most)] as Region }]
  })
}

function costsOf(demands: readonly Demand[], room: number): readonly number[] {
  return demands.map(({ supplier, region }) => supplier.cost(region, room))
}

// Bytes in use while regions are made: those of the next division while one is computed, those of the only one before it is.
function besideSuppliers({ layout }: FittedPlan): number {
  return divisionCount(layout) > 1 ? layout.peak : layout.staging
}

// Suppliers are asked one after another.
function withCosts(plan: FittedPlan, costs: readonly number[]): FittedPlan {
  const peak = Math.max(plan.layout.peak, besideSuppliers(plan) + Math.max(0, ...costs))
  return { ...plan, layout: { ...plan.layout, peak } }
}
