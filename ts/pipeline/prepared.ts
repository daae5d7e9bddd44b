import type { CustomSource } from './custom-source.ts'
import type { AnyStep, BoundStep } from './define-filter.ts'
import type { Drop, Info } from './info.ts'
import type { Stamp } from './kept-data.ts'
import type { AnyRegional } from './regional.ts'
import type { OpenSource } from './source.ts'

/** What is known of a node's voxels beside their facts. */
interface NodeFacts {
  readonly info: Info
  /** Strides whose order and signs the result's memory follows. */
  readonly strides: readonly number[]
  /** The file the voxels come from, and what was said of it. */
  readonly origin: OpenSource['origin']
  readonly label: string
  /** What it is made of: the same parts, the same voxels. */
  readonly stamp: Stamp
}

/** Voxels in memory or in a file. */
export interface SourceNode extends NodeFacts {
  readonly kind: 'source'
  readonly source: OpenSource
}

/** A step whose stages run fused with their neighbours'. */
export interface FusedNode extends NodeFacts {
  readonly kind: 'fused'
  readonly step: BoundStep
  readonly input: PreparedNode
  /** By option; on the input's grid, in its orientation. */
  readonly operands: ReadonlyMap<string, PreparedNode>
}

/** A step that makes regions by itself. */
export interface RegionalNode extends NodeFacts {
  readonly kind: 'regional'
  /** What monitors watch: a step, or a source of functions; null for what the pipeline put in between. */
  readonly watched: AnyStep | CustomSource | null
  /** Its lean way once the run's plan has come to that. */
  regional: AnyRegional
  readonly inputs: readonly PreparedNode[]
}

/** A node of a pipeline whose headers have been read. */
export type PreparedNode = SourceNode | FusedNode | RegionalNode

/** Several outputs of one run; its facts are the first one's, with which all share shape and components. */
export interface GatheredOutputs extends NodeFacts {
  readonly kind: 'gathered'
  readonly outputs: readonly PreparedNode[]
}

/** What passes go towards. */
export type Target = PreparedNode | GatheredOutputs

/** What the information pass knows. */
export interface Prepared {
  /** Where the run ends. */
  readonly target: Target
  /** What each step makes. */
  readonly infos: ReadonlyMap<AnyStep | CustomSource, Info>
  readonly drops: readonly Drop[]
  readonly measures: boolean
  /** Ends what was opened for the run. */
  close(): Promise<void>
}

/** What is delivered: several outputs, or the node itself. */
export function outputsOf(target: Target): readonly PreparedNode[] {
  return target.kind === 'gathered' ? target.outputs : [target]
}

/** Every node a run needs, inputs before those that use them. */
export function nodesBelow(target: Target): readonly PreparedNode[] {
  const order: PreparedNode[] = []
  const seen = new Set<PreparedNode>()
  const visit = (node: PreparedNode) => {
    if (seen.has(node)) return
    seen.add(node)
    for (const input of inputsOf(node)) visit(input)
    order.push(node)
  }
  for (const output of outputsOf(target)) visit(output)
  return order
}

/** What a node reads. */
export function inputsOf(node: PreparedNode): readonly PreparedNode[] {
  if (node.kind === 'source') return []
  return node.kind === 'fused' ? [node.input, ...node.operands.values()] : node.inputs
}
