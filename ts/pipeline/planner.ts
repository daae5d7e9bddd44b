import type { DType } from '../core/dtype.ts'
import { VoxlineError } from '../core/errors.ts'
import { checkedBytes, sizeOf } from '../core/shape.ts'
import type { VolumeParts } from '../volume/parts.ts'
import type { Region } from '../volume/region.ts'
import { costOf, isWorthKeeping } from './cost.ts'
import { type EncodedPlan, encodePlan, type PlanRegion, type PlanSink, planShape } from './encode-plan.ts'
import { describePlan, type FittedPlan, fitPlan, type Misfit } from './fit-plan.ts'
import { fitSupplied, type SuppliedWork } from './fit-supplied.ts'
import type { GraphValue, PassGraph } from './graph.ts'
import { nativeKernels } from './kernels-of.ts'
import { nextPass, type SuppliesOf } from './negotiate.ts'
import { requiredBy } from './outline.ts'
import { bytesKept, type PassedPass, PassMemory, passedWith } from './pass-memory.ts'
import { imaginedPatch, storageOf } from './patch.ts'
import type { Target } from './prepared.ts'
import type { Settings } from './settings.ts'
import { viewStorage } from './source.ts'
import type { SinkStorage } from './storage.ts'

/** What a run is to deliver. */
export interface Goal {
  readonly region: Region
  /** Where the outputs' voxels go, one each; none when nothing takes them. */
  readonly sinks: readonly SinkStorage[]
  /** Bytes of the result that stay in memory: they count in the budget. */
  readonly held: number
  /** In one piece, whatever the settings say: a part of a volume that has been cut already. */
  readonly isPart?: boolean
  /** Bytes for the pass, whatever the settings say; 0 for no limit. */
  readonly room?: number
}

/** Element types that the sinks of a goal take. */
export function storedBy({ sinks }: Pick<Goal, 'sinks'>): readonly DType[] {
  return sinks.map(({ dtype }) => dtype)
}

/** One pass, laid out and held against the budget. */
export interface PlannedPass extends FittedPlan {
  readonly graph: PassGraph
  readonly region: Region
  /** Bytes in memory during the pass beside what the native planner counts: results and kept voxels. */
  readonly held: number
  /** Modelled work. */
  readonly weight: number
  /** Where the voxels in front of its reductions are kept, when they are. */
  readonly kept: VolumeParts | null
}

interface PassWork {
  readonly graph: PassGraph
  readonly passed: readonly PassedPass[]
  /** Where it keeps the voxels in front of its reductions, if it does. */
  readonly kept: VolumeParts | null
}

/** A pass to be laid out: what it computes, and what the ones before it left. */
export interface PassRequest extends PassWork {
  readonly goal: Goal
}

const leastRoom = 64 * 2 ** 20

interface Work {
  readonly region: Region
  readonly sinks: readonly PlanSink[]
  readonly held: number
  readonly isPart: boolean
  readonly room: number | undefined
}

/** Plans the passes towards one node; owns what is kept between them. */
export class PassPlanner {
  readonly #target: Target
  readonly #settings: Settings
  readonly #suppliesOf: SuppliesOf
  readonly #memory: PassMemory
  #mayKeep: boolean
  #first: { readonly graph: PassGraph; readonly stored: readonly DType[] } | undefined

  constructor(target: Target, settings: Settings, suppliesOf: SuppliesOf, mayKeep = true) {
    this.#mayKeep = mayKeep
    this.#target = target
    this.#settings = settings
    this.#suppliesOf = suppliesOf
    this.#memory = new PassMemory(target)
  }

  /** Bytes the run may take. */
  get budget(): number {
    return this.#settings.budget
  }

  /**
   * All passes, with examples in the place of reductions' values: checks everything that can be known before work starts. Those before the
   * last one where nothing takes the voxels.
   */
  outline(goal: Goal): readonly PlannedPass[] {
    try {
      return this.#outline(goal)
    } catch (error) {
      // What is kept between passes may be what does not fit.
      if (!(error instanceof VoxlineError) || error.code !== 'Memory' || !this.#memory.isPlanned) throw error
      this.#memory.forget()
      this.#mayKeep = false
      this.#first = undefined
      return this.#outlineOr(goal, error)
    }
  }

  // When neither fits, the budget that either needs will do.
  #outlineOr(goal: Goal, keeping: VoxlineError): readonly PlannedPass[] {
    try {
      return this.#outline(goal)
    } catch (error) {
      if (!(error instanceof VoxlineError) || error.code !== 'Memory') throw error
      throw requiredBy(keeping) < requiredBy(error) ? keeping : error
    }
  }

  #outline(goal: Goal): readonly PlannedPass[] {
    const passes: PlannedPass[] = []
    let refused: VoxlineError | undefined
    for (const { graph, passed, kept } of this.#imaginedPasses(storedBy(goal))) {
      if (graph.end.kind === 'outcome' || (graph.end.kind === 'volume' && goal.sinks.length === 0)) break
      const pass = this.#planOr({ graph, goal, passed, kept }, (error) => {
        if (!refused || requiredBy(error) > requiredBy(refused)) refused = error
      })
      if (pass) passes.push(pass)
    }
    if (refused) throw refused
    return passes
  }

  // To the last one, with examples in the place of reductions' values.
  *#imaginedPasses(stored: readonly DType[]): Generator<PassWork> {
    const passed: PassedPass[] = []
    for (;;) {
      const graph = this.graph(passed, stored)
      const kept = this.#memory.planned(graph, passed.length)
      yield { graph, passed: [...passed], kept }
      if (graph.end.kind === 'volume' || graph.end.kind === 'outcome') return
      const { reductions } = graph.end
      const values = reductions.map(({ read, example }) => read(Float64Array.from(example)))
      passed.push(passedWith(values, kept))
    }
  }

  // Null for a pass that the budget is too small for: the run names what the greediest one needs.
  #planOr(request: PassRequest, refuse: (error: VoxlineError) => void): PlannedPass | null {
    try {
      return this.plan(request)
    } catch (error) {
      if (!(error instanceof VoxlineError) || error.code !== 'Memory') throw error
      refuse(error)
      return null
    }
  }

  /** Bytes of the last pass for a region that goes to memory: at most `room`, or the least that works. */
  within(region: Region, dtype: DType, room: number): number {
    const { graph } = [...this.#imaginedPasses([dtype])].at(-1) as PassWork
    const patch = imaginedPatch({ ...this.#target.info, dtype }, region)
    const sinks = sinksOf(graph, [storageOf(patch, dtype)])
    const work: Work = { region, sinks, held: 0, isPart: false, room: Math.max(1, room) }
    try {
      return this.#fitWithin(graph, work, Math.max(1, room), ({ tightest }) => tightest()).layout.peak
    } finally {
      patch.release()
    }
  }

  /** The stages of the pass after those whose results are given; `stored` are the element types its sinks take. */
  graph(passed: readonly PassedPass[], stored: readonly DType[]): PassGraph {
    if (passed.length > 0) return this.#graph(passed, stored)
    // It is asked for when the run is planned, and when it is its turn.
    if (!this.#first || !sameTypes(this.#first.stored, stored))
      this.#first = { graph: this.#graph(passed, stored), stored }
    return this.#first.graph
  }

  #graph(passed: readonly PassedPass[], stored: readonly DType[]): PassGraph {
    const suppliesOf = this.#suppliesOf
    const graph = nextPass(this.#target, passed, { suppliesOf, stored })
    if (graph.end.kind !== 'barrier' || !this.#keeps(graph, passed)) return graph
    return nextPass(this.#target, passed, { suppliesOf, keep: true })
  }

  /** Takes memory for what a pass keeps, when it is the pass' turn. */
  takeMemory(graph: PassGraph): VolumeParts | null {
    return this.#memory.taken(graph)
  }

  /** Lays a pass out within the budget; throws `Memory` with the least budget that works. */
  plan({ graph, goal, passed, kept }: PassRequest): PlannedPass {
    const { shape, components } = this.#target.info
    const isLast = graph.end.kind !== 'barrier'
    const region = isLast ? goal.region : { start: shape.map(() => 0), shape }
    const held = goal.held + keptBy(passed) + bytesKept(kept)
    const own = graph.end.kind === 'volume' ? goal.sinks : []
    const sinks = sinksOf(graph, kept ? [viewStorage(kept)] : own)
    const weight = costOf(graph) * sizeOf(region.shape) * components
    const { isPart = false, room } = goal
    return { graph, region, kept, held, weight, ...this.#fit(graph, { region, sinks, held, isPart, room }) }
  }

  /** Throws `Memory` where a budget was asked for that is below `required` bytes. */
  checkBudget(required: number, cause?: VoxlineError): void {
    const { call, budget, isBudgetGiven } = this.#settings
    if (!isBudgetGiven || required <= budget) return
    const message = `${call}.memory must be at least ${required} bytes for this run, received ${budget}`
    const details = { argument: `${call}.memory`, required, budget }
    throw new VoxlineError('Memory', message, details, cause && { cause })
  }

  /** Ends what was kept for this run. */
  close(): void {
    this.#memory.close()
  }

  #keeps(graph: PassGraph, passed: readonly PassedPass[]): boolean {
    if (!this.#mayKeep) return false
    const { shape, components } = this.#target.info
    const bytes = graph.values.reduce((sum, { dtype }) => sum + checkedBytes(shape, components, dtype), 0)
    return bytes <= (this.#settings.budget - keptBy(passed)) / 2 && isWorthKeeping(graph, components)
  }

  #fit(graph: PassGraph, work: Work): FittedPlan {
    const { budget, isBudgetGiven } = this.#settings
    const { held, isPart, room } = work
    if (room !== undefined) return this.#fitWithin(graph, work, room, ({ tightest }) => tightest())
    const isCut = isPart || this.#settings.divisions > 0
    if (isCut && !isBudgetGiven) return this.#fitWithin(graph, work, 0, () => unfitted())
    // A budget nobody asked for is a wish: results larger than it still leave room to work in.
    const free = isBudgetGiven ? budget - held : Math.max(budget - held, budget / 8, leastRoom)
    const most = Math.max(1, Math.floor(free))
    const fitted = () =>
      this.#fitWithin(graph, work, most, ({ required, tightest, cause }) => {
        // What has been cut already was within the budget as a whole.
        if (!isPart) this.checkBudget(required + held, cause)
        return tightest()
      })
    // The process grows beside what a plan allocates, the more the longer a run takes: a part of a run's budget stays free where it can.
    const plan = this.#fitWithin(graph, work, most - Math.floor(most / 32), fitted)
    // What takes nothing fits beside results that are too large by themselves.
    if (!isPart) this.checkBudget(plan.layout.peak + held)
    return plan
  }

  // Within `room` bytes (0: no limit).
  #fitWithin(
    graph: PassGraph,
    work: Work,
    room: number,
    otherwise: (misfit: Misfit) => FittedPlan,
  ): FittedPlan {
    const divisions = work.isPart ? 1 : work.room !== undefined ? 0 : this.#settings.divisions
    const supplied = graph.nodes.some((node) => node.kind === 'source' && node.storage.kind === 'supply')
    if (supplied) {
      const encode: SuppliedWork['encode'] = (count, memory, rooms) =>
        this.#encode(graph, work, memory, count, rooms)
      const rank = this.#target.info.shape.length
      return fitSupplied(graph, { encode, divisions, room, rank }, otherwise)
    }
    const encode = (memory: number) => this.#encode(graph, work, memory, divisions)
    return room === 0 ? describePlan(encode(0)) : fitPlan(encode, room, otherwise)
  }

  #encode(
    graph: PassGraph,
    { region, sinks }: Work,
    memory: number,
    divisions: number,
    rooms?: FittedPlan['rooms'],
  ): EncodedPlan {
    const { executor, level, threads, split, tile } = this.#settings
    const { shape, components } = this.#target.info
    const request = {
      extent: planShape(shape, components),
      region: planRegion(region, components),
      executor,
      level,
      threads,
      memory,
      divisions,
      split,
      tile: tile ?? [],
      nodes: graph.nodes,
      rooms,
      sinks,
    }
    return encodePlan(request, nativeKernels())
  }
}

function sinksOf({ values }: PassGraph, storages: readonly SinkStorage[]): readonly PlanSink[] {
  return storages.map((storage, k) => ({ node: (values[k] as GraphValue).node, storage }))
}

function sameTypes(a: readonly DType[], b: readonly DType[]): boolean {
  return a.length === b.length && a.every((dtype, k) => dtype === b[k])
}

// What is kept stays until the end of the run.
function keptBy(passed: readonly PassedPass[]): number {
  return passed.reduce((sum, { keptBytes }) => sum + keptBytes, 0)
}

function unfitted(): never {
  throw new VoxlineError('Internal', 'a plan without a budget did not fit')
}

function planRegion({ start, shape }: Region, components: number): PlanRegion {
  return components > 1 ? { start: [...start, 0], shape: [...shape, components] } : { start, shape }
}
