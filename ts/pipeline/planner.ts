import { VoxlineError } from '../core/errors.ts'
import { checkedBytes, sizeOf } from '../core/shape.ts'
import type { PassLayout } from '../native/addon.ts'
import type { Allocation } from '../volume/allocation.ts'
import type { VolumeParts } from '../volume/parts.ts'
import type { Region } from '../volume/region.ts'
import { costOf, isWorthKeeping } from './cost.ts'
import { type EncodedPlan, encodePlan, type PlanRegion, type PlanSink, planShape } from './encode-plan.ts'
import { describePlan, type FittedPlan, fitPlan } from './fit-plan.ts'
import type { PassGraph } from './graph.ts'
import { nativeKernels } from './kernels-of.ts'
import { nextPass, type PassedBarrier } from './negotiate.ts'
import type { Prepared } from './prepare.ts'
import type { Settings } from './settings.ts'
import { viewStorage } from './source.ts'
import type { SinkStorage } from './storage.ts'
import { allocated, resultParts } from './targets.ts'

/** What a run is to deliver. */
export interface Goal {
  readonly region: Region
  /** Where the last step's voxels go; null when nothing takes them. */
  readonly sink: SinkStorage | null
  /** Bytes of the result that stay in memory: they count in the budget. */
  readonly held: number
  /** In one piece, whatever the settings say: a part of a volume that has been cut already. */
  readonly isPart?: boolean
}

/** One pass, laid out and held against the budget. */
export interface PlannedPass {
  readonly graph: PassGraph
  readonly region: Region
  readonly encoded: EncodedPlan
  readonly layout: PassLayout
  /** Bytes in memory during the pass beside what the native planner counts: results and kept voxels. */
  readonly held: number
  /** Modelled work. */
  readonly weight: number
  /** Where the voxels in front of its reductions are kept, when they are. */
  readonly kept: VolumeParts | null
}

const leastRoom = 64 * 2 ** 20

interface Work {
  readonly region: Region
  readonly sinks: readonly PlanSink[]
  readonly held: number
  readonly isPart: boolean
}

/** Plans the passes of one run; owns what is kept between them. */
export class PassPlanner {
  readonly #prepared: Prepared
  readonly #settings: Settings
  readonly #kept = new Map<number, VolumeParts>()

  constructor(prepared: Prepared, settings: Settings) {
    this.#prepared = prepared
    this.#settings = settings
  }

  /** All passes, with examples in the place of reductions' values: checks everything that can be known before work starts. */
  outline(goal: Goal): readonly PlannedPass[] {
    const passes: PlannedPass[] = []
    const passed: PassedBarrier[] = []
    for (;;) {
      const graph = this.graph(passed)
      if (graph.end.kind === 'outcome') return passes
      const pass = this.plan(graph, goal, passed.length)
      passes.push(pass)
      if (graph.end.kind === 'volume') return passes
      const values = graph.end.reductions.map((reduction) => reduction.read(reduction.example))
      passed.push({ values, kept: pass.kept && viewStorage(pass.kept) })
    }
  }

  /** The stages of the pass after those whose results are given. */
  graph(passed: readonly PassedBarrier[]): PassGraph {
    const { chain, output } = this.#prepared
    const graph = nextPass(chain, passed)
    if (graph.end.kind !== 'barrier' || !this.#keeps(graph, passed.length)) return graph
    if (!this.#kept.has(passed.length)) {
      const extent = { start: output.shape.map(() => 0), shape: output.shape }
      const parts = allocated(resultParts({ ...output, dtype: graph.dtype }, this.#prepared.source, extent))
      parts.allocation?.retain()
      this.#kept.set(passed.length, parts)
    }
    return nextPass(chain, passed, true)
  }

  /** Lays a pass out within the budget; throws `Memory` with the least budget that works. */
  plan(graph: PassGraph, goal: Goal, index: number): PlannedPass {
    const { output } = this.#prepared
    const isLast = graph.end.kind !== 'barrier'
    const region = isLast ? goal.region : { start: output.shape.map(() => 0), shape: output.shape }
    const kept = isLast ? null : (this.#kept.get(index) ?? null)
    const held = goal.held + this.#keptBytes(index)
    const storage = kept ? viewStorage(kept) : isLast && graph.end.kind === 'volume' ? goal.sink : null
    const sinks = storage ? [{ node: graph.value, storage }] : []
    const weight = costOf(graph) * sizeOf(region.shape) * output.components
    return {
      graph,
      region,
      kept,
      held,
      weight,
      ...this.#fit(graph, { region, sinks, held, isPart: goal.isPart === true }),
    }
  }

  /** Ends what was kept for this run. */
  close(): void {
    for (const parts of this.#kept.values()) parts.allocation?.release()
    this.#kept.clear()
  }

  #keeps(graph: PassGraph, index: number): boolean {
    if (this.#kept.has(index)) return true
    const { output } = this.#prepared
    const bytes = checkedBytes(output.shape, output.components, graph.dtype)
    return (
      bytes <= (this.#settings.budget - this.#keptBytes(index)) / 2 &&
      isWorthKeeping(graph, output.components)
    )
  }

  // What is kept up to a pass stays until the end of the run.
  #keptBytes(index: number): number {
    let bytes = 0
    for (const [at, { allocation }] of this.#kept) if (at <= index) bytes += (allocation as Allocation).bytes
    return bytes
  }

  #fit(graph: PassGraph, work: Work): FittedPlan {
    const { call, budget, isBudgetGiven, divisions } = this.#settings
    const { held, isPart } = work
    const encode = (memory: number) => this.#encode(graph, work, memory)
    if (isPart || (divisions > 0 && !isBudgetGiven)) return describePlan(encode(0))
    // A budget nobody asked for is a wish: results larger than it still leave room to work in.
    const room = isBudgetGiven ? budget - held : Math.max(budget - held, budget / 8, leastRoom)
    return fitPlan(encode, Math.floor(room), (required, cause) => {
      if (!isBudgetGiven) return describePlan(encode(required))
      const message = `${call}.memory must be at least ${required + held} bytes for this run, received ${budget}`
      const details = { argument: `${call}.memory`, required: required + held, budget }
      throw new VoxlineError('Memory', message, details, { cause })
    })
  }

  #encode(graph: PassGraph, { region, sinks, isPart }: Work, memory: number): EncodedPlan {
    const { executor, level, threads, split, tile } = this.#settings
    const divisions = isPart ? 1 : this.#settings.divisions
    const { shape, components } = this.#prepared.source.info
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
      sinks,
    }
    return encodePlan(request, nativeKernels())
  }
}

function planRegion({ start, shape }: Region, components: number): PlanRegion {
  return components > 1 ? { start: [...start, 0], shape: [...shape, components] } : { start, shape }
}
