import type { DType } from '../core/dtype.ts'
import type { Affine } from '../geometry/affine.ts'
import type { Header } from './header.ts'

/** Where a file's voxels lie: the first axis fastest, in the file's own (storage) order. */
export interface StoredVoxels {
  /** File that holds the voxels (another one than the header's for pairs and detached headers). */
  readonly path: string
  /** First byte of the voxels in the decompressed stream. */
  readonly offset: number
  readonly compression: 'none' | 'gzip' | 'zlib'
  /** Byte of the file where the compressed stream starts; 0 when absent. */
  readonly streamStart?: number
  readonly bigEndian: boolean
  readonly dtype: DType
  /** Elements per voxel, fastest in the file. */
  readonly components: number
  /** Voxels per axis, in storage order. */
  readonly shape: readonly number[]
}

/** What a header says, read without touching a voxel. */
export interface FileFacts {
  /** Name of the format. */
  readonly format: string
  /** The file asked for. */
  readonly path: string
  /** Where the voxels lie. */
  readonly voxels: StoredVoxels
  /** Storage index → RAS millimetres, 4×4 rows; axes beyond the third take no part. */
  readonly affine: Affine
  /** Distance between neighbours along every axis: millimetres, or the unit of an extra axis. */
  readonly spacing: readonly number[]
  /** Value = stored · slope + intercept; null when stored values are the values. */
  readonly scaling: { readonly slope: number; readonly intercept: number } | null
  /** What the file says beside voxels and geometry. */
  readonly header: Header
  /** Repairs made while reading: one sentence each, naming the field. */
  readonly warnings: readonly string[]
  /** What a region costs: its own bytes, a span of the stream before it, or the whole file. */
  readonly regionCost: 'region' | 'span' | 'whole'
  /** Bytes in the file that can hold voxels, for holding sizes against reality. */
  readonly fileBytes: number
}

/** What a writer is given: a volume's facts in the storage order it is to be written in. */
export interface WriteFacts {
  readonly shape: readonly number[]
  readonly dtype: DType
  readonly components: number
  readonly affine: Affine
  readonly spacing: readonly number[]
  readonly header: Header
  /** Kept when voxels are written as they were stored; null otherwise. */
  readonly scaling: { readonly slope: number; readonly intercept: number } | null
}

/** How a file is to be laid out: native code writes `header` and then the voxels, little-endian, first axis fastest. */
export interface WriteLayout {
  readonly header: Uint8Array
  /** Position of the first voxel in the (decompressed) stream; at least `header.length`, zeros between. */
  readonly offset: number
  readonly compression: 'none' | 'gzip'
  /** Header fields that the format cannot hold, one sentence each. */
  readonly dropped: readonly string[]
}

/** A file format: parses and makes headers, and says where voxels lie. It moves no voxels. */
export interface Format {
  /** Its name, in lower case. */
  readonly name: string
  /** One sentence for help and documentation. */
  readonly summary: string
  /** Lower-case endings, longest first, with the dot: `.nii.gz`. */
  readonly suffixes: readonly string[]
  /** Endings this format can be written to. */
  readonly writes: readonly string[]
  /** Whether the (decompressed) first bytes of a file are this format's; at least 540 bytes where the file has them. */
  recognises(head: Uint8Array, path: string): boolean
  /**
   * Reads the header of a file already recognised. Yields what it needs beyond the first bytes and is given it; a file that
   * cannot be read is thrown into it as `Io`. Throws `Format`, `Unsupported` or `Io` naming file, field and offset.
   */
  probe(head: FileHead): Generator<HeadRequest, FileFacts, FileHead>
  /** Throws `Unsupported` when the format cannot hold these facts. */
  layOut(facts: WriteFacts, path: string): WriteLayout
}

/** What a format asks for while it reads a header: the bytes [0, end) of a file, decompressed where it is gzip. */
export interface HeadRequest {
  readonly path: string
  readonly end: number
  /** Take the bytes as they are stored, also where they look like gzip. */
  readonly stored?: boolean
  /** The header's field that names this file, which then must lie in the header's folder, links resolved. */
  readonly namedBy?: string
}

/** The first bytes of a file, decompressed where the file is gzip. */
export interface FileHead {
  readonly path: string
  readonly compression: 'none' | 'gzip'
  /** Bytes of the file on disk. */
  readonly fileBytes: number
  /** At least the bytes asked for, or fewer where the (decompressed) file ends. */
  readonly bytes: Uint8Array
  /** The (decompressed) file has at most this many bytes. */
  readonly mostBytes: number
}
