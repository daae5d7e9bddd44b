import type { DType } from '../core/dtype.ts'
import { VoxlineError } from '../core/errors.ts'
import type { StoredOptions } from './stored.ts'
import type { Volume } from './volume.ts'

/** What files are read as. */
export interface ReadOptions extends StoredOptions {
  /** Element type to convert to, once: integers half to even, saturating, NaN to 0. */
  readonly dtype?: DType
  /** False for the values as stored, without the header's slope and intercept. */
  readonly scale?: boolean
  /** Stops reading; the promise then rejects with its reason. */
  readonly signal?: AbortSignal
  /** Called at most ten times a second, with a fraction in [0, 1]. */
  readonly onProgress?: (progress: { readonly fraction: number }) => void
}

/** NumPy's letters: read only, shared, private copy on write. */
export type MapMode = 'r' | 'r+' | 'c'

/** How a file is mapped. */
export interface MapOptions extends Pick<StoredOptions, 'orientation'> {
  /** 'r' by default. */
  readonly mode?: MapMode
}

/** How a volume is written. */
export interface WriteOptions {
  /** Order on disk; the file's the volume came from, else memory order, by default. */
  readonly storage?: string
  /**
   * Part of the volume to paste, at its own place, into a file of the full extent: the one that is there, of which all else
   * stays, or a new one of zeros. A paste that fails half-way leaves part of the region new.
   */
  readonly region?: { readonly start?: readonly number[]; readonly shape?: readonly number[] }
  /** Index in the file's volume, in this volume's axes, where the first voxel pasted goes instead. */
  readonly at?: readonly number[]
  /** Whether a file that exists may be replaced. */
  readonly overwrite?: boolean
  /** Level of compression, 0 to 9, for formats that compress: 6 by default and for true, 0 for false. */
  readonly compression?: number | boolean
  /** Stops writing; the promise then rejects with its reason and no file is left. */
  readonly signal?: AbortSignal
  /** Called at most ten times a second, with a fraction in [0, 1]. */
  readonly onProgress?: (progress: { readonly fraction: number }) => void
}

/** What reads and writes files for volumes, which know no file format. */
export interface VolumeIo {
  read(source: string | Uint8Array, options: ReadOptions): Promise<Volume>
  /** Synchronous: reads the header and maps the voxels. */
  map(path: string, options: MapOptions): Volume
  write(volume: Volume, path: string, options: WriteOptions): Promise<void>
}

let installed: VolumeIo | null = null

/**
 * Makes `Volume.read`, `Volume.map` and `volume.write` work; called once by the module that has the formats.
 */
export function installVolumeIo(io: VolumeIo): void {
  installed = io
}

/** What was installed; throws `Internal` when nothing was. */
export function volumeIo(): VolumeIo {
  if (installed !== null) return installed
  throw new VoxlineError(
    'Internal',
    "reading and writing files needs the whole package: import Volume from 'voxline'",
  )
}
