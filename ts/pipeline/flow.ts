import type { AnyStep, BoundStep } from './define-filter.ts'
import { KeptData, type KeptSlot } from './kept-data.ts'
import type { VolumeOperand } from './operand.ts'
import type { VoxelSource } from './source.ts'

/** Key under which a pipeline holds what it is made of. */
export const flowKey: unique symbol = Symbol('voxline.flow')

/** Where voxels come from, or a step on what another flow gives. Flows are shared: one object is one thing in a run. */
export type Flow = SourceFlow | StepFlow

interface SourceFlow {
  readonly kind: 'source'
  readonly source: VoxelSource
}

interface StepFlow {
  readonly kind: 'step'
  readonly step: AnyStep
  readonly input: Flow
  /** What stays of the output between runs; made when it is first wanted. */
  readonly kept: KeptSlot
}

const sources = new WeakMap<object, SourceFlow>()
const steps = new WeakMap<Flow, WeakMap<AnyStep, StepFlow>>()

/** The flow of a source: the same for the same volume. */
export function sourceFlow(source: VoxelSource): Flow {
  if (typeof source === 'string') return { kind: 'source', source }
  const known = sources.get(source) ?? { kind: 'source', source }
  sources.set(source, known)
  return known
}

/** A step on an input: the same for the same step on the same input. */
export function stepFlow(input: Flow, step: AnyStep): Flow {
  const onInput = steps.get(input) ?? new WeakMap<AnyStep, StepFlow>()
  steps.set(input, onInput)
  const known = onInput.get(step) ?? { kind: 'step', step, input, kept: { data: undefined } }
  onInput.set(step, known)
  return known
}

/** Keeps what a flow's last step makes from run to run. A source has nothing to keep. */
export function keepFlow(flow: Flow): void {
  if (flow.kind === 'step') flow.kept.data ??= new KeptData()
}

/** Gives back what is kept of a flow's last step, and keeps it no longer. */
export function releaseFlow(flow: Flow): void {
  if (flow.kind !== 'step') return
  flow.kept.data?.release()
  flow.kept.data = undefined
}

/** The flow of a filter's further input. */
export function operandFlow(operand: VolumeOperand): Flow {
  if (typeof operand === 'object' && flowKey in operand) return operand[flowKey] as Flow
  return sourceFlow(operand as VoxelSource)
}

/** A flow whose steps have the options they had at one moment. */
export type Bound = BoundSource | BoundNode

export interface BoundSource {
  readonly kind: 'source'
  readonly source: VoxelSource
}

export interface BoundNode {
  readonly kind: 'step'
  readonly step: BoundStep
  readonly input: Bound
  /** By option. */
  readonly operands: ReadonlyMap<string, Bound>
  readonly kept: KeptData | undefined
}

/** What a run makes: the outputs of one pipeline or several, with their names. */
export interface Definition {
  readonly outputs: readonly Bound[]
  /** Empty for one. */
  readonly names: readonly string[]
}

/** Reads the options of every step of several flows, once; what they share is one thing. */
export function bindFlows(flows: Readonly<Record<string, Flow>>): Definition {
  const known = new Map<Flow, Bound>()
  const outputs = Object.values(flows).map((flow) => bindFlow(flow, known))
  return { outputs, names: Object.keys(flows) }
}

/** Reads the options of every step, once. */
export function bindFlow(flow: Flow, known = new Map<Flow, Bound>()): Bound {
  const before = known.get(flow)
  if (before) return before
  const bound = flow.kind === 'source' ? flow : boundNode(flow, known)
  known.set(flow, bound)
  return bound
}

function boundNode({ step, input, kept }: StepFlow, known: Map<Flow, Bound>): BoundNode {
  if (step.isKept) {
    kept.data ??= new KeptData()
    step.keepsIn(kept)
  }
  const bound = step.bind()
  const operands = new Map(
    [...bound.operands].map(([name, given]) => [name, bindFlow(operandFlow(given), known)]),
  )
  return { kind: 'step', step: bound, input: bindFlow(input, known), operands, kept: kept.data }
}

/** The same with other sources. */
export function withSources(
  { outputs, names }: Definition,
  replace: (source: VoxelSource) => VoxelSource,
): Definition {
  const known = new Map<Bound, Bound>()
  return { outputs: outputs.map((output) => replaced(output, replace, known)), names }
}

function replaced(
  bound: Bound,
  replace: (source: VoxelSource) => VoxelSource,
  known: Map<Bound, Bound>,
): Bound {
  const before = known.get(bound)
  if (before) return before
  const made: Bound =
    bound.kind === 'source'
      ? { kind: 'source', source: replace(bound.source) }
      : {
          ...bound,
          input: replaced(bound.input, replace, known),
          operands: new Map([...bound.operands].map(([name, one]) => [name, replaced(one, replace, known)])),
        }
  known.set(bound, made)
  return made
}
