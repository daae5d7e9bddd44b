import * as assert from 'node:assert/strict'
import {
  type ComputeOptions,
  type Pipeline,
  type Region,
  type RunOptions,
  together,
  Volume,
  VoxlineError,
} from '../../ts/index.ts'
import { builtNodes, type GraphRecipe, inputsOf } from './graph-recipe.ts'
import { drawWay } from './graph-ways.ts'
import { pick, type Random } from './random-graph.ts'
import { readLike } from './read-like.ts'

type Outcome = Volume | object
type AnyPipeline = Pipeline<unknown>

// A run that takes longer hangs.
const timeout = 30_000

/** What became of the runs of all graphs. */
export interface RunCounts {
  runs: number
  /** Runs whose budget was too small, and that then had the one they asked for. */
  tooSmall: number
  /** Results that a file format cannot hold. */
  unwritable: number
  /** Graphs without a result: values their filters refuse. */
  failed: number
}

/** Runs one graph in every way there is. */
export class GraphChecks {
  readonly #recipe: GraphRecipe
  readonly #random: Random
  readonly #counts: RunCounts
  readonly #file: (name: string) => string
  readonly #made: Volume[] = []
  readonly #kept: AnyPipeline[] = []
  /** What is being done, for whoever reads of a failure. */
  doing = ''

  constructor(
    recipe: GraphRecipe,
    facts: { random: Random; counts: RunCounts; file: (name: string) => string },
  ) {
    this.#recipe = recipe
    this.#random = facts.random
    this.#counts = facts.counts
    this.#file = facts.file
  }

  async checkAll(): Promise<void> {
    const random = this.#random
    const nodes = builtNodes(this.#recipe, { keeps: true })
    this.#kept.push(...nodes.slice(this.#recipe.sources.length))
    const pipeline = nodes.at(-1) as AnyPipeline
    const wanted = await this.#reference()
    if (wanted === undefined) return
    const shape = wanted instanceof Volume ? wanted.shape : (await pipeline.info()).shape
    if (random(1, 4) === 1) await this.#checkStepByStep(wanted)
    const hasKept = this.#recipe.steps.some(({ isKept }) => isKept)
    for (let round = 0; round < (hasKept ? 2 : 1); round++)
      await this.#checkCompute(pipeline, drawWay(shape, random), wanted)
    if (!(wanted instanceof Volume)) return
    await this.#checkRegion(pipeline, wanted)
    if (random(1, 3) === 1) await this.#checkTogether(nodes, wanted)
    if (random(1, 3) === 1) await this.#checkTiles(pipeline as Pipeline, wanted)
    if (random(1, 3) === 1) await this.#checkWrite(pipeline as Pipeline, wanted)
  }

  /** Gives back all that was made. */
  end(): void {
    for (const volume of this.#made) volume.dispose()
    for (const pipeline of this.#kept) pipeline.release()
  }

  async #run(pipeline: AnyPipeline, options: ComputeOptions): Promise<Outcome> {
    this.doing = JSON.stringify(options)
    this.#counts.runs++
    return this.#own((await pipeline.compute({ timeout, ...options })) as Outcome)
  }

  #own<T>(made: T): T {
    if (made instanceof Volume) this.#made.push(made)
    return made
  }

  // Values a filter refuses are refused whatever way it runs.
  async #reference(): Promise<Outcome | undefined> {
    const pipeline = builtNodes(this.#recipe, { keeps: false }).at(-1) as AnyPipeline
    try {
      return await this.#run(pipeline, { executor: 'reference' })
    } catch (error) {
      if (!(error instanceof VoxlineError) || error.code !== 'Filter') throw error
      this.#counts.failed++
      await assert.rejects(this.#run(pipeline, { threads: 2 }), { code: 'Filter' })
      return undefined
    }
  }

  // Each step by itself, on volumes of what it reads.
  async #checkStepByStep(wanted: Outcome): Promise<void> {
    const { sources, steps } = this.#recipe
    const made = new Map<number, Volume>()
    for (const [k, step] of steps.entries()) {
      const node = sources.length + k
      const nodes = builtNodes({ sources, steps: steps.slice(0, k + 1) }, { keeps: false, made })
      const result = await this.#run(nodes[node] as AnyPipeline, { executor: 'reference', threads: 1 })
      this.doing = `step by step, ${step.filter.name} of nodes ${inputsOf(step)}`
      if (result instanceof Volume) made.set(node, result)
      if (k === steps.length - 1) checkSame(await this.#inOrder(result), await this.#inOrder(wanted))
    }
  }

  // In the order of its axes: what is computed from volumes may lie otherwise in memory.
  async #inOrder(made: Outcome): Promise<Outcome> {
    return made instanceof Volume ? this.#own(await made.copy({ layout: made.orientation })) : made
  }

  // With the least budget, a little more, or none.
  async #checkCompute(pipeline: AnyPipeline, way: RunOptions, wanted: Outcome): Promise<void> {
    const isBounded = this.#random(1, 3) === 1
    if (!isBounded) return checkSame(await this.#run(pipeline, way), wanted)
    const least = await this.#required((memory) => this.#run(pipeline, { ...way, memory }), 1)
    const memory = least + pick([0, 0, 1000, least], this.#random)
    checkSame(await this.#run(pipeline, { ...way, memory }), wanted)
  }

  async #required(run: (memory: number) => Promise<unknown>, memory: number): Promise<number> {
    try {
      await run(memory)
      return memory
    } catch (error) {
      if (!(error instanceof VoxlineError) || error.code !== 'Memory') throw error
      this.#counts.tooSmall++
      const { required } = error.details
      assert.ok(typeof required === 'number' && required > memory, `required is ${required}`)
      return required
    }
  }

  async #checkRegion(pipeline: AnyPipeline, wanted: Volume): Promise<void> {
    const random = this.#random
    const region = someRegion(wanted.shape, random)
    const part = this.#own(await this.#own(wanted.view(region)).copy({ layout: wanted.memoryOrientation }))
    checkSame(await this.#run(pipeline, { ...drawWay(region.shape, random), region }), part)
  }

  // With other nodes of its shape, in one run.
  async #checkTogether(nodes: readonly AnyPipeline[], wanted: Volume): Promise<void> {
    const random = this.#random
    const outputs: Record<string, Pipeline> = { target: nodes.at(-1) as Pipeline }
    const alone: Record<string, Outcome> = { target: wanted }
    const plain = builtNodes(this.#recipe, { keeps: false })
    for (const [k, node] of plain.entries()) {
      if (node.steps.at(-1)?.filter.measures || random(1, 2) === 1) continue
      const { shape, components } = await node.info()
      if (String(shape) !== String(wanted.shape) || components !== wanted.components) continue
      outputs[`node${k}`] = nodes[k] as Pipeline
      alone[`node${k}`] = await this.#run(node, { executor: 'reference' })
    }
    const set = together(outputs)
    const way = drawWay(wanted.shape, random)
    const run = async (memory?: number) => {
      const names = Object.keys(outputs)
      this.doing = `together ${names} ${JSON.stringify({ ...way, memory })}`
      this.#counts.runs++
      const made = await set.compute({ ...way, timeout, ...(memory && { memory }) })
      for (const volume of Object.values(made)) this.#own(volume)
      for (const name of names) checkSame(made[name] as Volume, alone[name] as Volume)
    }
    if (random(1, 2) === 1) await run()
    else await run(await this.#required(run, 1))
  }

  async #checkTiles(pipeline: Pipeline, wanted: Volume): Promise<void> {
    const { shape } = wanted
    const way = drawWay(shape, this.#random)
    this.doing = `tiles ${JSON.stringify(way)}`
    this.#counts.runs++
    const whole = this.#own(await wanted.copy())
    await whole.fill(7)
    let voxels = 0
    for await (const { region, volume } of pipeline.tiles({ ...way, timeout })) {
      await whole.copyFrom(volume, region.start)
      voxels += region.shape.reduce((product, length) => product * length, 1)
      volume.dispose()
    }
    assert.equal(
      voxels,
      shape.reduce((product, length) => product * length, 1),
    )
    assert.ok(await whole.equals(wanted))
  }

  async #checkWrite(pipeline: Pipeline, wanted: Volume): Promise<void> {
    const random = this.#random
    const path = this.#file(`out${pick(['.nii', '.nrrd', '.mha', '.nii.gz'], random)}`)
    const way = drawWay(wanted.shape, random)
    const write = (memory?: number) => {
      this.doing = `write ${path} ${JSON.stringify({ ...way, memory })}`
      this.#counts.runs++
      return pipeline.write(path, { ...way, timeout, overwrite: true, ...(memory && { memory }) })
    }
    try {
      this.doing = `explain ${path} ${JSON.stringify(way)}`
      const { isolate: _, ...explained } = way
      const { least } = await pipeline.explain({ ...explained, to: path })
      if (random(1, 2) === 1) await write()
      else await write(await this.#required(write, least))
    } catch (error) {
      if (!(error instanceof VoxlineError) || error.code !== 'Unsupported') throw error
      this.#counts.unwritable++
      return
    }
    const read = this.#own(await readLike(path, wanted))
    assert.ok(await read.equals(wanted))
  }
}

function someRegion(shape: readonly number[], random: Random): Region {
  const start = shape.map((length) => random(0, length - 1))
  return { start, shape: shape.map((length, axis) => random(1, length - (start[axis] as number))) }
}

const bytesOf = ({ data }: Volume) => Buffer.from(data.buffer, data.byteOffset, data.byteLength)

function checkSame(found: Outcome, wanted: Outcome): void {
  if (!(wanted instanceof Volume) || !(found instanceof Volume)) {
    assert.deepEqual(found, wanted)
    return
  }
  const facts = ({ shape, dtype, components, orientation }: Volume) => [shape, dtype, components, orientation]
  assert.deepEqual(facts(found), facts(wanted))
  if (bytesOf(found).equals(bytesOf(wanted))) return
  const at = wanted.data.findIndex((value, i) => !Object.is(value, found.data[i]))
  assert.fail(`element ${at} is ${found.data[at]}, not ${wanted.data[at]}`)
}
