import { type BigIntStats, closeSync, openSync, readSync, realpathSync, statSync } from 'node:fs'
import { open, realpath, stat } from 'node:fs/promises'
import { invalidArgument, VoxlineError } from '../core/errors.ts'
import { type Access, type Task, use } from './task.ts'

/** Facts about a regular file; anything else is `Io`. */
export function* statOf(path: string): Task<BigIntStats> {
  const facts = yield* use(
    guarded(
      path,
      () => statSync(path, { bigint: true }),
      () => stat(path, { bigint: true }),
    ),
  )
  if (facts.isDirectory()) throw ioError(path, 'is a folder, not a file')
  if (!facts.isFile()) throw ioError(path, 'is not a regular file')
  return facts
}

/** The path with every link resolved. */
export function realpathOf(path: string): Access<string> {
  return guarded(
    path,
    () => realpathSync(path),
    () => realpath(path),
  )
}

/** The first bytes of a file, fewer where it ends. */
export function readStart(path: string, length: number): Access<Uint8Array> {
  const now = (): Uint8Array => {
    const bytes = new Uint8Array(length)
    const file = openSync(path, 'r')
    try {
      let at = 0
      for (let got = 1; got > 0 && at < length; at += got) got = readSync(file, bytes, at, length - at, at)
      return bytes.subarray(0, at)
    } finally {
      closeSync(file)
    }
  }
  const later = async (): Promise<Uint8Array> => {
    const bytes = new Uint8Array(length)
    const file = await open(path, 'r')
    try {
      let at = 0
      for (let got = 1; got > 0 && at < length; at += got)
        got = (await file.read(bytes, at, length - at, at)).bytesRead
      return bytes.subarray(0, at)
    } finally {
      await file.close()
    }
  }
  return guarded(path, now, later)
}

/** Gives the system's errors the package's form. */
function guarded<T>(path: string, now: () => T, later: () => Promise<T>): Access<T> {
  return {
    now() {
      try {
        return now()
      } catch (error) {
        throw systemError(path, error)
      }
    },
    async later() {
      try {
        return await later()
      } catch (error) {
        throw systemError(path, error)
      }
    },
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'no such file (ENOENT)',
  ENOTDIR: 'no such file: a part of the path is not a folder (ENOTDIR)',
  EACCES: 'no permission to read (EACCES)',
  ENAMETOOLONG: 'name too long (ENAMETOOLONG)',
}

function systemError(path: string, error: unknown): VoxlineError {
  const code = (error as NodeJS.ErrnoException).code ?? ''
  if (code.startsWith('ERR_INVALID_ARG')) return invalidArgument('path', 'a path without zero bytes', path)
  return ioError(path, reasons[code] ?? (error instanceof Error ? error.message : String(error)), code, error)
}

function ioError(path: string, message: string, reason?: string, cause?: unknown): VoxlineError {
  return new VoxlineError('Io', `${path}: ${message}`, { path, reason }, { cause })
}
