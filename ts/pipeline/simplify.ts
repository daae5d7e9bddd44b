import type { DType } from '../core/dtype.ts'
import {
  type GraphNode,
  type GraphValue,
  isPlainConvert,
  type KernelNode,
  type NodeId,
  type PassGraph,
} from './graph.ts'

/**
 * Removes stages that loading, storing or the stage before them does as well; no voxel's value depends on it. `stored` are the element
 * types that sinks take: by default those of the graph's values.
 */
export function simplify(graph: PassGraph, stored: readonly DType[] = []): PassGraph {
  const work = new Rewriting(graph, stored)
  work.joinOrders()
  work.loadConverted()
  work.storeConverted()
  return work.done()
}

class Rewriting {
  readonly #graph: PassGraph
  readonly #nodes: (GraphNode | null)[]
  readonly #stored: readonly DType[]
  readonly #values: GraphValue[]
  // Where the voxels of a removed node can be seen.
  readonly #alias = new Map<NodeId, NodeId>()

  constructor(graph: PassGraph, stored: readonly DType[]) {
    this.#graph = graph
    this.#stored = stored
    this.#nodes = [...graph.nodes]
    this.#values = [...graph.values]
  }

  // Encoding what has just been decoded.
  joinOrders(): void {
    this.#each((node, id) => {
      if (node.kind !== 'stage' || node.kernel !== 'order_encode') return
      const [input] = node.inputs as readonly [NodeId]
      const before = this.#nodes[input]
      const undoes = before?.kind === 'stage' && before.kernel === 'order_decode' && before.in === node.dtype
      if (!undoes || before.dtype !== node.in) return
      const [encoded] = before.inputs as readonly [NodeId]
      this.#remove(id, encoded)
      if (this.#consumers(input).length === 0 && !this.#feedsSink(input)) this.#remove(input, encoded)
    })
  }

  // A stored type that every consumer converts to one and the same type is loaded as that type.
  loadConverted(): void {
    this.#each((node, id) => {
      if (node.kind !== 'source' || node.scaling || this.#feedsSink(id)) return
      const consumers = this.#consumers(id)
      const wanted = new Set<DType>(consumers.map((consumer) => (this.#nodes[consumer] as GraphNode).dtype))
      if (
        wanted.size !== 1 ||
        !consumers.every((consumer) => isPlainConvert(this.#nodes[consumer] as GraphNode))
      )
        return
      const [dtype] = wanted as Set<DType> & Iterable<DType>
      this.#nodes[id] = { ...node, dtype: dtype as DType }
      for (const consumer of consumers) this.#remove(consumer, id)
    })
  }

  // A sink converts by the same rule while it stores.
  storeConverted(): void {
    for (const converted of new Set(this.#values.map(({ node }) => node))) {
      const node = this.#nodes[converted] as GraphNode
      if (!this.#feedsSink(converted) || !isPlainConvert(node) || this.#consumers(converted).length > 0)
        continue
      const isKept = (value: GraphValue, sink: number) =>
        value.dtype === node.dtype && (this.#stored[sink] ?? value.dtype) === value.dtype
      if (!this.#values.every((value, k) => value.node !== converted || isKept(value, k))) continue
      const [input] = node.inputs as readonly [NodeId]
      this.#remove(converted, input)
    }
  }

  done(): PassGraph {
    const needed = this.#needed()
    const kept = this.#nodes.flatMap((node, id) => (node !== null && needed.has(id) ? [id] : []))
    const renumbered = (id: NodeId) => kept.indexOf(this.#visible(id))
    const nodes = kept.map((id) => {
      const node = this.#nodes[id] as GraphNode
      return node.kind === 'source' ? node : { ...node, inputs: node.inputs.map(renumbered) }
    })
    const reached = [...this.#graph.steps].filter(([, id]) => needed.has(this.#visible(id)))
    const steps = new Map(reached.map(([step, id]) => [step, renumbered(id)]))
    const values = this.#values.map(({ node, dtype }) => ({ node: renumbered(node), dtype }))
    return { ...this.#graph, nodes, steps, values }
  }

  // What sinks and reductions are made of.
  #needed(): ReadonlySet<NodeId> {
    const needed = new Set<NodeId>(this.#graph.stores ? this.#values.map(({ node }) => node) : [])
    for (let id = this.#nodes.length - 1; id >= 0; id--) {
      const node = this.#nodes[id]
      if (node?.kind === 'reduce') needed.add(id)
      if (node && node.kind !== 'source' && needed.has(id)) for (const input of node.inputs) needed.add(input)
    }
    return needed
  }

  #feedsSink(id: NodeId): boolean {
    return this.#graph.stores && this.#values.some(({ node }) => node === id)
  }

  #each(f: (node: GraphNode, id: NodeId) => void): void {
    for (let id = 0; id < this.#nodes.length; id++) {
      const node = this.#nodes[id]
      if (node) f(node, id)
    }
  }

  #consumers(of: NodeId): NodeId[] {
    return this.#nodes.flatMap((node, id) =>
      node && node.kind !== 'source' && node.inputs.includes(of) ? [id] : [],
    )
  }

  #remove(id: NodeId, standIn: NodeId): void {
    for (const consumer of this.#consumers(id)) {
      const node = this.#nodes[consumer] as KernelNode
      this.#nodes[consumer] = {
        ...node,
        inputs: node.inputs.map((input) => (input === id ? standIn : input)),
      }
    }
    this.#values.forEach(({ node, dtype }, k) => {
      if (node === id) this.#values[k] = { node: standIn, dtype }
    })
    this.#nodes[id] = null
    this.#alias.set(id, standIn)
  }

  #visible(id: NodeId): NodeId {
    let at = id
    for (let next = this.#alias.get(at); next !== undefined; next = this.#alias.get(at)) at = next
    return at
  }
}
