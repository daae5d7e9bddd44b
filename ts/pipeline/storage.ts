import type { DType } from '../core/dtype.ts'
import type { NativeMemory, SupplyHandle } from '../native/addon.ts'
import type { Region } from '../volume/region.ts'

/** Voxels in memory: bytes from the allocation's start to voxel 0, byte strides per plan axis. */
export interface ViewStorage {
  readonly kind: 'view'
  readonly memory: NativeMemory
  readonly dtype: DType
  readonly offset: number
  readonly strides: readonly number[]
}

/** Voxels in a file: position of voxel 0 in the decompressed stream, byte strides per plan axis. */
export interface FileStorage {
  readonly kind: 'file'
  readonly path: string
  readonly dtype: DType
  readonly compression: 'none' | 'gzip' | 'zlib'
  /** Where a compressed stream starts inside its file. */
  readonly streamStart?: number
  readonly bigEndian: boolean
  readonly start: number
  readonly strides: readonly number[]
}

/** Voxels that a regional step makes when they are asked for, in memory whose axes are in the order and direction of `strides`. */
export interface SupplyStorage {
  readonly kind: 'supply'
  readonly dtype: DType
  readonly strides: readonly number[]
  readonly supplier: Supplier
}

/** Makes regions of voxels for a run that reads them. */
export interface Supplier {
  /** What native code calls; making a region may then take so many bytes beside it. */
  handle(room: number): SupplyHandle
  /** Bytes of what it reads for the region and makes in between: of two regions the greater one takes more. */
  share(region: Region): number
  /** Bytes it takes beside the region itself: at most `room`, or the least that works. */
  cost(region: Region, room: number): number
}

/** Where a source's voxels come from. */
export type SourceStorage = ViewStorage | FileStorage | SupplyStorage

/** A file to be made, or pasted into: `start` and strides are those of the region's first voxel. */
export interface FileTarget extends Omit<FileStorage, 'streamStart' | 'bigEndian'> {
  readonly header: Uint8Array | null
  /** Where the region is a part of the file: bytes of the whole, in a file that is there or one that is made of zeros. */
  readonly part?: { readonly length: number; readonly bigEndian: boolean; readonly isPaste: boolean }
  /** gzip's, 0 to 9. */
  readonly level: number
  readonly overwrite: boolean
}

/** Where a sink's voxels go. */
export type SinkStorage = ViewStorage | FileTarget

/** Value = stored · slope + intercept. */
export interface Scaling {
  readonly slope: number
  readonly intercept: number
}
