import { stageBorders } from '../core/border.ts'
import { bytesOf, codeOf, type DType } from '../core/dtype.ts'
import { VoxlineError } from '../core/errors.ts'
import type { NativeKernel, PlanHandle } from '../native/addon.ts'
import type { GraphNode, KernelNode, NodeId } from './graph.ts'
import { bitsOf } from './order.ts'
import type { ParamValues } from './stage.ts'
import type {
  FileStorage,
  FileTarget,
  SinkStorage,
  SourceStorage,
  Supplier,
  SupplyStorage,
} from './storage.ts'

const magic = 0x564f58
const version = 1
const nodeKinds = { source: 0, stage: 1, reduce: 2, script: 3 } as const
const compressions = { none: 0, gzip: 1, zlib: 2 } as const
const streamStartFollows = 4
const partFollows = 4

/** A region in plan axes. */
export interface PlanRegion {
  readonly start: readonly number[]
  readonly shape: readonly number[]
}

/** One pass as the encoder takes it. Plan axes are the volume's own, and one more for components where there are several. */
export interface PlanRequest {
  readonly extent: readonly number[]
  readonly region: PlanRegion
  readonly executor: 'fused' | 'reference'
  /** Instruction set level: -1 for the best. */
  readonly level: number
  /** Workers; 0 for all. */
  readonly threads: number
  /** Bytes; 0 for no budget. */
  readonly memory: number
  /** 0: as the budget asks. */
  readonly divisions: number
  readonly split: 'slabs' | 'blocks'
  /** 0 per axis: the planner's choice. */
  readonly tile: readonly number[]
  readonly nodes: readonly GraphNode[]
  /** Bytes that those who supply sources may take. */
  readonly rooms?: ReadonlyMap<Supplier, number> | undefined
  readonly sinks: readonly PlanSink[]
}

export interface PlanSink {
  readonly node: NodeId
  readonly storage: SinkStorage
}

/** A plan as native code takes it. */
export interface EncodedPlan {
  readonly plan: Float64Array
  readonly handles: readonly PlanHandle[]
}

/** The native kernels by name, each with its number. */
export type KernelTable = ReadonlyMap<string, NativeKernel & { readonly index: number }>

export function kernelTable(kernels: readonly NativeKernel[]): KernelTable {
  return new Map(kernels.map((kernel, index) => [kernel.name, { ...kernel, index }]))
}

/** Writes one pass in the form native/plan/plan.h describes. */
export function encodePlan(request: PlanRequest, kernels: KernelTable): EncodedPlan {
  return new Encoder(request, kernels).encode()
}

class Encoder {
  readonly #request: PlanRequest
  readonly #kernels: KernelTable
  readonly #rank: number
  readonly #numbers: number[] = []
  readonly #handles: PlanHandle[] = []

  constructor(request: PlanRequest, kernels: KernelTable) {
    this.#request = request
    this.#kernels = kernels
    this.#rank = request.extent.length
  }

  encode(): EncodedPlan {
    const { nodes, sinks } = this.#request
    this.#head()
    this.#put(nodes.length)
    for (const node of nodes) this.#node(node)
    this.#put(sinks.length)
    for (const sink of sinks) this.#sink(sink)
    return { plan: Float64Array.from(this.#numbers), handles: this.#handles }
  }

  #put(...numbers: readonly number[]): void {
    for (const number of numbers) this.#numbers.push(number)
  }

  #handle(handle: PlanHandle): void {
    let index = this.#handles.indexOf(handle)
    if (index < 0) index = this.#handles.push(handle) - 1
    this.#put(index)
  }

  #head(): void {
    const { region, executor, level, threads, memory, divisions, split, tile, extent } = this.#request
    this.#put(magic, version, this.#rank, ...region.start, ...region.shape)
    this.#put(executor === 'reference' ? 1 : 0, level, threads, memory, divisions, split === 'blocks' ? 1 : 0)
    this.#put(...extent.map((_, axis) => tile[axis] ?? 0), ...extent.map((_, axis) => axis))
  }

  #node(node: GraphNode): void {
    this.#put(nodeKinds[node.kind])
    if (node.kind === 'source') {
      const { dtype, storage, scaling } = node
      this.#put(codeOf(dtype), ...this.#request.extent)
      this.#source(storage)
      this.#put(scaling ? 1 : 0, scaling?.slope ?? 1, scaling?.intercept ?? 0)
    } else if (node.kind === 'script') {
      this.#handle(node.call)
      this.#put(codeOf(node.in), codeOf(node.dtype), 1, ...node.inputs)
      this.#border(node)
      const halo = this.#request.extent.map((_, axis) => node.halo[axis] ?? 0)
      this.#put(...halo, ...halo)
    } else {
      this.#kernel(node)
    }
  }

  #kernel(node: KernelNode): void {
    const kernel = this.#kernels.get(node.kernel)
    if (kernel === undefined) throw unknownKernel(node, 'there is no such kernel')
    const fits = kernel.types.some(
      ([input, output]) => input === codeOf(node.in) && output === codeOf(node.dtype),
    )
    if (!fits) throw unknownKernel(node, `it is not built for ${node.in} to ${node.dtype}`)
    const { inputs } = node
    this.#put(kernel.index, codeOf(node.in), codeOf(node.dtype), inputs.length, ...inputs, node.axis)
    this.#border(node)
    const params = encodeFields(node.params, kernel, this.#rank, (why) => unknownKernel(node, why))
    this.#put(params.length, ...params)
  }

  #border({ border, borderValue, in: dtype }: Exclude<GraphNode, { kind: 'source' }>): void {
    this.#put(stageBorders.indexOf(border), ...bitsOf(dtype, borderValue))
  }

  #source(storage: SourceStorage): void {
    if (storage.kind === 'view') this.#view({ ...storage, strides: this.#sourceStrides(storage.strides) })
    else if (storage.kind === 'file') this.#sourceFile(storage)
    else this.#supply(storage)
  }

  #supply({ dtype, strides, supplier }: SupplyStorage): void {
    this.#put(2)
    this.#handle(supplier.handle(this.#request.rooms?.get(supplier) ?? 0))
    this.#put(codeOf(dtype), ...this.#sourceStrides(strides))
  }

  // One component stands for all where others have several.
  #sourceStrides(strides: readonly number[]): readonly number[] {
    return this.#request.extent.map((_, axis) => strides[axis] ?? 0)
  }

  #sourceFile(storage: FileStorage): void {
    const { path, dtype, compression, streamStart, bigEndian, start, strides } = storage
    this.#put(1)
    this.#handle(path)
    const code = compressions[compression]
    if (streamStart === undefined) this.#put(codeOf(dtype), code)
    else this.#put(codeOf(dtype), code + streamStartFollows, streamStart)
    this.#put(bigEndian ? 1 : 0, start, ...this.#sourceStrides(strides))
  }

  #view({ memory, dtype, offset, strides }: Extract<SourceStorage, { kind: 'view' }>): void {
    this.#put(0)
    this.#handle(memory)
    this.#put(codeOf(dtype), offset, ...strides)
  }

  #sink({ node, storage }: PlanSink): void {
    this.#put(node)
    if (storage.kind === 'view') this.#view(storage)
    else this.#sinkFile(storage)
  }

  #sinkFile(target: FileTarget): void {
    const { path, dtype, compression, start, strides, header, level, overwrite, part } = target
    this.#put(1)
    this.#handle(path)
    const code = compressions[compression]
    if (part === undefined) this.#put(codeOf(dtype), code)
    else this.#put(codeOf(dtype), code + partFollows, part.length, part.bigEndian ? 1 : 0)
    this.#put(start, ...strides)
    if (header) this.#handle(header)
    else this.#put(-1)
    this.#put(level, part?.isPaste ? 2 : overwrite ? 1 : 0)
  }
}

/** A kernel's parameters as native code takes them, for views of a rank. */
export function encodeParams(
  kernels: KernelTable,
  name: string,
  params: object,
  rank: number,
): readonly number[] {
  const refused = (why: string) =>
    new VoxlineError('Unsupported', `kernel ${name} cannot be used: ${why}`, { kernel: name })
  const kernel = kernels.get(name)
  if (kernel === undefined) throw refused('there is no such kernel')
  return encodeFields(params as ParamValues, kernel, rank, refused)
}

function encodeFields(
  params: ParamValues,
  { fields }: NativeKernel,
  rank: number,
  refused: (why: string) => VoxlineError,
): readonly number[] {
  const numbers: number[] = []
  for (const { name, kind } of fields) {
    const value = params[name]
    const isList = kind === 'list' || kind === 'perAxis'
    if (value === undefined || isList !== Array.isArray(value)) throw refused(`${name} is ${value}`)
    if (typeof value === 'number') {
      numbers.push(value)
    } else {
      const length = kind === 'list' ? value.length : rank
      numbers.push(length)
      for (let k = 0; k < length; k++) numbers.push(value[k] ?? 0)
    }
  }
  return numbers
}

function unknownKernel(node: KernelNode, why: string): VoxlineError {
  const details = { filter: node.label, kernel: node.kernel, in: node.in, out: node.dtype }
  return new VoxlineError(
    'Unsupported',
    `${node.label}: kernel ${node.kernel} cannot be used: ${why}`,
    details,
  )
}

/** Byte strides per plan axis of voxels with these element strides. */
export function planStrides(strides: readonly number[], components: number, dtype: DType): readonly number[] {
  const bytes = strides.map((stride) => stride * bytesOf(dtype))
  return components > 1 ? [...bytes, bytesOf(dtype)] : bytes
}

/** A shape in plan axes. */
export function planShape(shape: readonly number[], components: number): readonly number[] {
  return components > 1 ? [...shape, components] : shape
}
