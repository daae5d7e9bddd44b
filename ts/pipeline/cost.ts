import { bytesOf } from '../core/dtype.ts'
import type { GraphNode, PassGraph } from './graph.ts'

// Modelled nanoseconds per voxel on one core; only their ratios matter (spec/algorithms.md §4.7, §5).
const nsPerByteFromFile = 0.5
const nsPerByteInflated = 2.5
const nsPerByteInMemory = 0.2
const nsPerScriptVoxel = 30
const nsPerSuppliedVoxel = 5

/** Modelled work of a pass per voxel. */
export function costOf(graph: PassGraph): number {
  return graph.nodes.reduce((sum, node) => sum + nodeCost(node), 0)
}

/**
 * Whether the voxels in front of a reduction are better kept in memory than computed again: when writing and reading them
 * costs less than what made them.
 */
export function isWorthKeeping(graph: PassGraph, components: number): boolean {
  const made = graph.nodes.reduce((sum, node) => (node.kind === 'reduce' ? sum : sum + nodeCost(node)), 0)
  const bytes = graph.values.reduce((sum, { dtype }) => sum + bytesOf(dtype), 0)
  const isMade = graph.values.some(({ node }) => graph.nodes[node]?.kind !== 'source')
  return isMade && made > bytes * components * nsPerByteInMemory * 2
}

function nodeCost(node: GraphNode): number {
  if (node.kind === 'source') {
    const bytes = bytesOf(node.storage.dtype)
    if (node.storage.kind === 'view') return bytes * nsPerByteInMemory
    if (node.storage.kind === 'supply') return nsPerSuppliedVoxel
    return bytes * (node.storage.compression === 'none' ? nsPerByteFromFile : nsPerByteInflated)
  }
  if (node.kind === 'script') return nsPerScriptVoxel
  const { radius, weights } = node.params
  if (Array.isArray(weights) && node.axis >= 0) return 0.1 * (2 * weights.length - 1)
  if (Array.isArray(radius)) return 0.3 * radius.reduce((count, r) => count * (2 * r + 1), 1)
  return node.axis >= 0 ? 0.5 : 0.25
}
