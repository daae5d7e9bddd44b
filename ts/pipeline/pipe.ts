import { invalidArgument } from '../core/errors.ts'
import type { RegionOptions } from '../volume/region.ts'
import type { Volume } from '../volume/volume.ts'
import { type ComputeOptions, computeRun, computeWhole } from './compute.ts'
import { CustomSink, feedSink, type OpenSink } from './custom-sink.ts'
import type { AnyStep } from './define-filter.ts'
import { type ExplainOptions, type Explanation, explainRun } from './explain.ts'
import {
  bindFlow,
  type Definition,
  type Flow,
  flowKey,
  keepFlow,
  releaseFlow,
  sourceFlow,
  stepFlow,
} from './flow.ts'
import type { Info } from './info.ts'
import { checkOrder, prepare } from './prepare.ts'
import { callerOf } from './run.ts'
import { type RunOptions, settleRun } from './settings.ts'
import { isVoxelSource, type VoxelSource } from './source.ts'
import { type PipelineTile, tilesOf } from './tiles.ts'
import { type WriteRunOptions, writeRun } from './write.ts'

/** What a pipeline of these steps gives: a volume, or the plain object its last step measures. */
export type ResultOf<S extends readonly AnyStep[]> = S extends readonly [...unknown[], AnyStep<infer R>]
  ? R
  : Volume

/** Options of `tiles`. */
export interface TilesOptions extends RunOptions {
  /** Part of the output to compute; all of it by default. */
  readonly region?: RegionOptions
}

/** A source and the steps behind it. Nothing runs before it is asked for; it may run any number of times, also at once. */
export class Pipeline<R = Volume> {
  /** @internal What it is made of. */
  readonly [flowKey]: Flow

  /** @internal Pipelines are made by `pipe`. */
  constructor(flow: Flow) {
    checkOrder(stepsOf(flow))
    this[flowKey] = flow
  }

  /** Where the voxels come from. */
  get source(): VoxelSource {
    let flow = this[flowKey]
    while (flow.kind === 'step') flow = flow.input
    return flow.source
  }

  /** What is done to them, in order. */
  get steps(): readonly AnyStep[] {
    return stepsOf(this[flowKey])
  }

  /** Keeps the output of the last step between runs, until `release()`: what nothing has changed is not computed again. */
  keep(): this {
    keepFlow(this[flowKey])
    return this
  }

  /** Gives back what is kept of the output, and keeps it no longer. */
  release(): this {
    releaseFlow(this[flowKey])
    return this
  }

  // Options are read once, when a run begins.
  #definition(): Definition {
    return { outputs: [bindFlow(this[flowKey])], names: [] }
  }

  /** What the output will be. Reads header bytes only. */
  async info(): Promise<Info> {
    const prepared = await prepare(this.#definition())
    await prepared.close()
    return prepared.target.info
  }

  /** The plan as it would stream to a file: passes, stages, regions, bytes. Reads header bytes only. */
  async explain(options: ExplainOptions = {}): Promise<Explanation> {
    return await explainRun(this.#definition(), options)
  }

  /** Computes a dense volume in the source's memory order, or the plain object the last step measures. */
  async compute(options: ComputeOptions = {}): Promise<R> {
    const caller = callerOf(this.compute)
    return (await computeRun(this.#definition(), options, caller)) as R
  }

  /** Streams to a file, which appears complete or not at all, or to a target made by `defineSink`. */
  async write(target: string, options?: WriteRunOptions): Promise<void>
  async write(target: CustomSink, options?: RunOptions): Promise<void>
  async write(target: string | CustomSink, options: WriteRunOptions = {}): Promise<void> {
    const caller = callerOf(this.write)
    const definition = this.#definition()
    if (!(target instanceof CustomSink)) return await writeRun(definition, target, options, caller)
    const settings = settleRun('write', options)
    const feed = {
      parts: (opened: OpenSink) => tilesOf(definition, settings, undefined, caller, opened),
      whole: async (opened: OpenSink) => await computeWhole(definition, settings, caller, opened),
    }
    await feedSink(target, feed, settings.signal)
  }

  /** Delivers the volume part by part, disjoint and together the region; leaving the loop aborts the run. */
  tiles(options: TilesOptions = {}): AsyncGenerator<PipelineTile, void, undefined> {
    const caller = callerOf(this.tiles)
    const { region, ...run } = options
    return tilesOf(this.#definition(), settleRun('tiles', run), region, caller)
  }
}

/**
 * Makes a pipeline of a source and steps: `pipe('t1.nii.gz', median({ radius: 2 }))`.
 *
 * A source is a path, `fromFile(path, options)`, the bytes of a file, a volume, or another pipeline.
 */
export function pipe<const S extends readonly AnyStep[]>(
  source: VoxelSource | Pipeline,
  ...steps: S
): Pipeline<ResultOf<S>> {
  steps.forEach((step, k) => {
    if (typeof step !== 'object' || step === null || !('bind' in step))
      throw invalidArgument(`steps[${k}]`, 'a filter called with its options', step)
  })
  const isPipeline = source instanceof Pipeline
  if (!isPipeline && !isVoxelSource(source))
    throw invalidArgument(
      'source',
      'a path, fromFile(…), the bytes of a file, a volume or a pipeline',
      source,
    )
  return new Pipeline(steps.reduce<Flow>(stepFlow, isPipeline ? source[flowKey] : sourceFlow(source)))
}

function stepsOf(flow: Flow): readonly AnyStep[] {
  return flow.kind === 'source' ? [] : [...stepsOf(flow.input), flow.step]
}
