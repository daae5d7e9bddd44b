import { VoxlineError } from '../core/errors.ts'
import { sizeOf } from '../core/shape.ts'
import type { RunResult } from '../native/addon.ts'
import type { Region } from '../volume/region.ts'
import { Volume } from '../volume/volume.ts'
import type { PassGraph } from './graph.ts'
import { tellMonitors } from './monitor.ts'
import type { PassedBarrier } from './negotiate.ts'
import { type Goal, PassPlanner, type PlannedPass } from './planner.ts'
import { type Definition, type Prepared, prepare } from './prepare.ts'
import { ProgressReporter, type RunEvent } from './progress.ts'
import { divisionsOf, neededOf } from './regions.ts'
import { type PassHooks, runPass } from './run-pass.ts'
import type { Settings } from './settings.ts'
import { type VoxelSource, viewStorage } from './source.ts'
import type { SinkStorage } from './storage.ts'

/** Where a run was started: errors of native code carry this stack. */
export interface Caller {
  readonly stack?: string
}

/** The stack of whoever called `callee`. */
export function callerOf(callee: (...args: never[]) => unknown): Caller {
  const caller: Caller = {}
  Error.captureStackTrace(caller, callee)
  return caller
}

/** One run: everything that changes while it goes on, and nothing that outlives it. */
export class Run {
  readonly prepared: Prepared
  readonly planner: PassPlanner
  readonly #settings: Settings
  readonly #caller: Caller
  readonly #passed: PassedBarrier[] = []
  #progress = new ProgressReporter(undefined, [1], 0)

  private constructor(prepared: Prepared, settings: Settings, caller: Caller) {
    this.prepared = prepared
    this.planner = new PassPlanner(prepared, settings)
    this.#settings = settings
    this.#caller = caller
  }

  /** Opens a run, lets `work` use it, and ends it whatever happens. */
  static async during<T>(
    { definition, settings, caller, asStored = false }: RunRequest,
    work: (run: Run) => Promise<T>,
  ): Promise<T> {
    const { signal, onEvent } = settings
    const begun = performance.now()
    const milliseconds = () => performance.now() - begun
    signal?.throwIfAborted()
    try {
      const result = await Run.#open(definition, settings, caller, asStored, work)
      onEvent?.({ type: 'end', milliseconds: milliseconds() })
      return result
    } catch (error) {
      if (signal?.aborted && error === signal.reason)
        onEvent?.({ type: 'abort', milliseconds: milliseconds(), reason: error })
      else onEvent?.({ type: 'end', milliseconds: milliseconds(), error })
      throw error
    }
  }

  static async #open<T>(
    definition: Definition,
    settings: Settings,
    caller: Caller,
    asStored: boolean,
    work: (run: Run) => Promise<T>,
  ): Promise<T> {
    // Before anything is awaited: what the caller does next is not seen.
    const source = settings.isolate ? isolated(definition.source) : definition.source
    try {
      return await Run.#work({ ...definition, source }, settings, caller, asStored, work)
    } finally {
      if (source !== definition.source && source instanceof Volume) source.dispose()
    }
  }

  static async #work<T>(
    definition: Definition,
    settings: Settings,
    caller: Caller,
    asStored: boolean,
    work: (run: Run) => Promise<T>,
  ): Promise<T> {
    const prepared = await prepare(definition, asStored)
    const run = new Run(prepared, settings, caller)
    const { allocation } = prepared.source
    allocation?.retain()
    try {
      return await work(run)
    } finally {
      run.planner.close()
      allocation?.release()
      await prepared.source.close()
    }
  }

  /** Carries out all passes; gives the plain object of a pipeline that ends in one. */
  async execute(goal: Goal): Promise<unknown> {
    const outline = this.#start(goal)
    const graph = await this.#barriers(goal, outline)
    if (graph.end.kind === 'volume') await this.#last(graph, goal, outline)
    this.#progress.finish()
    return graph.end.kind === 'outcome' ? graph.end.value : undefined
  }

  /** Carries out the passes before the last one, and gives the parts in which the last one is to be delivered. */
  async cut(goal: Goal): Promise<readonly Region[]> {
    const outline = this.#start(goal)
    const graph = await this.#barriers(goal, outline)
    const pass = this.planner.plan(graph, goal, this.#passed.length)
    this.#begin(pass)
    return divisionsOf(pass)
  }

  /** Carries out the last pass for every part, in order; `take` says where each goes and is told when it is there. */
  async deliver(parts: readonly Region[], take: (region: Region) => Promise<PartTarget>): Promise<void> {
    const total = parts.reduce((sum, part) => sum + sizeOf(part.shape), 0)
    const pass = this.#passed.length
    let done = 0
    for (const [index, region] of parts.entries()) {
      const target = await take(region)
      this.#settings.signal?.throwIfAborted()
      this.#emit({ type: 'tile', pass, index, count: parts.length, region })
      const goal = { region, sink: target.sink, held: 0, isPart: true }
      await this.#carryOut(this.planner.plan(this.planner.graph(this.#passed), goal, pass), {})
      done += sizeOf(region.shape)
      this.#progress.update(done / total)
      target.complete()
    }
    this.#progress.finish()
  }

  #start(goal: Goal): readonly PlannedPass[] {
    const outline = this.planner.outline(goal)
    const weights = outline.map((pass) => pass.weight)
    const total = outline.reduce((sum, pass) => sum + sizeOf(pass.region.shape), 0)
    this.#progress = new ProgressReporter(this.#settings.onProgress, weights, total)
    this.#emit({ type: 'start', passes: outline.length })
    return outline
  }

  // Runs passes up to reductions until their values are known; gives the graph of what comes then.
  async #barriers(goal: Goal, outline: readonly PlannedPass[]): Promise<PassGraph> {
    for (;;) {
      const graph = this.planner.graph(this.#passed)
      if (graph.end.kind === 'volume' || graph.end.kind === 'outcome') return graph
      const index = this.#passed.length
      const pass = index === 0 && outline[0] ? outline[0] : this.planner.plan(graph, goal, index)
      const { results } = await this.#run(pass)
      const values = graph.end.reductions.map((reduction, k) =>
        reduction.read([...(results[k] as Float64Array)]),
      )
      this.#passed.push({ values, kept: pass.kept && viewStorage(pass.kept) })
    }
  }

  async #last(graph: PassGraph, goal: Goal, outline: readonly PlannedPass[]): Promise<void> {
    const index = this.#passed.length
    const pass = index === 0 && outline[0] ? outline[0] : this.planner.plan(graph, goal, index)
    await this.#run(pass)
  }

  #begin(pass: PlannedPass): void {
    const index = this.#passed.length
    this.#progress.startPass(index, pass.graph.nodes.at(-1)?.label ?? '')
    this.#emit({ type: 'pass', pass: index, divisions: pass.layout.divisions.length })
  }

  async #run(pass: PlannedPass): Promise<RunResult> {
    const index = this.#passed.length
    const divisions = divisionsOf(pass)
    this.#begin(pass)
    const result = await this.#carryOut(pass, {
      onProgress: (fraction) => this.#progress.update(fraction),
      onDivision: (at, count) => {
        this.#emit({ type: 'tile', pass: index, index: at, count, region: divisions[at] })
      },
    })
    pass.graph.nodes.forEach((node, id) => {
      const milliseconds = result.stageMilliseconds[id] ?? 0
      this.#emit({ type: 'stage', pass: index, stage: node.label, milliseconds })
    })
    return result
  }

  async #carryOut(
    pass: PlannedPass,
    hooks: Pick<PassHooks, 'onProgress' | 'onDivision'>,
  ): Promise<RunResult> {
    const count = pass.layout.divisions.length
    let begun = 0
    const onDivision = (at: number) => {
      begun = Math.max(begun, at + 1)
      hooks.onDivision?.(at, count)
    }
    try {
      const { signal } = this.#settings
      const result = await runPass(pass.encoded, { ...hooks, signal, caller: this.#caller, onDivision })
      begun = count
      return result
    } catch (error) {
      throw named(error, pass)
    } finally {
      this.#tell(pass, begun)
    }
  }

  #tell(pass: PlannedPass, divisions: number): void {
    for (const [step, node] of pass.graph.steps)
      tellMonitors(step, this.prepared.infos.get(step), neededOf(pass, node).slice(0, divisions))
  }

  #emit(event: RunEvent): void {
    this.#settings.onEvent?.(event)
  }
}

function isolated(source: VoxelSource): VoxelSource {
  if (source instanceof Volume) return source.snapshot()
  return source instanceof Uint8Array ? Uint8Array.from(source) : source
}

/** Where a part goes, and what happens when it is there. */
export interface PartTarget {
  readonly sink: SinkStorage
  readonly complete: () => void
}

/** What is to be run. */
export interface RunRequest {
  readonly definition: Definition
  readonly settings: Settings
  readonly caller: Caller
  /** Leaves values as stored where no step works on them. */
  readonly asStored?: boolean
}

// Errors of TypeScript stages say which step threw.
function named(error: unknown, { graph }: PlannedPass): unknown {
  if (!(error instanceof VoxlineError) || error.code !== 'Filter' || error.details.filter !== undefined)
    return error
  const scripts = graph.nodes.filter((node) => node.kind === 'script').map((node) => node.label)
  const filter = scripts.length === 1 ? scripts[0] : scripts.join(', ')
  const named = new VoxlineError(
    'Filter',
    `${filter}: ${error.message}`,
    { ...error.details, filter },
    { cause: error.cause },
  )
  if (error.stack !== undefined) named.stack = error.stack.replace(error.message, named.message)
  return named
}
