import { checkInteger } from '../core/check.ts'
import { type DType, isBig, type TypedArray, type Value } from '../core/dtype.ts'
import { invalidArgument, VoxlineError } from '../core/errors.ts'
import { reach } from '../core/shape.ts'
import type { Allocation } from './allocation.ts'
import { allocationOf, factsKey, partsKey, type VolumeParts, writableAllocationOf } from './parts.ts'
import { marginsOf } from './view.ts'
import { VolumeFacts } from './volume-facts.ts'

/** The `ndarray` shape: voxel (i, j, …) is `data[offset + i * stride[0] + j * stride[1] + …]`. */
export interface StridedArray<D extends DType = DType> {
  /** The array over the memory. */
  readonly data: TypedArray<D>
  /** Voxels per axis; components as a last axis. */
  readonly shape: readonly number[]
  /** Elements from a voxel to the next, per axis; may be negative. */
  readonly stride: readonly number[]
  /** Index in `data` of voxel (0, 0, …). */
  readonly offset: number
}

let alive = 0

/** Volumes of this thread that were neither disposed nor collected. */
export function volumeCount(): number {
  return alive
}

const collected = new FinalizationRegistry((allocation: Allocation) => {
  alive--
  allocation.forget()
})

/** A volume's voxels one by one and as arrays, and how long it owns them. */
export abstract class VolumeVoxels<D extends DType = DType> extends VolumeFacts<D> {
  readonly #margins: readonly (readonly [low: number, high: number])[] | null
  // Arrays somebody outside may hold are kept until the end of the job only: they can be collected.
  #elements: TypedArray<D> | null = null
  // Element of the allocation that they begin with.
  #begin = 0
  #data: TypedArray<D> | null = null
  #lastData: WeakRef<TypedArray<D>> | null = null
  #isForgetting = false
  #disposed = false

  /** @internal Volumes are made by the static functions and by `makeVolume` of internals.ts. */
  constructor(parts: VolumeParts<D>) {
    super(parts)
    if (parts?.geometry === undefined)
      throw invalidArgument('new Volume', 'Volume.create, wrap, describe, read or map', parts)
    this.#margins = parts.parent === null ? null : marginsOf(parts)
    if (parts.allocation === null) return
    parts.allocation.retain()
    alive++
    collected.register(this, parts.allocation, this)
  }

  /** @internal */
  get [partsKey](): VolumeParts<D> {
    if (!this.#disposed) return this[factsKey]
    throw new VoxlineError('Disposed', 'this volume has been disposed')
  }

  /** Whether `dispose()` has been called. */
  get isDisposed(): boolean {
    return this.#disposed
  }

  /** Rises with every call that writes voxels of this allocation, and with `touch()`. */
  get version(): number {
    return this[factsKey].allocation?.version ?? 0
  }

  /** Tells voxline that voxels were written through an array. */
  touch(): void {
    allocationOf(this[partsKey], 'touch').version++
  }

  /**
   * The voxels as a typed array in memory order; `data[0]` is the one at the lowest address. The same array
   * while it is alive.
   *
   * Throws `Unsupported` when the volume is unallocated, not dense, or larger than an array may be.
   */
  get data(): TypedArray<D> {
    const parts = this[partsKey]
    const { shape, strides, offset, components } = parts
    const allocation = allocationOf(parts, 'data')
    allocation.checkIntact()
    if (this.#data !== null && this.#data.length > 0) return this.#data
    if (!this.isDense)
      throw new VoxlineError(
        'Unsupported',
        'data needs a dense volume: use lines(), view(), array() or copy()',
        { shape, strides },
      )
    const last = this.#lastData?.deref()
    this.#data =
      last !== undefined && last.length > 0
        ? last
        : this.#handOut(offset + reach(shape, strides)[0], this.size * components)
    if (this.#data !== last) this.#lastData = new WeakRef(this.#data)
    this.#forgetSoon()
    return this.#data
  }

  /**
   * The voxels where they lie, for any strides; several components are a last axis of stride 1. Throws `Unsupported` where
   * they span more than an array may.
   */
  array(): StridedArray<D> {
    const { shape, strides, offset, components, dtype } = this[partsKey]
    const allocation = allocationOf(this[partsKey], 'array')
    const [low, high] = reach(shape, strides)
    const { array: data, begin } = allocation.handedOut(dtype, offset + low, high - low + components)
    const place = { data, offset: offset - begin }
    if (components === 1) return { ...place, shape: [...shape], stride: [...strides] }
    return { ...place, shape: [...shape, components], stride: [...strides, 1] }
  }

  // An array with this element of the allocation, which is its element `position - #begin`.
  #arrayAt(position: number): TypedArray<D> {
    const known = this.#elements
    const place = position - this.#begin
    if (known !== null && place >= 0 && place < known.length && !this.#disposed) return known
    const parts = this[partsKey]
    const allocation = allocationOf(parts, 'data')
    const { array, begin } = allocation.stretch(parts.dtype, position, 1)
    this.#elements = array
    this.#begin = begin
    if (allocation.isExported) this.#forgetSoon()
    return array
  }

  #handOut(first: number, count: number): TypedArray<D> {
    const parts = this[partsKey]
    const { array, begin } = allocationOf(parts, 'data').handedOut(parts.dtype, first, count)
    this.#elements = array
    this.#begin = begin
    this.#forgetSoon()
    return array.subarray(first - begin, first - begin + count) as TypedArray<D>
  }

  #forgetSoon(): void {
    if (this.#isForgetting) return
    this.#isForgetting = true
    queueMicrotask(() => {
      this.#isForgetting = false
      this.forgetArrays()
    })
  }

  /** @internal Lets go of arrays, which live on where somebody else holds them. */
  protected forgetArrays(): void {
    this.#elements = null
    this.#data = null
  }

  #position(index: readonly number[]): number {
    const { shape, strides, components, offset } = this[factsKey]
    const rank = shape.length
    if (index.length !== (components === 1 ? rank : rank + 1)) throw this.#badIndex(index)
    let position = offset
    for (let axis = 0; axis < rank; axis++) {
      const i = index[axis] as number
      const margin = this.#margins === null ? null : this.#margins[axis]
      const low = margin ? -margin[0] : 0
      const high = (shape[axis] as number) + (margin ? margin[1] : 0)
      if (!(i >= low && i < high) || !Number.isInteger(i)) throw this.#outside(axis, i, low, high - 1)
      position += i * (strides[axis] as number)
    }
    return components === 1 ? position : position + checkInteger('component', index[rank], 0, components - 1)
  }

  #badIndex(index: readonly number[]): VoxlineError {
    const { shape, components } = this[factsKey]
    const count = components === 1 ? `${shape.length} indices` : `${shape.length} indices and a component`
    return invalidArgument('index', count, index)
  }

  #outside(axis: number, value: unknown, low: number, high: number): VoxlineError {
    if (!Number.isInteger(value)) return invalidArgument(`index[${axis}]`, 'an integer', value)
    const message = `index[${axis}] must be in [${low}, ${high}], received ${value}`
    return new VoxlineError('OutOfBounds', message, { axis, index: value, low, high })
  }

  /**
   * The value of a voxel; with several components the component's number comes last. Negative indices reach
   * into a margin.
   */
  get(...index: number[]): Value<D> {
    const position = this.#position(index)
    const value = this.#arrayAt(position)[position - this.#begin] as Value<D>
    this[factsKey].allocation?.checkIntact()
    return value
  }

  /** Stores a value as the volume's typed array does; the index is that of `get`. */
  set(value: Value<D>, ...index: number[]): void {
    const allocation = writableAllocationOf(this[partsKey], 'set')
    const expected = isBig(this.dtype) ? 'bigint' : 'number'
    if (typeof value !== expected) throw invalidArgument('value', `a ${expected}`, value)
    const position = this.#position(index)
    this.#arrayAt(position)[position - this.#begin] = value
    allocation.version++
    allocation.checkIntact()
  }

  /** Ends this volume. With the last one over an allocation its exported arrays are detached. */
  dispose(): void {
    if (this.#disposed) return
    this.#disposed = true
    this.forgetArrays()
    if (this[factsKey].allocation === null) return
    alive--
    collected.unregister(this)
    this[factsKey].allocation.release()
  }

  /** The same as `dispose()`, for `using`. */
  [Symbol.dispose](): void {
    this.dispose()
  }
}
