import { VoxlineError } from '../core/errors.ts'
import type { RunResult } from '../native/addon.ts'
import type { NodeId, PassGraph } from './graph.ts'
import type { Activity } from './monitor.ts'
import type { SuppliesOf } from './negotiate.ts'
import { type PassedPass, passedWith } from './pass-memory.ts'
import { type Goal, PassPlanner, type PlannedPass, storedBy } from './planner.ts'
import type { Target } from './prepared.ts'
import { computedOf, isEmpty, neededOf } from './regions.ts'
import { type PassHooks, runPass } from './run-pass.ts'
import type { RunScope } from './run-scope.ts'
import type { Settings } from './settings.ts'

/** What a pass tells while it goes on. */
export interface SegmentHooks {
  readonly before?: (pass: PlannedPass, index: number) => void
  readonly onProgress?: (fraction: number) => void
  readonly onDivision?: (index: number, count: number) => void
  readonly after?: (pass: PlannedPass, index: number, result: RunResult) => void
}

/** The passes towards one node: steps on one grid that run fused, from sources and regional steps on. */
export class Segment {
  readonly planner: PassPlanner
  readonly #scope: RunScope
  readonly #passed: PassedPass[] = []

  constructor(scope: RunScope, target: Target, settings: Settings, suppliesOf: SuppliesOf, mayKeep = true) {
    this.#scope = scope
    this.planner = new PassPlanner(target, settings, suppliesOf, mayKeep)
  }

  /** Passes done so far: the number of the next one. */
  get index(): number {
    return this.#passed.length
  }

  /** Runs passes up to reductions until their values are known; gives the graph of what comes then. */
  async settle(goal: Goal, hooks: SegmentHooks = {}, first?: PlannedPass): Promise<PassGraph> {
    for (;;) {
      const graph = this.planner.graph(this.#passed, storedBy(goal))
      if (graph.end.kind === 'volume' || graph.end.kind === 'outcome') return graph
      const isPlanned = this.index === 0 && first !== undefined && first.kept === null
      const pass = isPlanned ? first : this.#plan(graph, goal, this.planner.takeMemory(graph))
      const { results } = await this.run(pass, hooks)
      const values = graph.end.reductions.map((reduction, k) => reduction.read(results[k] as Float64Array))
      this.#passed.push(passedWith(values, pass.kept))
    }
  }

  /** The last pass, for a goal, once everything before it is settled. */
  plan(goal: Goal): PlannedPass {
    return this.#plan(this.planner.graph(this.#passed, storedBy(goal)), goal, null)
  }

  #plan(graph: PassGraph, goal: Goal, kept: PlannedPass['kept']): PlannedPass {
    return this.planner.plan({ graph, goal, passed: this.#passed, kept })
  }

  async run(pass: PlannedPass, hooks: SegmentHooks = {}): Promise<RunResult> {
    const { index } = this
    hooks.before?.(pass, index)
    const result = await this.#carryOut(pass, hooks)
    hooks.after?.(pass, index, result)
    return result
  }

  close(): void {
    this.planner.close()
  }

  async #carryOut(pass: PlannedPass, hooks: SegmentHooks): Promise<RunResult> {
    const scope = this.#scope
    const { onProgress, onDivision } = hooks
    let begun = 0
    const onEnd = (divisions: number) => {
      begun = divisions
    }
    const own: PassHooks = { stop: scope.stop, caller: scope.caller, onDivision, onProgress, onEnd }
    try {
      return await runPass(pass.encoded, own)
    } catch (error) {
      throw scope.failure ? scope.failure.error : named(error, pass)
    } finally {
      for (const [step, node] of pass.graph.steps) scope.tell(step, () => activityIn(pass, node, begun))
    }
  }
}

// In the divisions that have begun.
function activityIn(pass: PlannedPass, node: NodeId, begun: number): Activity {
  const computed = computedOf(pass, node).slice(0, begun)
  return {
    needed: neededOf(pass, node).slice(0, begun),
    computed: computed.filter((region) => !isEmpty(region)),
  }
}

// Errors of TypeScript stages say which step threw.
function named(error: unknown, { graph }: PlannedPass): unknown {
  if (!(error instanceof VoxlineError) || error.code !== 'Filter' || error.details.filter !== undefined)
    return error
  const scripts = graph.nodes.filter((node) => node.kind === 'script').map((node) => node.label)
  if (scripts.length === 0) return error
  const filter = scripts.length === 1 ? scripts[0] : scripts.join(', ')
  const details = { ...error.details, filter }
  const named = new VoxlineError('Filter', `${filter}: ${error.message}`, details, { cause: error.cause })
  if (error.stack !== undefined) named.stack = error.stack.replace(error.message, named.message)
  return named
}
