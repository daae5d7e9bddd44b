import { bytesOf, type DType } from '../core/dtype.ts'
import { VoxlineError } from '../core/errors.ts'
import { checkRegion, type Region, type RegionOptions } from '../volume/region.ts'
import { type ExplainedNode, explainedNodes } from './explain-graph.ts'
import { explanationPicture } from './explain-picture.ts'
import { explanationText } from './explain-text.ts'
import type { Definition } from './flow.ts'
import type { GraphNode, NodeId } from './graph.ts'
import type { Drop } from './info.ts'
import { type Outline, outlineRun, requiredBy } from './outline.ts'
import type { Goal, PlannedPass } from './planner.ts'
import { prepare } from './prepare.ts'
import { outputsOf, type Prepared } from './prepared.ts'
import { ofProcess, Producers } from './producers.ts'
import { computedOf, computedVoxels, divisionsOf, isEmpty, neededOf, voxelsOf } from './regions.ts'
import { RunScope } from './run-scope.ts'
import { Segment } from './segment.ts'
import { type RunOptions, type Settings, settleRun } from './settings.ts'
import { fileTarget, resultParts, streamedTarget } from './targets.ts'

/** Options of `explain`: those of the run to be explained. */
export interface ExplainOptions extends Omit<RunOptions, 'isolate' | 'signal' | 'onProgress' | 'onEvent'> {
  /** Part of the output that would be computed; all of it by default. */
  readonly region?: RegionOptions
  /** The file that would be written; by default an uncompressed one in the source's order. */
  readonly to?: string
}

/** One stage of a pass. */
export interface StageFacts {
  /** The step it belongs to; parts of composites after a slash. */
  readonly step: string
  /** What does the work: a source, a native kernel, a TypeScript function. */
  readonly kind: GraphNode['kind']
  /** The native kernel; absent for sources and TypeScript functions. */
  readonly kernel?: string
  /** Element type it computes on. */
  readonly in: DType
  /** Element type it gives. */
  readonly out: DType
  /** Axis of a stage along lines. */
  readonly axis?: number
  /** Voxels computed beyond the sink's region on either side, per axis, for the stages behind it. */
  readonly low: readonly number[]
  /** The same behind the region. */
  readonly high: readonly number[]
}

/** Regions of a step's output, or of a source, by its name. */
export interface StepRegions {
  /** The step, or the source. */
  readonly step: string
  /** In the order of the divisions. */
  readonly regions: readonly Region[]
}

/** One pass of a plan. */
export interface PassFacts {
  /** What is computed one after another. */
  readonly divisions: readonly Region[]
  /** Shape of what a worker carries through all stages at once, and how many of them there are. */
  readonly tile: readonly number[]
  /** Tiles of all divisions. */
  readonly tiles: number
  /** Workers the pass runs on. */
  readonly threads: number
  /** What every tile goes through, in order. */
  readonly stages: readonly StageFacts[]
  /** Per source and step: its name and what is needed of it in each division. */
  readonly needed: readonly StepRegions[]
  /** The same of what is computed, or read, in each division: what is needed and not held from the one before. Divisions without any are left out. */
  readonly computed: readonly StepRegions[]
  /** What the pass ends with. */
  readonly end: 'volume' | 'reduction'
  /** Whether the voxels in front of its reductions stay in memory for the next pass, which otherwise computes them again. */
  readonly keeps: boolean
  /** Bytes of rows that stay in memory from one division to the next. */
  readonly carried: number
  /** Bytes at most in memory. */
  readonly peak: number
  /** The least budget the pass works with, in bytes. */
  readonly least: number
  /** Bytes of voxels read from the source. */
  readonly bytesRead: number
  /** Bytes of voxels written. */
  readonly bytesWritten: number
  /** What is decoded whole, or runs on the caller's thread. */
  readonly notes: readonly string[]
}

/** A plan, as far as it can be known before it runs: as an object, as text and as a picture. */
export interface Explanation {
  /** Sources and steps, inputs before those that use them. */
  readonly nodes: readonly ExplainedNode[]
  /** The passes towards the result, one after another. Steps that make regions by themselves run passes of their own below them. */
  readonly passes: readonly PassFacts[]
  /** Shape of the output. */
  readonly shape: readonly number[]
  /** Element type of the output. */
  readonly dtype: DType
  /** Bytes at most in memory. */
  readonly peak: number
  /** Bytes of `peak` that are for the process and the same for every run: stacks of threads, the plan, objects of scripts. */
  readonly process: number
  /** The least budget that works, in bytes. */
  readonly least: number
  /** The budget it was planned for, in bytes. */
  readonly budget: number
  /** Bytes of voxels read from the source, over all passes. */
  readonly bytesRead: number
  /** Bytes of voxels written, over all passes. */
  readonly bytesWritten: number
  /** Header fields that do not reach the output. */
  readonly drops: readonly Drop[]
  /** The plan as lines of text. */
  toString(): string
  /** The plan as a picture: the graph with what each pass needs of every step, as an SVG document. */
  toSVG(): string
}

/** Plans a run without running it. */
export async function explainRun(definition: Definition, options: ExplainOptions): Promise<Explanation> {
  const { region, to, ...rest } = options
  const settings = settleRun('explain', rest)
  const prepared = await prepare(definition, { asStored: to !== undefined })
  const { target, measures } = prepared
  try {
    const wanted = checkRegion('explain.region', region ?? {}, target.info.shape)
    const result = resultParts(target, wanted)
    const scaling = target.kind === 'source' ? target.source.storedScaling : null
    const file = measures || to === undefined ? null : fileTarget(to, result, { scaling })
    const streamed = outputsOf(target).map((output) => streamedTarget(resultParts(output, wanted)))
    const goal = { region: wanted, sinks: measures ? [] : file ? [file.target] : streamed }
    const dropped = (file?.dropped ?? []).map((field) => ({ step: to as string, field }))
    const drops = [...prepared.drops, ...dropped]
    return withOutline(prepared, settings, goal, (outline) => {
      const nodes = explainedNodes(target)
      const within = (budget: number) => leastOf(prepared, { ...settings, budget, isBudgetGiven: true }, goal)
      // As planned, and with every step holding as little as it can.
      const least = Math.min(within(outline.least()), within(within(1)))
      return explanation(prepared, outline, { nodes, least, budget: settings.budget, drops })
    })
  } finally {
    await prepared.close()
  }
}

function withOutline<T>(
  prepared: Prepared,
  settings: Settings,
  { region, sinks }: Pick<Goal, 'region' | 'sinks'>,
  use: (outline: Outline) => T,
): T {
  const { target } = prepared
  const scope = new RunScope(prepared, settings, {})
  const producers = new Producers(scope)
  const segment = new Segment(scope, target, settings, producers.suppliesOf)
  try {
    const { planner } = segment
    return use(outlineRun(target, { region, sinks, held: 0 }, { planner, producers }))
  } finally {
    segment.close()
    producers.close()
  }
}

// A small budget may lead to other passes, which need more.
function leastOf(prepared: Prepared, settings: Settings, goal: Pick<Goal, 'region' | 'sinks'>): number {
  try {
    withOutline(prepared, settings, goal, () => {})
    return settings.budget
  } catch (error) {
    if (!(error instanceof VoxlineError) || error.code !== 'Memory') throw error
    return requiredBy(error)
  }
}

function explanation(
  { target, measures }: Prepared,
  { passes: planned, peak }: Outline,
  { nodes, least, budget, drops }: Pick<Explanation, 'nodes' | 'least' | 'budget' | 'drops'>,
): Explanation {
  const passes = planned.map(passFacts)
  const sum = (value: (pass: PassFacts) => number) => passes.reduce((total, pass) => total + value(pass), 0)
  const facts = {
    nodes,
    passes,
    shape: measures ? [] : (planned.at(-1)?.region.shape ?? target.info.shape),
    dtype: target.info.dtype,
    peak,
    process: ofProcess,
    least,
    budget,
    bytesRead: sum(({ bytesRead }) => bytesRead),
    bytesWritten: sum(({ bytesWritten }) => bytesWritten),
    drops,
  }
  return { ...facts, toString: () => explanationText(facts), toSVG: () => explanationPicture(facts) }
}

function passFacts(pass: PlannedPass): PassFacts {
  const { graph, layout, held, kept, region } = pass
  const rank = region.shape.length
  const volume = graph.end.kind === 'volume'
  const written = volume || kept ? voxelsOf(layout) : 0
  return {
    divisions: divisionsOf(pass),
    tile: layout.tile.slice(0, rank),
    tiles: layout.tiles,
    threads: layout.threads,
    stages: graph.nodes.map((node, id) => stageFacts(pass, node, id)),
    needed: stepRegions(pass, neededOf),
    computed: stepRegions(pass, madeOf),
    end: volume ? 'volume' : 'reduction',
    keeps: kept !== null,
    carried: layout.carried,
    peak: layout.peak + held,
    least: pass.least() + held,
    bytesRead: graph.nodes.reduce((sum, node, id) => sum + bytesReadBy(pass, node, id), 0),
    bytesWritten: written * graph.values.reduce((sum, { dtype }) => sum + bytesOf(dtype), 0),
    notes: [...layout.notes, ...graph.nodes.flatMap(scriptNote)],
  }
}

function stageFacts({ layout, region }: PlannedPass, node: GraphNode, id: number): StageFacts {
  const rank = region.shape.length
  const reach = layout.nodes[id]
  const common = {
    step: node.label,
    kind: node.kind,
    in: node.kind === 'source' ? node.storage.dtype : node.in,
    out: node.dtype,
    low: (reach?.low ?? []).slice(0, rank),
    high: (reach?.high ?? []).slice(0, rank),
  }
  if (node.kind === 'source' || node.kind === 'script') return common
  return { ...common, kernel: node.kernel, ...(node.axis >= 0 && { axis: node.axis }) }
}

function stepRegions(
  pass: PlannedPass,
  regionsOf: (pass: PlannedPass, node: NodeId) => readonly Region[],
): readonly StepRegions[] {
  const { graph } = pass
  const sources = graph.nodes.flatMap(({ kind, label }, id) =>
    kind === 'source' ? [{ step: label, regions: regionsOf(pass, id) }] : [],
  )
  const steps = [...graph.steps].map(([step, node]) => ({
    step: step.filter.name,
    regions: regionsOf(pass, node),
  }))
  return [...sources, ...steps]
}

function madeOf(pass: PlannedPass, node: NodeId): readonly Region[] {
  return computedOf(pass, node).filter((region) => !isEmpty(region))
}

function bytesReadBy({ layout }: PlannedPass, node: GraphNode, id: number): number {
  const reads = node.kind === 'source' && node.storage.kind !== 'supply'
  return reads ? computedVoxels(layout, id) * bytesOf(node.storage.dtype) : 0
}

function scriptNote(node: GraphNode): string[] {
  return node.kind === 'script' ? [`${node.label}: a TypeScript function, runs on the run's own thread`] : []
}
