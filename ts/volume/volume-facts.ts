import { bytesOf, type DType } from '../core/dtype.ts'
import { invalidArgument } from '../core/errors.ts'
import { isDense, sizeOf } from '../core/shape.ts'
import type { Affine, Vector } from '../geometry/affine.ts'
import type { Geometry } from '../geometry/geometry.ts'
import { inverseMap, matrixOf } from '../geometry/index-map.ts'
import { formatOrientation } from '../geometry/orientation.ts'
import type { Header } from './header.ts'
import { memoryDirections } from './memory-order.ts'
import { factsKey, type VolumeParts } from './parts.ts'
import { marginsOf, startInParentOf } from './view.ts'
import type { Volume } from './volume.ts'

/** What is known of a volume without its voxels, also after `dispose()`. */
export abstract class VolumeFacts<D extends DType = DType> {
  /** @internal */
  readonly [factsKey]: VolumeParts<D>

  /** @internal */
  constructor(parts: VolumeParts<D>) {
    this[factsKey] = parts
  }

  /** Voxels per axis. */
  get shape(): readonly number[] {
    return this[factsKey].shape
  }

  /** Number of axes. */
  get rank(): number {
    return this[factsKey].shape.length
  }

  /** Element type. */
  get dtype(): D {
    return this[factsKey].dtype
  }

  /** Elements per voxel, side by side in memory. */
  get components(): number {
    return this[factsKey].components
  }

  /** Elements from voxel to voxel per axis, signed. */
  get strides(): readonly number[] {
    return this[factsKey].strides
  }

  /** Elements from the start of the allocation to voxel 0. */
  get offset(): number {
    return this[factsKey].offset
  }

  /** Number of voxels. */
  get size(): number {
    return sizeOf(this[factsKey].shape)
  }

  /** Bytes of the voxels themselves, without margins or gaps. */
  get byteLength(): number {
    return this.size * this.components * bytesOf(this.dtype)
  }

  /** Whether the voxels fill one block without gaps, in any axis order and direction. */
  get isDense(): boolean {
    return isDense(this.shape, this.strides, this.components)
  }

  /** Whether it has memory; a described volume has none. */
  get isAllocated(): boolean {
    return this[factsKey].allocation !== null
  }

  /** Whether its memory is a scratch file, as `scratch` of the package has asked for. */
  get isScratch(): boolean {
    return this[factsKey].allocation?.isScratch ?? false
  }

  /** Its place in the world. */
  get geometry(): Geometry {
    return this[factsKey].geometry
  }

  /** Voxel → RAS millimetres, 4×4 rows; the columns are the spatial axes as they appear. */
  get affine(): Affine {
    return this.geometry.affine
  }

  /** Distance between neighbours per axis: millimetres, or the unit of an extra axis. */
  get spacing(): readonly number[] {
    return this.geometry.spacing
  }

  /** Position of voxel 0 in RAS millimetres. */
  get origin(): Vector {
    return this.geometry.origin
  }

  /** The affine's columns at length 1, as 3 rows. */
  get direction(): readonly (readonly number[])[] {
    return this.geometry.direction
  }

  /** Position in RAS millimetres of an index; see `Geometry`. */
  indexToWorld(index: readonly number[]): Vector {
    return this.geometry.indexToWorld(index)
  }

  /** Index along the spatial axes of a position in RAS millimetres. */
  worldToIndex(position: readonly number[]): readonly number[] {
    return this.geometry.worldToIndex(position)
  }

  /** Letters for where the axes point to as their index grows. */
  get orientation(): string {
    return this.geometry.orientation
  }

  /** Orientation of the axes by growing absolute stride, each the way addresses grow. */
  get memoryOrientation(): string {
    return formatOrientation(memoryDirections(this.geometry.directions, this.shape, this.strides))
  }

  /** Orientation of the file the voxels came from, through views, flips and copies; null without one. */
  get storageOrientation(): string | null {
    const { storage } = this[factsKey]
    return storage && formatOrientation(storage.directions)
  }

  /** Integer matrix, rank + 1 rows, from voxels of the file to voxels of this volume; null without a file. */
  get storageMapping(): number[][] | null {
    const { storage } = this[factsKey]
    return storage && matrixOf(inverseMap(storage.map))
  }

  /**
   * What the file says beside voxels and geometry; this volume's own, in its index axes. Assign to change it.
   */
  get header(): Header {
    return this[factsKey].header.value
  }

  /** Replaces it as a whole. */
  set header(header: Header) {
    if (typeof header !== 'object' || header === null) throw invalidArgument('header', 'an object', header)
    this[factsKey].header.value = header
  }

  /** Repairs made while reading the file. */
  get warnings(): readonly string[] {
    return this[factsKey].warnings
  }

  /** The volume this view was opened in; null for others. */
  get parent(): Volume | null {
    return this[factsKey].parent?.volume() ?? null
  }

  /** The last parent: itself when there is none. */
  get root(): Volume {
    return this.parent?.root ?? (this as unknown as Volume)
  }

  /** Where this view starts in its parent, in its own axes. */
  get startInParent(): readonly number[] {
    return startInParentOf(this[factsKey])
  }

  /** Voxels of the parent on either side of the view, per own axis. */
  get margins(): readonly (readonly [low: number, high: number])[] {
    return marginsOf(this[factsKey])
  }
}
