import type { Border, StageBorder } from '../core/border.ts'
import type { DType } from '../core/dtype.ts'
import type { ScriptBlock } from '../native/addon.ts'
import type { KernelName, KernelParams } from '../native/kernels.ts'
import type { AnyStep } from './define-filter.ts'
import { encodeOrder, orderOf } from './order.ts'

/** Parameters of a kernel as the encoder takes them. */
export type ParamValues = Readonly<Record<string, number | readonly number[]>>

/** An option whose volume is a further input, by its name; or with point stages that its voxels go through first. */
export type FurtherInput = string | StagedInput

/** An option's volume, what its voxels go through, and the element type it then has; without one that of the kernel's first input. */
export interface StagedInput {
  readonly option: string
  readonly stages: readonly KernelStage[]
  readonly dtype?: DType
}

/** One kernel of a step. */
export interface KernelStage {
  readonly kind: 'kernel'
  readonly kernel: KernelName
  readonly params: ParamValues
  /** The axis lines run along; -1 for kernels that have none. */
  readonly axis: number
  readonly border: StageBorder
  readonly borderValue: number | bigint
  /** Element types of input and output; without them the real type of the step's input, and the same. */
  readonly dtype: DType | undefined
  readonly out: DType | undefined
  /** Its further inputs in order, converted to the same element type as the first. */
  readonly with: readonly FurtherInput[]
}

/** A TypeScript function over blocks of voxels; it runs on the run's own thread. */
export interface ScriptStage {
  readonly kind: 'script'
  readonly call: (block: ScriptBlock) => void
  /** Voxels read beyond a block on either side, per axis; missing axes: none. */
  readonly halo: readonly number[]
  readonly border: Border
  readonly borderValue: number | bigint
  readonly dtype: 'float32' | 'float64' | undefined
}

/** Numbers that a kernel computes from all voxels. */
export interface Reduction<R> {
  readonly kernel: KernelName
  readonly params: ParamValues
  readonly dtype: DType | undefined
  /** As a stage's. */
  readonly with: readonly FurtherInput[]
  /** Makes a value of the kernel's numbers. */
  readonly read: (numbers: Float64Array) => R
  /** Numbers the kernel might give: runs are planned with them beforehand, so what follows of no others may need more memory. */
  readonly example: readonly number[]
}

/** The values of a list of reductions. */
export type ReductionValues<L extends readonly Reduction<unknown>[]> = {
  [K in keyof L]: L[K] extends Reduction<infer R> ? R : never
}

/** Reductions over the whole volume, and what follows from their values. */
export interface After<N> {
  readonly kind: 'after'
  readonly reductions: readonly Reduction<unknown>[]
  readonly next: (values: readonly unknown[]) => N
}

/** What a filter's `stages` may hold: kernels, TypeScript functions, reductions, other filters' steps. */
export type Part = KernelStage | ScriptStage | After<readonly Part[]> | AnyStep

/** The plain object a measuring filter ends with. */
export interface Outcome<R> {
  readonly kind: 'outcome'
  readonly value: R
}

/** Reductions that end in a plain object. */
export type Measure<R> = After<Measure<R> | Outcome<R>>

interface Typed {
  readonly dtype?: DType | undefined
  readonly out?: DType | undefined
  readonly with?: readonly FurtherInput[] | undefined
}

interface Bordered<B = StageBorder> {
  readonly border?: B | undefined
  readonly borderValue?: number | bigint | undefined
}

function kernelStage(
  kernel: KernelName,
  params: object,
  axis: number,
  options: Typed & Bordered,
): KernelStage {
  const { dtype, out, border = 'edge', borderValue = 0, with: operands = [] } = options
  const facts = { kernel, params: params as ParamValues, axis, border, borderValue, dtype, out }
  return { kind: 'kernel', ...facts, with: operands }
}

/** A kernel that sees one voxel at a time. */
export function point<N extends KernelName>(
  kernel: N,
  params: KernelParams<N>,
  options: Typed = {},
): KernelStage {
  return kernelStage(kernel, params, -1, options)
}

/** A kernel along the lines of one axis. */
export function sweep<N extends KernelName>(
  kernel: N,
  params: KernelParams<N>,
  options: Typed & Bordered & { readonly axis: number },
): KernelStage {
  return kernelStage(kernel, params, options.axis, options)
}

/** A kernel over the neighbourhood of every voxel. */
export function window<N extends KernelName>(
  kernel: N,
  params: KernelParams<N>,
  options: Typed & Bordered = {},
): KernelStage {
  return kernelStage(kernel, params, -1, options)
}

/** A kernel that makes numbers of all voxels; `read` names them, `example` stands in for them in plans. */
export function reduce<N extends KernelName, R>(
  kernel: N,
  params: KernelParams<N>,
  options: Pick<Reduction<R>, 'read' | 'example'> & {
    readonly dtype?: DType
    readonly with?: readonly FurtherInput[]
  },
): Reduction<R> {
  const { read, example, dtype, with: operands = [] } = options
  return { kernel, params: params as ParamValues, read, example, dtype, with: operands }
}

/** What follows once the whole volume has been reduced; the reductions share one pass. */
export function after<const L extends readonly Reduction<unknown>[], N>(
  reductions: L,
  next: (...values: ReductionValues<L>) => N,
): After<N> {
  return { kind: 'after', reductions, next: (values) => next(...(values as ReductionValues<L>)) }
}

/** The plain object a measuring filter gives. */
export function outcome<R>(value: R): Outcome<R> {
  return { kind: 'outcome', value }
}

export function isStep(part: Part): part is AnyStep {
  return 'bind' in part
}

/**
 * Stages for a filter that selects voxels: they see integers that order as the voxels do (NaN above +Infinity, -0 below +0) and
 * their output is turned back. `dtype` is the voxels' own.
 */
export function ordered(dtype: DType, stages: readonly KernelStage[]): readonly KernelStage[] {
  const code = orderOf(dtype)
  const inside = stages.map((stage) => ({
    ...stage,
    dtype: code,
    out: code,
    borderValue: encodeOrder(dtype, stage.borderValue),
  }))
  if (code === dtype || stages.length === 0) return inside
  return [
    point('order_encode', {}, { dtype, out: code }),
    ...inside,
    point('order_decode', {}, { dtype: code, out: dtype }),
  ]
}

interface ScriptOptions extends Bordered<Border> {
  readonly dtype?: 'float32' | 'float64' | undefined
}

function scriptStage(
  halo: readonly number[],
  options: ScriptOptions,
  call: (block: ScriptBlock) => void,
): ScriptStage {
  const { border = 'edge', borderValue = 0, dtype } = options
  return { kind: 'script', call, halo, border, borderValue, dtype }
}

/** A TypeScript function of one voxel's value. */
export function pointwise(
  f: (value: number) => number,
  options: Pick<ScriptOptions, 'dtype'> = {},
): ScriptStage {
  return scriptStage([], options, (block) => {
    const { input, output, inputStrides, outputStrides } = block
    const [stepIn = 1, stepOut = 1] = [inputStrides[0], outputStrides[0]]
    eachLine(block, 0, (from, to, length) => {
      for (let i = 0; i < length; i++) output[to + i * stepOut] = f(input[from + i * stepIn] as number)
    })
  })
}

/** A piece of a line: `input` has `halo` voxels before and after those of `output`. */
export interface ScriptLine {
  /** The voxels of the line with their neighbours. */
  readonly input: Float32Array | Float64Array
  /** Where the results go. */
  readonly output: Float32Array | Float64Array
  /** Voxels to compute. */
  readonly length: number
  /** Voxels of `input` before and behind those of `output`. */
  readonly halo: number
  /** Index along the axis of the first voxel computed, and the axis' length in the volume. */
  readonly start: number
  /** Length of the axis in the volume. */
  readonly extent: number
}

/** A TypeScript function of a line's voxels and `halo` neighbours on either side; it must not depend on where the piece starts. */
export function lines(
  f: (line: ScriptLine) => void,
  options: ScriptOptions & { readonly axis: number; readonly halo?: number },
): ScriptStage {
  const { axis, halo = 0 } = options
  const halos = Array.from({ length: axis + 1 }, (_, a) => (a === axis ? halo : 0))
  return scriptStage(halos, options, (block) => {
    const length = block.shape[axis] as number
    const Line = block.input instanceof Float64Array ? Float64Array : Float32Array
    const line = { input: new Line(length + 2 * halo), output: new Line(length), length, halo }
    const placed = { ...line, start: block.origin[axis] as number, extent: block.extent[axis] as number }
    const [stepIn, stepOut] = [block.inputStrides[axis] as number, block.outputStrides[axis] as number]
    eachLine(block, axis, (from, to) => {
      for (let i = -halo; i < length + halo; i++)
        line.input[i + halo] = block.input[from + i * stepIn] as number
      f(placed)
      for (let i = 0; i < length; i++) block.output[to + i * stepOut] = line.output[i] as number
    })
  })
}

/** A TypeScript function of a box of voxels and `halo` neighbours per axis; it must not depend on where the box starts. */
export function tiles(
  f: (block: ScriptBlock) => void,
  options: ScriptOptions & { readonly halo?: readonly number[] } = {},
): ScriptStage {
  return scriptStage(options.halo ?? [], options, f)
}

function eachLine(
  block: ScriptBlock,
  axis: number,
  f: (from: number, to: number, length: number) => void,
): void {
  const { shape, inputOffset, inputStrides, outputOffset, outputStrides } = block
  const at = shape.map(() => 0)
  for (;;) {
    const from = at.reduce((sum, i, a) => sum + i * (inputStrides[a] as number), inputOffset)
    const to = at.reduce((sum, i, a) => sum + i * (outputStrides[a] as number), outputOffset)
    f(from, to, shape[axis] as number)
    let a = 0
    for (; a < shape.length; a++) {
      if (a === axis) continue
      at[a] = (at[a] as number) + 1
      if ((at[a] as number) < (shape[a] as number)) break
      at[a] = 0
    }
    if (a === shape.length) return
  }
}
