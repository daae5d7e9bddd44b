import type { Border } from '../core/border.ts'
import { checkInteger } from '../core/check.ts'
import { type DType, isBig, type TypedArray, type Value } from '../core/dtype.ts'
import { invalidArgument, VoxlineError } from '../core/errors.ts'
import { reach } from '../core/shape.ts'
import type { Allocation } from './allocation.ts'
import { type CopyOptions, copyInto, copyOf, fillWith, sameVoxels } from './bulk.ts'
import {
  allocateParts,
  type CreateOptions,
  createParts,
  type DescribeOptions,
  describeParts,
  type WrapOptions,
  wrapParts,
} from './create.ts'
import { fillMarginOf } from './fill-margin.ts'
import { forEachLine, type Line, type LineOptions, linesOf } from './lines.ts'
import type { Layout } from './memory-order.ts'
import { allocationOf, factsKey, partsKey, type VolumeParts, writableAllocationOf } from './parts.ts'
import type { RegionOptions } from './region.ts'
import { flipped, marginsOf, permuted, turned, viewOf } from './view.ts'
import { VolumeFacts } from './volume-facts.ts'
import { type MapOptions, type ReadOptions, volumeIo, type WriteOptions } from './volume-io.ts'

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

const collected = new FinalizationRegistry((allocation: Allocation) => allocation.forget())

/**
 * An array of voxels with a place in the world. Calls that move no voxels take microseconds; the others
 * return promises.
 */
export class Volume<D extends DType = DType> extends VolumeFacts<D> {
  readonly #margins: readonly (readonly [low: number, high: number])[] | null
  #elements: TypedArray<D> | null = null
  #data: TypedArray<D> | null = null
  #disposed = false

  /** @internal Volumes are made by the static functions and by `makeVolume` of internals.ts. */
  constructor(parts: VolumeParts<D>) {
    super(parts)
    if (parts?.geometry === undefined)
      throw invalidArgument('new Volume', 'Volume.create, wrap, describe, read or map', parts)
    this.#margins = parts.parent === null ? null : marginsOf(parts)
    if (parts.allocation === null) return
    parts.allocation.retain()
    collected.register(this, parts.allocation, this)
  }

  /**
   * A volume with zeroed memory of its own, `LPI` unless told otherwise. Throws `Memory` when there is not
   * enough.
   */
  static create<D extends DType>(options: CreateOptions<D>): Volume<D> {
    return new Volume(createParts(options, (parts) => new Volume(parts)))
  }

  /** A volume over the caller's array: both sides see writes. */
  static wrap<D extends DType = DType>(
    array: TypedArray<D> | Uint8ClampedArray,
    options: WrapOptions,
  ): Volume<D> {
    return new Volume(wrapParts(array as TypedArray, options) as VolumeParts<D>)
  }

  /** A volume without voxels: shape, geometry and header only. */
  static describe<D extends DType>(options: DescribeOptions<D>): Volume<D> {
    return new Volume(describeParts(options))
  }

  /**
   * Reads a file, or its bytes, into memory: indices in LPI, voxels in the file's order, unless told
   * otherwise.
   */
  static async read(source: string | Uint8Array, options: ReadOptions = {}): Promise<Volume> {
    return volumeIo().read(source, options)
  }

  /**
   * A volume whose voxels are a file's pages. Throws `Unsupported`, with the reason, for files that cannot be
   * mapped.
   */
  static map(path: string, options: MapOptions = {}): Volume {
    return volumeIo().map(path, options)
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
   * each time.
   *
   * Throws `Unsupported` when the volume is unallocated, not dense, or larger than an array may be.
   */
  get data(): TypedArray<D> {
    const parts = this[partsKey]
    const { shape, strides, offset, components } = parts
    if (this.#data !== null && this.#data.length > 0) return this.#data
    allocationOf(parts, 'data')
    if (!this.isDense)
      throw new VoxlineError(
        'Unsupported',
        'data needs a dense volume: use lines(), view(), array() or copy()',
        { shape, strides },
      )
    const low = offset + reach(shape, strides)[0]
    this.#data = this.#array().subarray(low, low + this.size * components) as TypedArray<D>
    return this.#data
  }

  /** The voxels where they lie, for any strides; several components are a last axis of stride 1. */
  array(): StridedArray<D> {
    const { shape, strides, offset, components } = this[partsKey]
    const data = this.#array()
    if (components === 1) return { data, shape: [...shape], stride: [...strides], offset }
    return { data, shape: [...shape, components], stride: [...strides, 1], offset }
  }

  #array(): TypedArray<D> {
    const known = this.#elements
    if (known !== null && known.length > 0 && !this.#disposed) return known
    const parts = this[partsKey]
    this.#elements = allocationOf(parts, 'data').elements(parts.dtype)
    return this.#elements
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
    return this.#array()[position] as Value<D>
  }

  /** Stores a value as the volume's typed array does; the index is that of `get`. */
  set(value: Value<D>, ...index: number[]): void {
    const allocation = writableAllocationOf(this[partsKey], 'set')
    const expected = isBig(this.dtype) ? 'bigint' : 'number'
    if (typeof value !== expected) throw invalidArgument('value', `a ${expected}`, value)
    const position = this.#position(index)
    this.#array()[position] = value
    allocation.version++
  }

  /** Memory for an unallocated volume, zeroed: another volume with the same geometry and header. */
  allocate(): Volume<D> {
    return new Volume(allocateParts(this[partsKey]))
  }

  /** A region of this volume as a volume: shares memory; start 0 and the rest of the shape by default. */
  view(region: RegionOptions = {}): Volume<D> {
    return new Volume(viewOf(this, this[partsKey], region))
  }

  /** The same as `view`. */
  crop(region: RegionOptions): Volume<D> {
    return this.view(region)
  }

  /** The same voxels with new axis k the old axis axes[k]; world positions stay. */
  permute(axes: readonly number[]): Volume<D> {
    return new Volume(permuted(this[partsKey], axes))
  }

  /** The same voxels with these axes running the other way; world positions stay. */
  flip(axes: readonly number[]): Volume<D> {
    return new Volume(flipped(this[partsKey], axes))
  }

  /**
   * The same voxels indexed in another orientation; with `layout` copied to that memory order, in the
   * background.
   */
  flipToOrientation(code: string): Volume<D>
  flipToOrientation(code: string, options: { readonly layout: Layout }): Promise<Volume<D>>
  flipToOrientation(code: string, options?: { readonly layout?: Layout }): Volume<D> | Promise<Volume<D>>
  flipToOrientation(
    code: string,
    options: { readonly layout?: Layout } = {},
  ): Volume<D> | Promise<Volume<D>> {
    if (options.layout === undefined) return new Volume(turned(this[partsKey], code))
    return this.#flipWithLayout(code, options as CopyOptions<D>)
  }

  async #flipWithLayout(code: string, options: CopyOptions<D>): Promise<Volume<D>> {
    return copyOf<D>(turned(this[partsKey], code), options, (parts) => new Volume(parts))
  }

  /**
   * A dense copy with the same indices, header and storage mapping; memory in index order unless `layout`
   * says otherwise.
   */
  async copy<E extends DType = D>(options: CopyOptions<E> = {}): Promise<Volume<E>> {
    return copyOf<E>(this[partsKey], options, (parts) => new Volume(parts))
  }

  /**
   * Copies the voxels that `source` and this volume share when its first voxel is put at `at`; the
   * orientation is aligned first.
   */
  async copyFrom(source: Volume, at?: readonly number[]): Promise<void> {
    await copyInto(this[partsKey], source[partsKey], at)
  }

  /** Sets every voxel, not the margins. */
  async fill(value: number | bigint): Promise<void> {
    await fillWith(this[partsKey], value)
  }

  /** Fills the voxels of the parent around this view, corners included. */
  async fillMargin(mode: Border, value?: number | bigint): Promise<void> {
    await fillMarginOf(this[partsKey], mode, value)
  }

  /**
   * Whether shape, dtype, components and voxels in index order are the same; NaN equals NaN. Geometry only
   * when asked.
   */
  async equals(other: Volume, options: { readonly geometry?: boolean } = {}): Promise<boolean> {
    return sameVoxels(this[partsKey], other[partsKey], options)
  }

  /** Lines along the smallest stride, merged where axes continue each other, in address order. */
  lines(options: LineOptions = {}): IterableIterator<Line<D>> {
    return linesOf(this[partsKey], options)
  }

  /** Calls `visit` for every line, with one object that holds during the call only. */
  forEachLine(visit: (line: Line<D>) => void, options: LineOptions = {}): void {
    forEachLine(this[partsKey], visit, options)
  }

  /** Carries a value from line to line. */
  reduceLines<T>(reduce: (value: T, line: Line<D>) => T, initial: T, options: LineOptions = {}): T {
    let value = initial
    forEachLine(
      this[partsKey],
      (line) => {
        value = reduce(value, line)
      },
      options,
    )
    return value
  }

  /** Writes a file; order on disk as DESIGN §8 says. */
  async write(path: string, options: WriteOptions = {}): Promise<void> {
    await volumeIo().write(this as unknown as Volume, path, options)
  }

  /** Ends this volume. With the last one over an allocation its exported arrays are detached. */
  dispose(): void {
    if (this.#disposed) return
    this.#disposed = true
    this.#elements = null
    this.#data = null
    if (this[factsKey].allocation === null) return
    collected.unregister(this)
    this[factsKey].allocation.release()
  }

  /** The same as `dispose()`, for `using`. */
  [Symbol.dispose](): void {
    this.dispose()
  }
}
