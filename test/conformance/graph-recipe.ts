import { type AnyStep, type FilterFacts, type Pipeline, pipe, type VoxelSource } from '../../ts/index.ts'
import type { GraphSource } from './graph-sources.ts'

/** Stands in a step's options for what a node makes. */
export class NodeReference {
  readonly node: number

  constructor(node: number) {
    this.node = node
  }

  toJSON(): string {
    return `node ${this.node}`
  }
}

/** One step of a graph; nodes are numbered from the sources on. */
export interface GraphStep {
  readonly filter: FilterFacts
  readonly options: Readonly<Record<string, unknown>>
  readonly input: number
  readonly isKept: boolean
}

/** A graph as plain data: every building of it gives new steps. */
export interface GraphRecipe {
  readonly sources: readonly GraphSource[]
  readonly steps: readonly GraphStep[]
}

/** How a graph is built. */
interface Building {
  /** Whether steps keep what they are meant to keep. */
  readonly keeps: boolean
  /** Voxels that stand in for what a node makes. */
  readonly made?: ReadonlyMap<number, VoxelSource>
}

type AnyPipeline = Pipeline<unknown>

/** Every node of a graph as a pipeline; steps that share a producer share one. */
export function builtNodes(
  { sources, steps }: GraphRecipe,
  { keeps, made }: Building,
): readonly AnyPipeline[] {
  const nodes: AnyPipeline[] = sources.map(({ voxels }) => pipe(voxels))
  const pipelineOf = (node: number): AnyPipeline => {
    const voxels = made?.get(node)
    return voxels === undefined ? (nodes[node] as AnyPipeline) : pipe(voxels)
  }
  for (const step of steps) {
    const placed: AnyStep = step.filter.step(withReferences(step.options, pipelineOf))
    const pipeline = pipe(pipelineOf(step.input) as Pipeline, placed) as AnyPipeline
    nodes.push(keeps && step.isKept ? pipeline.keep() : pipeline)
  }
  return nodes
}

/** The nodes a node reads. */
export function inputsOf({ input, options }: GraphStep): readonly number[] {
  const further = Object.values(options).flat()
  return [input, ...further.flatMap((value) => (value instanceof NodeReference ? [value.node] : []))]
}

// The options with something else for every node they refer to, also those in a list.
function withReferences(
  options: GraphStep['options'],
  change: (node: number) => unknown,
): GraphStep['options'] {
  const changed = (value: unknown): unknown => {
    if (value instanceof NodeReference) return change(value.node)
    return Array.isArray(value) ? value.map(changed) : value
  }
  return Object.fromEntries(Object.entries(options).map(([name, value]) => [name, changed(value)]))
}

/** The graph without steps and sources the last step has no use for. */
export function pruned({ sources, steps }: GraphRecipe): GraphRecipe {
  const used = new Set([sources.length + steps.length - 1])
  for (let node = sources.length + steps.length - 1; node >= sources.length; node--)
    if (used.has(node))
      for (const input of inputsOf(steps[node - sources.length] as GraphStep)) used.add(input)
  const left = [...used].sort((a, b) => a - b)
  const renumbered = (node: number) => left.indexOf(node)
  return {
    sources: sources.filter((_, node) => used.has(node)),
    steps: steps
      .filter((_, k) => used.has(sources.length + k))
      .map((step) => ({
        ...step,
        input: renumbered(step.input),
        options: withReferences(step.options, (node) => new NodeReference(renumbered(node))),
      })),
  }
}

/** The graph as lines of text. */
export function graphText({ sources, steps }: GraphRecipe): string {
  const lines = [
    ...sources.map(({ label }) => label),
    ...steps.map(
      ({ filter, options, input, isKept }) =>
        `${filter.name} of node ${input} ${JSON.stringify(options, (_, value) =>
          typeof value === 'bigint' ? `${value}n` : value,
        )}${isKept ? ', kept' : ''}`,
    ),
  ]
  return lines.map((line, node) => `    node ${node}: ${line}`).join('\n')
}
