import { VoxlineError } from '../core/errors.ts'
import type { FileFacts, Format } from '../volume/format.ts'

/** A file as it was when its header was read. */
export interface FileIdentity {
  readonly path: string
  readonly size: number
  readonly mtimeNs: bigint
  readonly ino: bigint
}

/** What pipelines need of the file formats. */
export interface FileFormats {
  /** Reads a file's header, without its voxels; `files` tells the files read from what they become later. */
  probeFile(source: string | Uint8Array): Promise<FileFacts & { readonly files: readonly FileIdentity[] }>
  /** The same at once. */
  probeFileSync(source: string | Uint8Array): FileFacts
  /** The format a path's ending stands for; throws `Unsupported` for an unknown one. */
  formatForWriting(path: string): Format
}

let installed: FileFormats | null = null

/** Gives pipelines their file formats; called once by the module that has them. */
export function installFileFormats(formats: FileFormats): void {
  installed = formats
}

/** What was installed; throws `Internal` when nothing was. */
export function fileFormats(): FileFormats {
  if (installed !== null) return installed
  throw new VoxlineError(
    'Internal',
    "reading and writing files needs the whole package: import pipe from 'voxline'",
  )
}
