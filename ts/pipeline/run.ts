import { sizeOf } from '../core/shape.ts'
import type { RunResult } from '../native/addon.ts'
import { makeVolume, partsOf } from '../volume/internals.ts'
import type { Region } from '../volume/region.ts'
import { Volume } from '../volume/volume.ts'
import { ownTurn } from './event-loop.ts'
import { type Definition, withSources } from './flow.ts'
import { outlineRun } from './outline.ts'
import { patchOfView } from './patch.ts'
import type { Goal, PlannedPass } from './planner.ts'
import { prepare, volumesOf } from './prepare.ts'
import type { Prepared } from './prepared.ts'
import { Producers } from './producers.ts'
import { ProgressReporter, type RunEvent } from './progress.ts'
import { insideRun, type Place, queue } from './queue.ts'
import { distinctDivisions, divisionCount, divisionsOf } from './regions.ts'
import { type Caller, RunScope } from './run-scope.ts'
import { Segment, type SegmentHooks } from './segment.ts'
import type { Settings } from './settings.ts'
import { standFor, type VoxelSource } from './source.ts'
import type { SinkStorage, ViewStorage } from './storage.ts'

/** The stack of whoever called `callee`. */
export function callerOf(callee: (...args: never[]) => unknown): Caller {
  const caller: Caller = {}
  Error.captureStackTrace(caller, callee)
  return caller
}

/** One run: everything that changes while it goes on, and nothing that outlives it. */
export class Run {
  readonly prepared: Prepared
  readonly segment: Segment
  readonly #scope: RunScope
  readonly #producers: Producers
  #held = 0
  #progress = new ProgressReporter(undefined, [1], 0)
  // Steps that are made ready before the first pass: they count as passes of their own.
  #before = 0
  readonly #place: Place

  private constructor(prepared: Prepared, settings: Settings, caller: Caller, place: Place) {
    this.prepared = prepared
    this.#scope = new RunScope(prepared, settings, caller)
    this.#producers = new Producers(this.#scope)
    this.segment = new Segment(this.#scope, prepared.target, settings, this.#producers.suppliesOf)
    this.#place = place
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
    // Before anything is awaited: volumes that are disposed from now on are still read, and isolated runs see no later write.
    const owned: Volume[] = []
    const holding = (source: VoxelSource) => hold(source, settings.isolate, owned)
    try {
      return await Run.#work(withSources(definition, holding), settings, caller, asStored, work)
    } finally {
      for (const volume of owned) volume.dispose()
    }
  }

  static async #work<T>(
    definition: Definition,
    settings: Settings,
    caller: Caller,
    asStored: boolean,
    work: (run: Run) => Promise<T>,
  ): Promise<T> {
    const { signal } = settings
    const place = await queue.join(signal)
    try {
      await ownTurn()
      const prepared = await prepare(definition, { asStored, signal, place })
      let result: T
      try {
        result = await Run.#carryOut(prepared, settings, caller, place, work)
      } catch (error) {
        // The first failure counts.
        await prepared.close().catch(() => {})
        throw error
      }
      await prepared.close()
      return result
    } finally {
      place.leave()
    }
  }

  static async #carryOut<T>(
    prepared: Prepared,
    settings: Settings,
    caller: Caller,
    place: Place,
    work: (run: Run) => Promise<T>,
  ): Promise<T> {
    settings.signal?.throwIfAborted()
    const run = new Run(prepared, settings, caller, place)
    const inputs = volumesOf(prepared.target).flatMap(({ allocation }) => allocation ?? [])
    for (const input of inputs) input.retain()
    try {
      return await insideRun(() => work(run))
    } finally {
      await run.#scope.end()
      run.#producers.close()
      run.segment.close()
      // Before a user's `close` is called, which may wait for other runs.
      place.leave()
      for (const input of inputs) input.release()
    }
  }

  /** Carries out all passes; gives the plain object of a pipeline that ends in one. */
  async execute(asked: Goal): Promise<unknown> {
    const outline = await this.#start(asked)
    const goal = this.#goal(asked)
    const { target } = this.prepared
    const [sink] = goal.sinks
    const graph = await this.segment.settle(goal, this.#hooks(), outline[0])
    if (graph.end.kind === 'volume') {
      const isFirst = this.segment.index === 0
      const pass = (isFirst && outline[0]) || this.segment.plan(goal)
      if (target.kind === 'regional' && sink?.kind === 'view') await this.#fill(pass, sink)
      else await this.segment.run(pass, this.#hooks())
    }
    this.#progress.finish()
    return graph.end.kind === 'outcome' ? graph.end.value : undefined
  }

  /** Carries out the passes before the last one, and gives the parts in which the last one is to be delivered. */
  async cut(asked: Goal): Promise<readonly Region[]> {
    await this.#start(asked)
    const goal = this.#goal(asked)
    await this.segment.settle(goal, this.#hooks())
    const pass = this.segment.plan(goal)
    this.#begin(pass)
    return distinctDivisions(pass)
  }

  /** Carries out the last pass for every part, in order; `take` says where each goes and is told when it is there. */
  async deliver(parts: readonly Region[], take: (region: Region) => Promise<PartTarget>): Promise<void> {
    const total = parts.reduce((sum, part) => sum + sizeOf(part.shape), 0)
    const pass = this.#before + this.segment.index
    let done = 0
    for (const [index, region] of parts.entries()) {
      const target = await take(region)
      this.#scope.stop.throwIfStopped()
      this.#emit({ type: 'tile', pass, index, count: parts.length, region })
      const goal = { region, sinks: [target.sink], held: this.#held, isPart: true }
      await this.segment.run(this.segment.plan(goal))
      done += sizeOf(region.shape)
      this.#progress.update(done / total)
      await target.complete()
    }
    this.#progress.finish()
  }

  /** Calls a user's code that is to be done before anything is planned. */
  async aside(work: () => Promise<void>): Promise<void> {
    await this.#place.aside(work)
  }

  #goal(goal: Goal): Goal {
    return { ...goal, held: goal.held + this.#held }
  }

  async #start(asked: Goal): Promise<readonly PlannedPass[]> {
    await ownTurn()
    const { planner } = this.segment
    const producers = this.#producers
    const outline = outlineRun(this.prepared.target, asked, { planner, producers })
    const { preparations, passes } = outline
    this.#held = outline.held
    const goal = this.#goal(asked)
    const prepared = preparations.filter(({ node }) => node.regional.prepare !== undefined)
    this.#before = prepared.length
    const own = passes.map((pass) => pass.weight)
    const weights = [...prepared.map(({ node }) => sizeOf(node.info.shape) * 2), ...own]
    const voxels = passes.reduce((sum, pass) => sum + sizeOf(pass.region.shape), 0)
    const total = voxels + prepared.reduce((sum, { node }) => sum + sizeOf(node.info.shape), 0)
    this.#progress = new ProgressReporter(this.#scope.settings.onProgress, weights, total)
    this.#emit({ type: 'start', passes: prepared.length + passes.length })
    const stays = this.#producers.staysBelow(this.prepared.target)
    await this.#place.enter(outline.peak - stays, stays, this.#scope.stop)
    await ownTurn()
    const report = (fraction: number) => this.#progress.update(fraction)
    for (const preparation of preparations) {
      this.#scope.stop.throwIfStopped()
      const { node } = preparation
      const pass = prepared.indexOf(preparation)
      if (pass >= 0) {
        this.#progress.startPass(pass, node.label)
        this.#emit({ type: 'pass', pass, stage: node.label, divisions: 1 })
      }
      await this.#producers.regional(node).prepare({ ...preparation, held: goal.held, report })
    }
    return passes
  }

  // The last step makes its regions in the result's own memory.
  async #fill(pass: PlannedPass, sink: ViewStorage): Promise<void> {
    const { target } = this.prepared
    if (target.kind !== 'regional') return
    const { shape, components } = target.info
    const producer = this.#producers.regional(target)
    const { start } = pass.region
    const room = pass.rooms?.get(producer.storage.supplier) ?? 0
    this.#begin(pass)
    const parts = distinctDivisions(pass)
    for (const [index, region] of parts.entries()) {
      this.#scope.stop.throwIfStopped()
      this.#emit({ type: 'tile', pass: this.#before, index, count: parts.length, region })
      const inside = {
        start: region.start.map((first, axis) => first - (start[axis] as number)),
        shape: region.shape,
      }
      const { view } = patchOfView(sink, pass.region.shape, components, inside)
      const own = components > 1 ? [...region.start, 0] : region.start
      const extent = components > 1 ? [...shape, components] : shape
      await producer.fill(region, { view, start: own, extent }, room)
      this.#progress.update((index + 1) / parts.length)
    }
  }

  #begin(pass: PlannedPass): void {
    const index = this.#before + this.segment.index
    const stage = pass.graph.nodes.at(-1)?.label ?? ''
    this.#progress.startPass(index, stage)
    this.#emit({ type: 'pass', pass: index, stage, divisions: divisionCount(pass.layout) })
  }

  #hooks(): SegmentHooks {
    const { onEvent } = this.#scope.settings
    let regions: readonly Region[] = []
    return {
      before: (pass) => {
        if (onEvent) regions = divisionsOf(pass)
        this.#begin(pass)
      },
      onProgress: (fraction) => this.#progress.update(fraction),
      ...(onEvent && {
        onDivision: (index, count) => {
          const region = regions[index]
          if (region)
            this.#emit({ type: 'tile', pass: this.#before + this.segment.index, index, count, region })
        },
      }),
      after: (pass, index, result) => this.#tellStages(pass, index, result),
    }
  }

  #tellStages({ graph }: PlannedPass, index: number, result: RunResult): void {
    graph.nodes.forEach((node, id) => {
      const milliseconds = result.stageMilliseconds[id] ?? 0
      this.#emit({ type: 'stage', pass: this.#before + index, stage: node.label, milliseconds })
    })
  }

  #emit(event: RunEvent): void {
    this.#scope.settings.onEvent?.(event)
  }
}

// The source as the run's own: a volume is another owner of the memory, or a snapshot.
function hold(source: VoxelSource, isolate: boolean, owned: Volume[]): VoxelSource {
  if (source instanceof Volume) {
    const volume = isolate ? source.snapshot() : makeVolume(partsOf(source))
    if (isolate) standFor(volume, source)
    owned.push(volume)
    return volume
  }
  if (!isolate || !(source instanceof Uint8Array)) return source
  const copy = Uint8Array.from(source)
  standFor(copy, source)
  return copy
}

/** Where a part goes, and what happens when it is there. */
export interface PartTarget {
  readonly sink: SinkStorage
  readonly complete: () => void | Promise<void>
}

/** What is to be run. */
export interface RunRequest {
  readonly definition: Definition
  readonly settings: Settings
  readonly caller: Caller
  /** Leaves values as stored where steps only move voxels. */
  readonly asStored?: boolean
}
