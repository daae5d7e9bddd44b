import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { VoxlineError } from '../core/errors.ts'

/** A file that holds bytes for the length of a run. */
export interface SpooledBytes {
  readonly path: string
  remove(): Promise<void>
}

/** Puts a file's bytes into a temporary file, where they are read like any other. */
export async function bytesInFile(bytes: Uint8Array): Promise<SpooledBytes> {
  const folder = await mkdtemp(join(tmpdir(), 'voxline-'))
  const remove = () => rm(folder, { recursive: true, force: true })
  const path = join(folder, 'bytes')
  try {
    await writeFile(path, bytes)
  } catch (cause) {
    await remove()
    throw new VoxlineError(
      'Io',
      `${path}: the bytes of a source cannot be spooled: ${(cause as Error).message}`,
      { path },
      { cause },
    )
  }
  return { path, remove }
}
