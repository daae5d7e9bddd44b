import { dirname, sep } from 'node:path'
import { promisify } from 'node:util'
import { constants, gunzip, gunzipSync, type ZlibOptions } from 'node:zlib'
import { formatError, VoxlineError } from '../core/errors.ts'
import type { FileHead, HeadRequest } from '../volume/format.ts'
import { readStart, realpathOf, statOf } from './file-access.ts'
import { mostInflated } from './stored-size.ts'
import { type Access, type Task, use } from './task.ts'

/** What tells a file from a later one of the same name. */
export interface FileIdentity {
  readonly path: string
  readonly size: number
  readonly mtimeNs: bigint
  readonly ino: bigint
}

/** Reads the first bytes of files, each from its start. */
export interface HeadReader {
  head(request: HeadRequest): Task<FileHead>
  /** The files read so far. */
  readonly files: readonly FileIdentity[]
}

interface Opened {
  readonly path: string
  readonly size: number
  /** The stored bytes [0, length). */
  stored: Uint8Array
}

const firstRead = 4096
const firstPacked = 512
/** Inflating more than this is left to another thread where the caller can wait. */
const quickPacked = 65536

/** Reads heads of files; `from` is the header's own path. */
export function fileHeads(from: string): HeadReader {
  const files: FileIdentity[] = []
  const opened = new Map<string, Opened>()

  function* find({ path, namedBy }: HeadRequest): Task<Opened> {
    const known = opened.get(path)
    if (known !== undefined) return known
    const actual = namedBy === undefined ? path : yield* inside(path, namedBy)
    const facts = yield* naming(namedBy, statOf(actual))
    const size = Number(facts.size)
    files.push({ path: actual, size, mtimeNs: facts.mtimeNs, ino: facts.ino })
    const file: Opened = { path: actual, size, stored: new Uint8Array(0) }
    opened.set(path, file)
    return file
  }

  /** Errors of a file that a field names begin with the header's file and the field. */
  function* naming<T>(field: string | undefined, task: Task<T>): Task<T> {
    try {
      return yield* task
    } catch (error) {
      if (field === undefined || !(error instanceof VoxlineError)) throw error
      throw new VoxlineError(
        error.code,
        `${from}: ${field}: ${error.message}`,
        { ...error.details, field },
        { cause: error.cause },
      )
    }
  }

  function* inside(path: string, field: string): Task<string> {
    const folder = yield* use(realpathOf(dirname(from)))
    const actual = yield* naming(field, use(realpathOf(path)))
    if (actual.startsWith(folder.endsWith(sep) ? folder : folder + sep)) return actual
    throw formatError(from, field, `names a file outside the header's folder: ${path}`)
  }

  function* fill(file: Opened, end: number): Task<void> {
    if (file.stored.length >= Math.min(end, file.size)) return
    file.stored = yield* use(readStart(file.path, Math.min(Math.max(end, firstRead), file.size)))
  }

  function* head(request: HeadRequest): Task<FileHead> {
    const file = yield* find(request)
    yield* fill(file, Math.max(request.end, 2))
    return yield* headOf(file, request, (end) => fill(file, end))
  }

  return { head, files }
}

/** Heads of one file that is already in memory. */
export function memoryHeads(bytes: Uint8Array, name: string): HeadReader {
  const file: Opened = { path: name, size: bytes.length, stored: plain(bytes) }
  function* head(request: HeadRequest): Task<FileHead> {
    if (request.path !== name) {
      const message = `${name}: the voxels are in another file (${request.path}), which bytes alone cannot give`
      throw new VoxlineError('Unsupported', message, { path: name })
    }
    return yield* headOf(file, request, nothing)
  }
  return { head, files: [] }
}

function* nothing(): Task<void> {}

function* headOf(
  file: Opened,
  { end, stored }: HeadRequest,
  fill: (end: number) => Task<void>,
): Task<FileHead> {
  const { path, size } = file
  const isPacked = stored !== true && file.stored[0] === 0x1f && file.stored[1] === 0x8b
  if (!isPacked) return { path, compression: 'none', fileBytes: size, bytes: file.stored, mostBytes: size }
  if (end === 0)
    return {
      path,
      compression: 'gzip',
      fileBytes: size,
      bytes: new Uint8Array(0),
      mostBytes: mostInflated(size),
    }
  const limit = 2 * end + 2 ** 20
  let short = 0
  let long = Number.POSITIVE_INFINITY
  for (
    let packed = firstPacked;
    ;
    packed = long === Number.POSITIVE_INFINITY ? 2 * short : Math.floor((short + long) / 2)
  ) {
    yield* fill(packed)
    const isAll = file.stored.length < packed || packed >= size
    const bytes = yield* use(inflated({ path, bytes: file.stored.subarray(0, packed), isAll }, limit))
    if (bytes !== null && (bytes.length >= end || isAll)) {
      return {
        path,
        compression: 'gzip',
        fileBytes: size,
        bytes,
        mostBytes: isAll ? bytes.length : mostInflated(size),
      }
    }
    if (bytes === null) long = packed
    else short = packed
  }
}

const inflateLater = promisify<Uint8Array, ZlibOptions, Buffer>(gunzip)

interface Packed {
  readonly path: string
  readonly bytes: Uint8Array
  /** Whether these are all bytes of the file, so that its stream must end with them. */
  readonly isAll: boolean
}

/** What the first bytes of a gzip file inflate to, or null beyond `limit` bytes. */
function inflated({ path, bytes, isAll }: Packed, limit: number): Access<Uint8Array | null> {
  const options: ZlibOptions = {
    maxOutputLength: limit,
    ...(!isAll && { finishFlush: constants.Z_SYNC_FLUSH }),
  }
  const fail = (error: unknown): null => {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') return null
    const isCut = (error as NodeJS.ErrnoException).code === 'Z_BUF_ERROR'
    const reason = error instanceof Error ? error.message : String(error)
    const message = `${path}: gzip: ${isCut ? 'truncated' : 'corrupt'}: ${reason}`
    throw new VoxlineError('Format', message, { path, field: 'gzip' }, { cause: error })
  }
  const now = (): Uint8Array | null => {
    try {
      return plain(gunzipSync(bytes, options))
    } catch (error) {
      return fail(error)
    }
  }
  const later = async (): Promise<Uint8Array | null> =>
    bytes.length <= quickPacked ? now() : inflateLater(bytes, options).then(plain, fail)
  return { now, later }
}

/** The same bytes without a Buffer's ways: its `slice` does not copy. */
function plain(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** The identity of a file as it is now. */
export function* identityTask(path: string): Task<FileIdentity> {
  const facts = yield* statOf(path)
  return { path, size: Number(facts.size), mtimeNs: facts.mtimeNs, ino: facts.ino }
}
