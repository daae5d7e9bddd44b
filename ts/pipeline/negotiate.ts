import { type DType, realOf } from '../core/dtype.ts'
import { VoxlineError } from '../core/errors.ts'
import type { AnyStep, BoundStep } from './define-filter.ts'
import type { GraphNode, NodeId, PassEnd, PassGraph, SourceNode } from './graph.ts'
import { type Info, outputOf } from './info.ts'
import { simplify } from './simplify.ts'
import {
  type After,
  isStep,
  type KernelStage,
  type Outcome,
  type Part,
  type Reduction,
  type ScriptStage,
} from './stage.ts'
import type { SourceStorage } from './storage.ts'

/** What an earlier pass left: the reductions' values, and the voxels behind them where they were kept. */
export interface PassedBarrier {
  readonly values: readonly unknown[]
  readonly kept: SourceStorage | null
}

/** A chain of steps over one source. */
export interface Chain {
  readonly source: Omit<SourceNode, 'kind' | 'dtype'>
  readonly info: Info
  readonly steps: readonly BoundStep[]
}

/**
 * The stages of the next pass: those up to the first reduction whose values are not among `passed`, or to the end.
 *
 * Element types are settled here: a `convert` stands wherever a stage wants another type than it is given, and after a step whose
 * output has another type than its last stage. With `keep`, a sink takes the voxels behind the reductions that end the pass.
 */
export function nextPass(chain: Chain, passed: readonly PassedBarrier[], keep = false): PassGraph {
  return simplify(new Lowering(chain, passed).run(keep))
}

class Lowering {
  readonly #chain: Chain
  readonly #passed: PassedBarrier[]
  #nodes: GraphNode[] = []
  #steps = new Map<AnyStep, NodeId>()
  #value: NodeId = 0
  #dtype: DType
  #end: PassEnd = { kind: 'volume' }

  constructor(chain: Chain, passed: readonly PassedBarrier[]) {
    this.#chain = chain
    this.#passed = [...passed]
    this.#dtype = chain.info.dtype
    this.#nodes.push({ kind: 'source', dtype: this.#dtype, ...chain.source })
  }

  run(keep: boolean): PassGraph {
    let info: Info | null = this.#chain.info
    for (const step of this.#chain.steps) {
      info = this.#step(step, info, step.name)
      if (info === null) break
    }
    const stores = this.#end.kind === 'volume' || (keep && this.#end.kind === 'barrier')
    return {
      nodes: this.#nodes,
      value: this.#value,
      dtype: this.#dtype,
      end: this.#end,
      stores,
      steps: this.#steps,
    }
  }

  // Null when the pass ends inside the step.
  #step(step: BoundStep, input: Info, label: string): Info | null {
    if (step.measure) return this.#measure(step.measure(input, new Map()), input, label)
    const output = outputOf(step, input)
    if (!this.#parts(step.stages(input, new Map()), input, label)) return null
    this.#convert(output.dtype, label)
    this.#steps.set(step.step, this.#value)
    return output
  }

  #parts(parts: readonly Part[], input: Info, label: string): boolean {
    let info = input
    for (const part of parts) {
      if (isStep(part)) {
        const next = this.#step(part.bind(), info, `${label}/${part.filter.name}`)
        if (next === null) return false
        info = next
      } else if (part.kind === 'after') {
        const next = this.#pass(part, info, label)
        if (next === null || !this.#parts(next, info, label)) return false
      } else {
        this.#stage(part, info, label)
      }
    }
    return true
  }

  #measure(measure: After<unknown> | Outcome<unknown>, info: Info, label: string): null {
    let next: After<unknown> | Outcome<unknown> | null = measure
    while (next?.kind === 'after')
      next = this.#pass(next, info, label) as After<unknown> | Outcome<unknown> | null
    if (next !== null) this.#end = { kind: 'outcome', value: next.value }
    else if (this.#end.kind === 'barrier') this.#end = { kind: 'measure', reductions: this.#end.reductions }
    return null
  }

  // What follows a reduction when its values are known; otherwise its nodes end the pass.
  #pass<N>(part: After<N>, info: Info, label: string): N | null {
    const passed = this.#passed.shift()
    if (passed === undefined) {
      for (const reduction of part.reductions) this.#reduce(reduction, info, label)
      this.#end = { kind: 'barrier', reductions: part.reductions }
      return null
    }
    if (passed.kept) this.#restart(passed.kept)
    return part.next(passed.values)
  }

  #restart(storage: SourceStorage): void {
    this.#nodes = [{ kind: 'source', dtype: this.#dtype, storage, scaling: null, label: 'kept' }]
    this.#steps = new Map()
    this.#value = 0
  }

  #reduce(reduction: Reduction<unknown>, info: Info, label: string): void {
    const dtype = reduction.dtype ?? realOf(info.dtype)
    const input = this.#converted(dtype, label)
    const { kernel, params } = reduction
    const border = { border: 'edge', borderValue: 0 } as const
    this.#nodes.push({ kind: 'reduce', kernel, params, axis: -1, input, in: dtype, dtype, ...border, label })
  }

  #stage(part: KernelStage | ScriptStage, info: Info, label: string): void {
    const wanted = part.dtype ?? realOf(info.dtype)
    this.#convert(wanted, label)
    const { border, borderValue } = part
    const common = { input: this.#value, in: wanted, border, borderValue, label }
    if (part.kind === 'script') {
      checkHalo(part.halo, info, label)
      this.#push({ kind: 'script', call: part.call, halo: part.halo, dtype: wanted, ...common })
    } else {
      const { kernel, params, axis } = part
      this.#push({ kind: 'stage', kernel, params, axis, dtype: part.out ?? wanted, ...common })
    }
  }

  #push(node: GraphNode): void {
    this.#nodes.push(node)
    this.#value = this.#nodes.length - 1
    this.#dtype = node.dtype
  }

  #convert(dtype: DType, label: string): void {
    this.#value = this.#converted(dtype, label)
    this.#dtype = dtype
  }

  #converted(dtype: DType, label: string): NodeId {
    if (dtype === this.#dtype) return this.#value
    const common = { axis: -1, border: 'edge', borderValue: 0, label } as const
    const params = { rounding: 0, overflow: 0 }
    this.#nodes.push({
      kind: 'stage',
      kernel: 'convert',
      params,
      input: this.#value,
      in: this.#dtype,
      dtype,
      ...common,
    })
    return this.#nodes.length - 1
  }
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
