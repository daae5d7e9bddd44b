import { realpath } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { checkOptions } from '../core/check.ts'
import { invalidArgument } from '../core/errors.ts'
import type { Volume } from '../volume/volume.ts'
import { type ComputeOptions, computeTogether } from './compute.ts'
import { type ExplainOptions, type Explanation, explainRun } from './explain.ts'
import { bindFlows, type Definition, type Flow, flowKey } from './flow.ts'
import type { Info } from './info.ts'
import { Pipeline } from './pipe.ts'
import { prepare } from './prepare.ts'
import { outputsOf } from './prepared.ts'
import { callerOf } from './run.ts'
import { type WriteRunOptions, writeFiles } from './write.ts'

// As many sinks as a native plan has.
const mostOutputs = 64

/** Several outputs that are computed in one run: what they share is read and made once per tile. Made by `together`. */
export class PipelineSet<K extends string = string> {
  readonly #names: readonly K[]
  readonly #flows: Readonly<Record<K, Flow>>

  /** @internal Sets are made by `together`. */
  constructor(flows: Readonly<Record<K, Flow>>) {
    this.#flows = flows
    this.#names = Object.keys(flows) as K[]
  }

  // Options are read once, when a run begins.
  #definition(): Definition {
    return bindFlows(this.#flows)
  }

  #named<T>(values: readonly T[]): Record<K, T> {
    return Object.fromEntries(this.#names.map((name, k) => [name, values[k]])) as Record<K, T>
  }

  /** What the outputs will be. Reads header bytes only; throws `ShapeMismatch` where their shapes or components differ. */
  async info(): Promise<Record<K, Info>> {
    const prepared = await prepare(this.#definition())
    await prepared.close()
    return this.#named(outputsOf(prepared.target).map(({ info }) => info))
  }

  /** The plan as it would stream to uncompressed files of computed values; shape and element type are the first output's. Reads header bytes only. */
  async explain(options: Omit<ExplainOptions, 'to'> = {}): Promise<Explanation> {
    const { to } = options as ExplainOptions
    if (to !== undefined) throw invalidArgument('explain.to', 'left out: there are several outputs', to)
    return await explainRun(this.#definition(), options)
  }

  /** Computes a dense volume of each output, in the memory order of its source. */
  async compute(options: Omit<ComputeOptions, 'into'> = {}): Promise<Record<K, Volume>> {
    const caller = callerOf(this.compute)
    return this.#named(await computeTogether(this.#definition(), options, caller))
  }

  /**
   * Streams every output to the file of its name in `paths`. Each file appears complete or not at all, the one after the other at the end
   * of the run: of a run that fails while the last bytes are written, some may be there.
   *
   * Values are written as stored, with slope and intercept, where all outputs only move voxels. Compressed files that want voxels in
   * different orders cannot be streamed together: such a run has one division, and is refused where the budget is too small for that.
   */
  async write(
    paths: Readonly<Record<K, string>>,
    options: Omit<WriteRunOptions, 'region' | 'at'> = {},
  ): Promise<void> {
    const caller = callerOf(this.write)
    checkOptions('write.paths', paths, this.#names)
    const list = this.#names.map((name) => checkPath(`write.paths.${name}`, paths[name]))
    const places = await Promise.all(list.map(placeOf))
    places.forEach((place, k) => {
      const first = this.#names[places.indexOf(place)]
      if (first !== this.#names[k])
        throw invalidArgument(`write.paths.${this.#names[k]}`, `another file than ${first}`, list[k])
    })
    await writeFiles(this.#definition(), list, options, caller)
  }
}

// Folders may have several names.
async function placeOf(path: string): Promise<string> {
  const whole = resolve(path)
  const folder = await realpath(dirname(whole)).catch(() => dirname(whole))
  return join(folder, basename(whole))
}

function checkPath(argument: string, path: unknown): string {
  if (typeof path === 'string' && path !== '') return path
  throw invalidArgument(argument, 'the path of a file', path)
}

/**
 * Makes one run of several pipelines: `together({ smooth, edges }).compute()`.
 *
 * Their outputs have one shape and as many components; element types, orientations and orders in memory may differ. What pipelines have in
 * common is shared where they were made from the same pipeline or volume and the same steps. At most 64 pipelines, and none that ends in a
 * measurement.
 */
export function together<K extends string>(pipelines: Readonly<Record<K, Pipeline>>): PipelineSet<K> {
  const isObject = typeof pipelines === 'object' && pipelines !== null && !Array.isArray(pipelines)
  const count = isObject ? Object.keys(pipelines).length : 0
  if (count === 0 || count > mostOutputs)
    throw invalidArgument('together', `an object of 1 to ${mostOutputs} pipelines`, pipelines)
  const flows = Object.entries<unknown>(pipelines).map(([name, pipeline]) => {
    if (!(pipeline instanceof Pipeline) || pipeline.steps.at(-1)?.filter.measures)
      throw invalidArgument(`together.${name}`, 'a pipeline that makes a volume', pipeline)
    return [name, pipeline[flowKey]]
  })
  return new PipelineSet(Object.fromEntries(flows) as Record<K, Flow>)
}
