import type { Border } from '../../ts/index.ts'
import { borderIndex, eachIndex } from './naive-filters.ts'

/** Element types of the models: enough for conversions that saturate and conversions that do not. */
export type ModelType = 'uint8' | 'int16' | 'float32' | 'float64'

/** Values one after another, and where in the world each of them lies. */
export interface ModelStore {
  readonly values: Float64Array
  placeOf(position: number): readonly number[]
}

/**
 * A volume in plain JavaScript: a function from indices to positions in a list of values. It knows nothing of strides, and
 * indices count from the first voxel of what the volume was opened in, which reaches `start` further on every side.
 */
export interface ModelVolume {
  readonly store: ModelStore
  readonly dtype: ModelType
  readonly code: string
  readonly shape: readonly number[]
  readonly outer: readonly number[]
  readonly start: readonly number[]
  readonly positionOf: (outerIndex: readonly number[]) => number
}

const sizeOf = (shape: readonly number[]) => shape.reduce((product, length) => product * length, 1)
const plus = (a: readonly number[], b: readonly number[]) => a.map((value, axis) => value + b[axis])
const zeros = (shape: readonly number[]) => shape.map(() => 0)

function flat(shape: readonly number[], index: readonly number[]): number {
  return index.reduceRight((sum, i, axis) => sum * shape[axis] + i, 0)
}

function unflat(shape: readonly number[], position: number): number[] {
  let rest = position
  return shape.map((length) => {
    const i = rest % length
    rest = (rest - i) / length
    return i
  })
}

/** A volume of zeros with a margin, its first voxel at the origin and `columns` the steps along its axes. */
export function modelOf(
  shape: readonly number[],
  facts: {
    readonly dtype: ModelType
    readonly code: string
    readonly columns: readonly (readonly number[])[]
    readonly margin: readonly number[]
  },
): ModelVolume {
  const { margin, columns, dtype, code } = facts
  const outer = shape.map((length, axis) => length + 2 * margin[axis])
  const placeOf = (position: number) => {
    const index = unflat(outer, position).map((i, axis) => i - margin[axis])
    return [0, 1, 2].map((row) => index.reduce((sum, i, axis) => sum + i * columns[axis][row], 0))
  }
  const store = { values: new Float64Array(sizeOf(outer)), placeOf }
  return { store, dtype, code, shape, outer, start: margin, positionOf: (index) => flat(outer, index) }
}

/** Position of a voxel in the store; indices may reach into the margins. */
export function positionAt(model: ModelVolume, index: readonly number[]): number {
  return model.positionOf(plus(index, model.start))
}

/** The value of a voxel. */
export function modelGet(model: ModelVolume, index: readonly number[]): number {
  return model.store.values[positionAt(model, index)]
}

/** Stores a value the element type can hold. */
export function modelSet(model: ModelVolume, index: readonly number[], value: number): void {
  model.store.values[positionAt(model, index)] = value
}

/** Changes every voxel, margins excluded. */
export function modelEach(model: ModelVolume, change: (value: number) => number): void {
  eachIndex(model.shape, (index) => modelSet(model, index, change(modelGet(model, index))))
}

/** A region of it, opened in it. */
export function modelView(
  model: ModelVolume,
  start: readonly number[],
  shape: readonly number[],
): ModelVolume {
  const positionOf = (index: readonly number[]) => model.positionOf(plus(index, model.start))
  return { ...model, shape, outer: model.shape, start, positionOf }
}

/** The same without what is around it. */
export function modelAlone(model: ModelVolume): ModelVolume {
  return { ...modelView(model, zeros(model.shape), model.shape), outer: model.shape }
}

const opposite: Readonly<Record<string, string>> = {
  L: 'R',
  R: 'L',
  P: 'A',
  A: 'P',
  I: 'S',
  S: 'I',
  T: 't',
  t: 'T',
}

/** These axes reversed. */
export function modelFlip(model: ModelVolume, axes: readonly number[]): ModelVolume {
  const { outer, start, shape, code } = model
  const isFlipped = (axis: number) => axes.includes(axis)
  return {
    ...model,
    code: Array.from(code, (letter, axis) => (isFlipped(axis) ? opposite[letter] : letter)).join(''),
    start: start.map((first, axis) => (isFlipped(axis) ? outer[axis] - first - shape[axis] : first)),
    positionOf: (index) =>
      model.positionOf(index.map((i, axis) => (isFlipped(axis) ? outer[axis] - 1 - i : i))),
  }
}

/** New axis k is old axis axes[k]. */
export function modelPermute(model: ModelVolume, axes: readonly number[]): ModelVolume {
  const permuted = (list: readonly number[]) => axes.map((axis) => list[axis])
  return {
    ...model,
    code: axes.map((axis) => model.code[axis]).join(''),
    shape: permuted(model.shape),
    outer: permuted(model.outer),
    start: permuted(model.start),
    positionOf: (index) => {
      const old: number[] = []
      for (const [k, axis] of axes.entries()) old[axis] = index[k]
      return model.positionOf(old)
    },
  }
}

/** The axes in the order and direction of another code. */
export function modelTurn(model: ModelVolume, code: string): ModelVolume {
  const letters = Array.from(model.code)
  const axes = Array.from(code, (letter) =>
    letters.findIndex((own) => own === letter || opposite[own] === letter),
  )
  const permuted = modelPermute(model, axes)
  return modelFlip(
    permuted,
    axes.flatMap((_, k) => (permuted.code[k] === code[k] ? [] : [k])),
  )
}

/** The value in another element type. */
export function converted(value: number, dtype: ModelType): number {
  return dtype === 'uint8' ? Math.max(0, Math.min(255, value)) : value
}

/** The voxels as they are now, in a store of their own. */
export function modelCopy(model: ModelVolume, dtype: ModelType = model.dtype): ModelVolume {
  const { shape, code } = model
  const values = new Float64Array(sizeOf(shape))
  eachIndex(shape, (index, at) => {
    values[at] = converted(modelGet(model, index), dtype)
  })
  const placeOf = (position: number) => model.store.placeOf(positionAt(model, unflat(shape, position)))
  const positionOf = (index: readonly number[]) => flat(shape, index)
  return { store: { values, placeOf }, dtype, code, shape, outer: shape, start: zeros(shape), positionOf }
}

/** What `copyFrom` does. */
export function modelCopyFrom(target: ModelVolume, source: ModelVolume, at: readonly number[]): void {
  const aligned = modelCopy(modelTurn(source, target.code), target.dtype)
  eachIndex(aligned.shape, (index) => {
    const there = plus(index, at)
    if (there.every((i, axis) => i >= 0 && i < target.shape[axis]))
      modelSet(target, there, modelGet(aligned, index))
  })
}

/** What `fillMargin` does. */
export function modelFillMargin(model: ModelVolume, border: Border, value: number): void {
  const { outer, start, shape } = model
  eachIndex(outer, (outerIndex) => {
    const index = outerIndex.map((i, axis) => i - start[axis])
    if (index.every((i, axis) => i >= 0 && i < shape[axis])) return
    const from = index.map((i, axis) => borderIndex(i, shape[axis], border))
    modelSet(model, index, from.includes(null) ? value : modelGet(model, from as number[]))
  })
}
