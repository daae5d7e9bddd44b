import { type DType, realOf } from '../core/dtype.ts'
import { VoxlineError } from '../core/errors.ts'
import type { AnyStep, BoundStep } from './define-filter.ts'
import type { GraphNode, GraphValue, NodeId, PassEnd, PassGraph } from './graph.ts'
import { type Info, outputOf } from './info.ts'
import { type FusedNode, outputsOf, type PreparedNode, type RegionalNode, type Target } from './prepared.ts'
import { simplify } from './simplify.ts'
import {
  type After,
  type FurtherInput,
  isStep,
  type KernelStage,
  type Outcome,
  type Part,
  type Reduction,
  type ScriptStage,
  type StagedInput,
} from './stage.ts'
import type { SourceStorage, SupplyStorage } from './storage.ts'

/** What an earlier pass left: the reductions' values, and the voxels behind them where they were kept. */
export interface PassedBarrier {
  readonly values: readonly unknown[]
  readonly kept: SourceStorage | null
}

/** Voxels that a node which makes regions by itself supplies to a pass. */
export type SuppliesOf = (node: RegionalNode) => SupplyStorage

/**
 * The stages of the next pass towards `target`: those up to the first reduction whose values are not among `passed`, or to the end. They
 * begin at sources and at nodes that make regions by themselves.
 *
 * Element types are settled here: a `convert` stands wherever a stage wants another type than it is given, and after a step whose
 * output has another type than its last stage. With `keep`, a sink takes the voxels behind the reductions that end the pass; `stored` are
 * the element types that sinks take at the end, when those are not the target's.
 */
export function nextPass(
  target: Target,
  passed: readonly PassedBarrier[],
  { suppliesOf, keep = false, stored }: NextPassOptions,
): PassGraph {
  const graph = new Lowering(passed, suppliesOf).run(target, keep)
  return simplify(graph, graph.end.kind === 'volume' ? stored : undefined)
}

interface NextPassOptions {
  readonly suppliesOf: SuppliesOf
  readonly keep?: boolean
  readonly stored?: readonly DType[] | undefined
}

interface Value {
  readonly id: NodeId
  readonly dtype: DType
}

// What stages of one step may refer to.
interface Scope {
  readonly label: string
  readonly operands: ReadonlyMap<string, Value>
}

class Lowering {
  readonly #suppliesOf: SuppliesOf
  readonly #passed: PassedBarrier[]
  readonly #lowered = new Map<PreparedNode, Value>()
  readonly #nodes: GraphNode[] = []
  readonly #steps = new Map<AnyStep, NodeId>()
  #value: NodeId = 0
  #dtype: DType = 'uint8'
  #end: PassEnd = { kind: 'volume' }

  constructor(passed: readonly PassedBarrier[], suppliesOf: SuppliesOf) {
    this.#passed = [...passed]
    this.#suppliesOf = suppliesOf
  }

  run(target: Target, keep: boolean): PassGraph {
    const values = this.#valuesOf(target)
    const stores = this.#end.kind === 'volume' || (keep && this.#end.kind === 'barrier')
    return { nodes: this.#nodes, values, end: this.#end, stores, steps: this.#steps }
  }

  // Of all outputs, or what stands before the reductions that end the pass.
  #valuesOf(target: Target): readonly GraphValue[] {
    const values: GraphValue[] = []
    for (const output of outputsOf(target)) {
      const isWhole = this.#lower(output)
      const value = { node: this.#value, dtype: this.#dtype }
      if (!isWhole) return [value]
      values.push(value)
    }
    return values
  }

  // False when the pass ends inside: `#value` then holds what is reduced.
  #lower(node: PreparedNode): boolean {
    const known = this.#lowered.get(node)
    if (known) {
      this.#value = known.id
      this.#dtype = known.dtype
      return true
    }
    if (node.kind === 'source') {
      const { storage, scaling } = node.source
      this.#push({ kind: 'source', dtype: node.info.dtype, storage, scaling, label: node.label })
    } else if (node.kind === 'regional') {
      const storage = this.#suppliesOf(node)
      this.#push({ kind: 'source', dtype: node.info.dtype, storage, scaling: null, label: node.label })
    } else if (!this.#fused(node)) {
      return false
    }
    this.#lowered.set(node, { id: this.#value, dtype: this.#dtype })
    return true
  }

  #fused({ step, input, operands }: FusedNode): boolean {
    const values = new Map<string, Value>()
    for (const [name, operand] of operands) {
      if (!this.#lower(operand)) return false
      values.set(name, { id: this.#value, dtype: this.#dtype })
    }
    const infos = new Map([...operands].map(([name, { info }]) => [name, info]))
    if (!this.#lower(input)) return false
    return this.#step(step, input.info, { label: step.name, operands: values }, infos) !== null
  }

  // Null when the pass ends inside the step.
  #step(
    step: BoundStep,
    input: Info,
    scope: Scope,
    operands: ReadonlyMap<string, Info> = new Map(),
  ): Info | null {
    if (step.measure) {
      this.#measure(step.measure(input, operands), input, scope)
      if (this.#end.kind === 'measure') this.#steps.set(step.step, this.#value)
      return null
    }
    const output = outputOf(step, input, [], operands)
    if (!this.#parts(step.stages(input, operands), input, scope)) return null
    this.#convert(output.dtype, scope.label)
    this.#steps.set(step.step, this.#value)
    return output
  }

  #parts(parts: readonly Part[], input: Info, scope: Scope): boolean {
    let info = input
    for (const part of parts) {
      if (isStep(part)) {
        const label = `${scope.label}/${part.filter.name}`
        const next = this.#step(fusedPart(part, label), info, { label, operands: new Map() })
        if (next === null) return false
        info = next
      } else if (part.kind === 'after') {
        const next = this.#pass(part, info, scope)
        if (next === null || !this.#parts(next, info, scope)) return false
      } else {
        this.#stage(part, info, scope)
      }
    }
    return true
  }

  #measure(measure: After<unknown> | Outcome<unknown>, info: Info, scope: Scope): void {
    let next: After<unknown> | Outcome<unknown> | null = measure
    while (next?.kind === 'after')
      next = this.#pass(next, info, scope) as After<unknown> | Outcome<unknown> | null
    if (next !== null) this.#end = { kind: 'outcome', value: next.value }
    else if (this.#end.kind === 'barrier') this.#end = { kind: 'measure', reductions: this.#end.reductions }
  }

  // What follows a reduction when its values are known; otherwise its nodes end the pass.
  #pass<N>(part: After<N>, info: Info, scope: Scope): N | null {
    const passed = this.#passed.shift()
    if (passed === undefined) {
      for (const reduction of part.reductions) this.#reduce(reduction, info, scope)
      this.#end = { kind: 'barrier', reductions: part.reductions }
      return null
    }
    if (passed.kept) this.#restart(passed.kept)
    return part.next(passed.values)
  }

  // Whoever reads what was kept reads it from there, and what made it is needed no more.
  #restart(storage: SourceStorage): void {
    const id = this.#value
    this.#nodes[id] = { kind: 'source', dtype: this.#dtype, storage, scaling: null, label: 'kept' }
    for (const [step, made] of this.#steps) if (made === id) this.#steps.delete(step)
  }

  #reduce(reduction: Reduction<unknown>, info: Info, scope: Scope): void {
    const dtype = reduction.dtype ?? realOf(info.dtype)
    const { kernel, params } = reduction
    const inputs = this.#inputs(reduction.with, dtype, scope)
    const border = { border: 'edge', borderValue: 0 } as const
    const { label } = scope
    this.#nodes.push({ kind: 'reduce', kernel, params, axis: -1, inputs, in: dtype, dtype, ...border, label })
  }

  #stage(part: KernelStage | ScriptStage, info: Info, scope: Scope): void {
    const { label } = scope
    const wanted = part.dtype ?? realOf(info.dtype)
    this.#convert(wanted, label)
    const { border, borderValue } = part
    const common = { in: wanted, border, borderValue, label }
    if (part.kind === 'script') {
      checkHalo(part.halo, info, label)
      const inputs = [this.#value]
      this.#push({ kind: 'script', call: part.call, halo: part.halo, dtype: wanted, inputs, ...common })
    } else {
      const { kernel, params, axis } = part
      const inputs = this.#inputs(part.with, wanted, scope)
      this.#push({ kind: 'stage', kernel, params, axis, dtype: part.out ?? wanted, inputs, ...common })
    }
  }

  // The current value and the further inputs, all as one element type unless they name another.
  #inputs(further: readonly FurtherInput[], dtype: DType, scope: Scope): readonly NodeId[] {
    const own = this.#converted({ id: this.#value, dtype: this.#dtype }, dtype, scope.label)
    return [own, ...further.map((input) => this.#further(input, dtype, scope))]
  }

  #further(input: FurtherInput, usual: DType, { label, operands }: Scope): NodeId {
    const given: StagedInput = typeof input === 'string' ? { option: input, stages: [] } : input
    let value = operands.get(given.option)
    if (value === undefined)
      throw new VoxlineError(
        'Filter',
        `${label}: a stage reads ${given.option}, which is not among the inputs`,
        { filter: label },
      )
    for (const { kernel, params, axis, border, borderValue, dtype, out } of given.stages) {
      const wanted = dtype ?? realOf(value.dtype)
      const inputs = [this.#converted(value, wanted, label)]
      const common = { in: wanted, dtype: out ?? wanted, border, borderValue, label }
      value = this.#added({ kind: 'stage', kernel, params, axis, inputs, ...common })
    }
    return this.#converted(value, given.dtype ?? usual, label)
  }

  #added(node: GraphNode): Value {
    this.#nodes.push(node)
    return { id: this.#nodes.length - 1, dtype: node.dtype }
  }

  #push(node: GraphNode): void {
    const { id, dtype } = this.#added(node)
    this.#value = id
    this.#dtype = dtype
  }

  #convert(dtype: DType, label: string): void {
    this.#value = this.#converted({ id: this.#value, dtype: this.#dtype }, dtype, label)
    this.#dtype = dtype
  }

  #converted(value: Value, dtype: DType, label: string): NodeId {
    if (dtype === value.dtype) return value.id
    const common = { axis: -1, border: 'edge', borderValue: 0, label } as const
    const params = { rounding: 0, overflow: 0 }
    const inputs = [value.id]
    return this.#added({
      kind: 'stage',
      kernel: 'convert',
      params,
      inputs,
      in: value.dtype,
      dtype,
      ...common,
    }).id
  }
}

function fusedPart(part: AnyStep, label: string): BoundStep {
  const step = part.bind()
  if (!step.regional && step.operands.size === 0) return step
  throw new VoxlineError(
    'Filter',
    `${label}: what follows a reduction must need neither another grid nor another volume`,
    {
      filter: label,
    },
  )
}

function checkHalo(halo: readonly number[], info: Info, label: string): void {
  const fine = halo.length <= info.shape.length && halo.every((n) => Number.isSafeInteger(n) && n >= 0)
  if (fine) return
  throw new VoxlineError(
    'Filter',
    `${label}: a halo must be at most ${info.shape.length} integers ≥ 0, received [${halo}]`,
    {
      filter: label,
      halo,
    },
  )
}
