import type { DType } from '../core/dtype.ts'
import { inputsOf, nodesBelow, type PreparedNode, type Target } from './prepared.ts'

/** One node of an explained pipeline. */
export interface ExplainedNode {
  /** The step's name, or the file's. */
  readonly step: string
  /** A source, a step that runs fused with its neighbours, or one that makes regions by itself and supplies them to a pass. */
  readonly kind: PreparedNode['kind']
  /** Where its inputs stand in the list of nodes. */
  readonly inputs: readonly number[]
  /** Shape of what it makes. */
  readonly shape: readonly number[]
  /** Element type of what it makes. */
  readonly dtype: DType
  /** Whether it reads its inputs once, part by part, before it makes any region. */
  readonly readsBefore: boolean
  /** Bytes that it holds from then until the run has ended. */
  readonly held: number
}

/** The nodes below a target, inputs before those that use them. */
export function explainedNodes(target: Target): readonly ExplainedNode[] {
  const nodes = nodesBelow(target)
  return nodes.map((node) => ({
    step: node.label,
    kind: node.kind,
    inputs: inputsOf(node).map((input) => nodes.indexOf(input)),
    shape: node.info.shape,
    dtype: node.info.dtype,
    readsBefore: node.kind === 'regional' && node.regional.prepare !== undefined,
    held: node.kind === 'regional' ? (node.regional.held ?? 0) : 0,
  }))
}
