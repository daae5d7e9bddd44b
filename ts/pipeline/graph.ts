import type { StageBorder } from '../core/border.ts'
import type { DType } from '../core/dtype.ts'
import type { ScriptBlock } from '../native/addon.ts'
import type { KernelName } from '../native/kernels.ts'
import type { AnyStep } from './define-filter.ts'
import type { ParamValues, Reduction } from './stage.ts'
import type { Scaling, SourceStorage } from './storage.ts'

/** Number of a node in its graph; inputs come before their consumers. */
export type NodeId = number

export interface SourceNode {
  readonly kind: 'source'
  /** Of the node's voxels, which are converted while they are loaded. */
  readonly dtype: DType
  readonly storage: SourceStorage
  readonly scaling: Scaling | null
  readonly label: string
}

interface Staged {
  readonly inputs: readonly NodeId[]
  readonly in: DType
  /** Of the node's voxels. */
  readonly dtype: DType
  readonly border: StageBorder
  readonly borderValue: number | bigint
  /** The step it belongs to, for explanations: `edgeMap/threshold`. */
  readonly label: string
}

export interface KernelNode extends Staged {
  readonly kind: 'stage' | 'reduce'
  readonly kernel: KernelName
  readonly params: ParamValues
  readonly axis: number
}

export interface ScriptNode extends Staged {
  readonly kind: 'script'
  readonly call: (block: ScriptBlock) => void
  readonly halo: readonly number[]
}

export type GraphNode = SourceNode | KernelNode | ScriptNode

/** What a pass ends with. */
export type PassEnd =
  | { readonly kind: 'volume' }
  /** Reductions that later stages wait for. */
  | { readonly kind: 'barrier'; readonly reductions: readonly Reduction<unknown>[] }
  /** Reductions that end the pipeline. */
  | { readonly kind: 'measure'; readonly reductions: readonly Reduction<unknown>[] }
  | { readonly kind: 'outcome'; readonly value: unknown }

/** Voxels that a sink takes. */
export interface GraphValue {
  readonly node: NodeId
  /** Element type they have in a sink. */
  readonly dtype: DType
}

/** The stages of one pass. */
export interface PassGraph {
  readonly nodes: readonly GraphNode[]
  /** What sinks take, one each: the pass' results, or what later stages read again. */
  readonly values: readonly GraphValue[]
  readonly end: PassEnd
  /** Which node holds a step's output. */
  readonly steps: ReadonlyMap<AnyStep, NodeId>
  /** Whether sinks take the values. */
  readonly stores: boolean
}

/** A stage that only converts, by the store rule. */
export function isPlainConvert(node: GraphNode): node is KernelNode {
  return (
    node.kind === 'stage' &&
    node.kernel === 'convert' &&
    node.params.rounding === 0 &&
    node.params.overflow === 0
  )
}
