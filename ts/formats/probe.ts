import { formatError, invalidArgument, VoxlineError } from '../core/errors.ts'
import type { FileFacts, FileHead, Format, HeadRequest } from '../volume/format.ts'
import { type FileIdentity, fileHeads, type HeadReader, identityTask, memoryHeads } from './file-head.ts'
import { formats } from './index.ts'
import { runLater, runNow, type Task } from './task.ts'

export type { FileIdentity } from './file-head.ts'

/** What a file's header says, and the files that said it. */
export interface ProbedFacts extends FileFacts {
  /** Every file the facts rest on: the header's and the voxels'. Empty for bytes. */
  readonly files: readonly FileIdentity[]
}

/** Enough for every format to know its own. */
const headBytes = 540

/**
 * Reads a file's header without touching a voxel; content decides the format, then the ending of the name.
 *
 * Throws `Io` where a file cannot be read, `Format` where it is malformed or of no known format, `Unsupported` where it is
 * of a kind that is not read.
 */
export async function probeFile(source: string | Uint8Array): Promise<ProbedFacts> {
  return await runLater(probing(source))
}

/** The same at once, for callers that cannot wait. */
export function probeFileSync(source: string | Uint8Array): ProbedFacts {
  return runNow(probing(source))
}

/** Size, time of change and inode of a file, to see later whether it still is the same. */
export async function identityOf(path: string): Promise<FileIdentity> {
  return await runLater(identityTask(path))
}

/** Whether none of these files has changed since it was probed. */
export async function areUnchanged(files: readonly FileIdentity[]): Promise<boolean> {
  const isSame = async (old: FileIdentity): Promise<boolean> => {
    const now = await identityOf(old.path).catch(() => null)
    return now !== null && now.size === old.size && now.mtimeNs === old.mtimeNs && now.ino === old.ino
  }
  return (await Promise.all(files.map(isSame))).every(Boolean)
}

/** The format a path's ending stands for. Throws `Unsupported` naming the endings that can be written. */
export function formatForWriting(path: string): Format {
  const format = byEnding(path, (candidate) => candidate.writes)
  if (format !== undefined) return format
  const endings = formats.flatMap((candidate) => candidate.writes).join(', ')
  throw new VoxlineError('Unsupported', `${path}: no format is written to this ending, only to ${endings}`, {
    path,
  })
}

function* probing(source: string | Uint8Array): Task<ProbedFacts> {
  const isBytes = source instanceof Uint8Array
  if (!isBytes && typeof source !== 'string')
    throw invalidArgument('path', 'a string or a Uint8Array', source)
  const path = isBytes ? '<bytes>' : source
  const reader = isBytes ? memoryHeads(source, path) : fileHeads(path)
  const head = yield* reader.head({ path, end: headBytes })
  if (head.fileBytes === 0) throw formatError(path, 'header', 'the file is empty: truncated')
  const facts = yield* driven(formatOf(head).probe(head), reader)
  return { ...facts, files: reader.files }
}

/** Answers a format's requests. */
function* driven(probe: Generator<HeadRequest, FileFacts, FileHead>, reader: HeadReader): Task<FileFacts> {
  let step = probe.next()
  while (!step.done) {
    let head: FileHead | undefined
    let failure: unknown
    try {
      head = yield* reader.head(step.value)
    } catch (error) {
      failure = error
    }
    step = head === undefined ? probe.throw(failure) : probe.next(head)
  }
  return step.value
}

function formatOf({ bytes, path, compression }: FileHead): Format {
  const format =
    formats.find((candidate) => candidate.recognises(bytes, path)) ??
    byEnding(path, ({ suffixes }) => suffixes)
  if (format !== undefined) return format
  const tried = formats.map(({ name }) => name).join(', ')
  const what = compression === 'gzip' ? 'what the gzip file holds' : 'the first bytes'
  throw formatError(
    path,
    'header',
    `${what} and the ending of the name are of no known format; tried ${tried}`,
    0,
  )
}

/** The format with the longest ending that the path has. */
function byEnding(path: string, endings: (format: Format) => readonly string[]): Format | undefined {
  const name = path.toLowerCase()
  const found = formats.flatMap((format) => endings(format).map((ending) => ({ format, ending })))
  found.sort((a, b) => b.ending.length - a.ending.length)
  return found.find(({ ending }) => name.endsWith(ending))?.format
}
