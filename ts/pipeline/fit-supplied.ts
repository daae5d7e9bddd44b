import { VoxlineError } from '../core/errors.ts'
import type { Region } from '../volume/region.ts'
import type { EncodedPlan } from './encode-plan.ts'
import { describePlan, type FittedPlan, type Misfit } from './fit-plan.ts'
import type { NodeId, PassGraph } from './graph.ts'
import { divisionCount, isEmpty, suppliedIn } from './regions.ts'
import type { Supplier } from './storage.ts'

const unlimited = 2 ** 52

// More divisions that save less than this part of the peak are not worth their work.
const leastSaved = 1 / 8

/** Bytes for each of those who supply a pass. */
type Rooms = ReadonlyMap<Supplier, number>

/** How a pass that is supplied by regional steps may be cut. */
export interface SuppliedWork {
  /** `memory`: bytes for the pass itself, 0 for as little as it does well with. */
  readonly encode: (divisions: number, memory: number, rooms?: Rooms) => EncodedPlan
  /** 0: as many as `room` asks. */
  readonly divisions: number
  /** Bytes; 0 for no limit. */
  readonly room: number
  /** Of the volume, without the axis of components. */
  readonly rank: number
}

/**
 * The fewest divisions (1, 2, 3, 4, 6, 8, 12, …) with which a pass and those who supply it keep within `room`, or what `otherwise` makes of
 * it when none does, or only so many as are not worth it: suppliers that take the same for any region would make the smallest ones.
 */
export function fitSupplied(
  graph: PassGraph,
  work: SuppliedWork,
  otherwise: (misfit: Misfit) => FittedPlan,
): FittedPlan {
  if (work.room === 0) return cut(graph, work, Math.max(1, work.divisions), unlimited).within(unlimited)
  const atOnce = uncut(graph, work)
  if (atOnce) return atOnce
  const cuts: TightCut[] = []
  const isWithin = ({ tight }: TightCut) => tight.layout.peak <= work.room
  for (const one of tightCuts(graph, work)) {
    cuts.push(one)
    if (isWithin(one) && lastWorthwhile(cuts) === one) break
  }
  const last = lastWorthwhile(cuts)
  const required = last.tight.layout.peak
  if (!isWithin(last))
    return otherwise({ required, tightest: () => ({ ...last.tight, least: () => required }) })
  const { count, own, tight } = cuts.find(isWithin) as TightCut
  // Of what is left the pass itself takes an eighth at most, if that makes it faster.
  const more = Math.floor((work.room - tight.layout.peak) / 8)
  const fitting = cut(graph, work, count, own.peak + more).within(work.room)
  return withLeast(fitting, graph, work)
}

// In one piece, when there is plenty of room: then nothing needs to be known of cuts that take less.
function uncut(graph: PassGraph, work: SuppliedWork): FittedPlan | null {
  if (work.divisions > 1) return null
  try {
    const plan = cut(graph, work, 1, Math.floor(work.room / 8)).within(work.room)
    return plan.layout.peak <= work.room ? withLeast(plan, graph, work) : null
  } catch (error) {
    if (error instanceof VoxlineError && error.code === 'Memory') return null
    throw error
  }
}

function withLeast(plan: FittedPlan, graph: PassGraph, work: SuppliedWork): FittedPlan {
  let least: number | undefined
  return { ...plan, least: () => (least ??= leastPeak(graph, work)) }
}

interface TightCut {
  readonly count: number
  /** Without what suppliers take. */
  readonly own: FittedPlan['layout']
  /** With what they take where they are left an eighth of that more, or the least that they work with. */
  readonly tight: FittedPlan
}

// With more and more divisions, until there are no more.
function* tightCuts(graph: PassGraph, work: SuppliedWork): Generator<TightCut> {
  let last = 0
  for (const count of work.divisions > 0 ? [work.divisions] : counts()) {
    const { own, within } = cut(graph, work, count, 0)
    yield { count, own, tight: within(own.peak + Math.floor(own.peak * leastSaved)) }
    const made = divisionCount(own)
    if (made <= last) return
    last = made
  }
}

// The first that takes nearly as little as any.
function lastWorthwhile(cuts: readonly TightCut[]): TightCut {
  const peaks = cuts.map(({ tight }) => tight.layout.peak)
  const most = Math.min(...peaks) / (1 - leastSaved)
  return cuts[peaks.findIndex((peak) => peak <= most)] as TightCut
}

function leastPeak(graph: PassGraph, work: SuppliedWork): number {
  return lastWorthwhile([...tightCuts(graph, work)]).tight.layout.peak
}

interface Cut {
  /** Without what suppliers take. */
  readonly own: FittedPlan['layout']
  /** With it, where that and the rest have so many bytes. */
  readonly within: (room: number) => FittedPlan
}

function cut(graph: PassGraph, work: SuppliedWork, count: number, memory: number): Cut {
  const plan = describePlan(work.encode(count, memory))
  const demands = demandsOf(graph, plan, work.rank)
  const within = (room: number) => {
    const rooms = roomsOf(demands, room)
    return { ...withCosts(plan, demands, rooms), encoded: work.encode(count, memory, rooms), rooms }
  }
  return { own: plan.layout, within }
}

function* counts(): Generator<number> {
  for (let count = 1; count <= 2 ** 16; count *= 2) {
    yield count
    if (count > 1) yield count * 1.5
  }
}

/** What is asked of a supplier for one division. */
interface Demand {
  readonly supplier: Supplier
  readonly region: Region
  /** Bytes in use meanwhile. */
  readonly beside: number
}

// Those at the ends, which borders may ask more for, and the one between that takes most.
function demandsOf(graph: PassGraph, plan: FittedPlan, rank: number): readonly Demand[] {
  return graph.nodes.flatMap((node, id) => {
    if (node.kind !== 'source' || node.storage.kind !== 'supply') return []
    const demands = demandsOn(node.storage.supplier, plan, id, rank)
    const between = demands.slice(1, -1)
    const totals = between.map(({ supplier, region, beside }) => beside + supplier.share(region))
    const most = between[totals.indexOf(Math.max(...totals))]
    return [...new Set([demands[0], most, demands.at(-1)])].filter((demand) => demand !== undefined)
  })
}

function demandsOn(
  supplier: Supplier,
  { layout }: FittedPlan,
  node: NodeId,
  rank: number,
): readonly Demand[] {
  const beside = layout.nodes[node]?.beside ?? []
  const demands = suppliedIn(layout, node, rank).map((region, division) => ({
    supplier,
    region,
    beside: beside[division] as number,
  }))
  return demands.filter(({ region }) => !isEmpty(region))
}

function roomsOf(demands: readonly Demand[], room: number): Rooms {
  const rooms = new Map<Supplier, number>()
  for (const { supplier, beside } of demands)
    rooms.set(supplier, Math.max(0, Math.min(rooms.get(supplier) ?? unlimited, room - beside)))
  return rooms
}

// Suppliers are asked one after another.
function withCosts(plan: FittedPlan, demands: readonly Demand[], rooms: Rooms): FittedPlan {
  const peaks = demands.map(
    ({ supplier, region, beside }) => beside + supplier.cost(region, rooms.get(supplier) as number),
  )
  return { ...plan, layout: { ...plan.layout, peak: Math.max(plan.layout.peak, ...peaks) } }
}
