import type { Border } from '../core/border.ts'
import type { DType, TypedArray } from '../core/dtype.ts'
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
import { handleParts, openHandle, type VolumeHandle, type VolumeToken } from './handle.ts'
import { forEachLine, type Line, type LineOptions, linesOf } from './lines.ts'
import type { Layout } from './memory-order.ts'
import { partsKey, type VolumeParts } from './parts.ts'
import type { RegionOptions } from './region.ts'
import { edited, snapshotParts } from './sharing.ts'
import { flipped, permuted, turned, viewOf } from './view.ts'
import { type MapOptions, type ReadOptions, volumeIo, type WriteOptions } from './volume-io.ts'
import { VolumeVoxels } from './volume-voxels.ts'

export type { StridedArray } from './volume-voxels.ts'

/**
 * An array of voxels with a place in the world. Calls that move no voxels take microseconds; the others
 * return promises.
 */
export class Volume<D extends DType = DType> extends VolumeVoxels<D> {
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
   * mapped. When the file is cut short later, calls throw `Io`; arrays show zeros.
   */
  static map(path: string, options: MapOptions = {}): Volume {
    return volumeIo().map(path, options)
  }

  /**
   * What a handle stands for: the same memory, also in another worker thread. Throws `Disposed` once the handle is closed.
   *
   * The volume is an owner like any other. `close` ends the handle at once, for the last who needs it.
   */
  static fromHandle<D extends DType = DType>(
    handle: VolumeToken<D>,
    options: { readonly close?: boolean } = {},
  ): Volume<D> {
    return new Volume(handleParts(handle, options))
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

  /**
   * The voxels as they are now, in a volume of its own: what either side writes from then on is private to it, also through
   * arrays exported before. Pages are copied when they are first written to; volumes below 4 MiB, wrapped arrays and `r+`
   * maps are copied at once.
   *
   * Geometry, header, orientation, memory order and storage mapping stay; a view's snapshot has no parent. Throws
   * `Unsupported` while a run or another call is writing to the memory.
   */
  snapshot(): Volume<D> {
    return new Volume(snapshotParts(this[partsKey], true))
  }

  /**
   * Lets `change` write to the voxels, given as a typed array in memory order that is valid during the call.
   *
   * In place, and the result is this volume, when nobody else holds its memory: no view, no exported array that is not yet
   * collected, no handle, snapshot or run. Else, and for a volume that is not dense, on a private copy, and the result is
   * that: a new volume. When `change` throws, what it wrote in place stays; a private copy is dropped.
   */
  edit(change: (data: TypedArray<D>) => void): Volume<D> {
    const parts = this[partsKey]
    this.forgetArrays()
    return edited(this, parts, change, (own) => new Volume(own))
  }

  /**
   * A message-safe token for this memory, which any thread of the process turns into a volume with `Volume.fromHandle`.
   * It is an owner until its `close()`. Throws `Unsupported` for wrapped arrays.
   */
  handle(): VolumeHandle<D> {
    return openHandle(this[partsKey])
  }

  /** Lines along the smallest stride, merged where axes continue each other, in address order. */
  lines(options: LineOptions = {}): IterableIterator<Line<D>> {
    return linesOf(this[partsKey], options)
  }

  /** Calls `visit` for every line. */
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
}
