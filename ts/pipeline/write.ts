import { access } from 'node:fs/promises'
import { invalidArgument, VoxlineError } from '../core/errors.ts'
import type { WriteFacts } from '../volume/format.ts'
import { checkRegion, type RegionOptions } from '../volume/region.ts'
import type { Definition } from './flow.ts'
import { checkApart, type Paste, pasteFailure, pasteTarget } from './paste.ts'
import { nodesBelow, outputsOf, type PreparedNode } from './prepared.ts'
import { Run } from './run.ts'
import type { Caller } from './run-scope.ts'
import { type RunOptions, settleRun } from './settings.ts'
import { type FileWriteOptions, fileTarget, resultParts } from './targets.ts'
import { checkVolume } from './tiles.ts'

/** Options of `write`. */
export interface WriteRunOptions extends RunOptions, FileWriteOptions {
  /**
   * Computes this region alone and pastes it, at its own place, into a file of the full extent: the one that is there, of
   * which all else stays, or a new one of zeros.
   */
  readonly region?: RegionOptions | undefined
  /** Pastes it with its first voxel here instead, an index of the file's volume in the result's axes. */
  readonly at?: readonly number[] | undefined
}

/** Runs a pipeline into a file, which appears complete or not at all; a paste that fails leaves part of its region new. */
export async function writeRun(
  definition: Definition,
  path: string,
  options: WriteRunOptions,
  caller: Caller,
): Promise<void> {
  const { storage, overwrite, compression, region: asked, at, ...rest } = options
  if (typeof path !== 'string' || path === '') throw invalidArgument('write.path', 'the path of a file', path)
  checkOverwrite(overwrite)
  const isPaste = asked !== undefined || at !== undefined
  if (isPaste && overwrite !== undefined)
    throw invalidArgument(
      'write.overwrite',
      'left out with region and at, which keep what is there',
      overwrite,
    )
  if (isPaste && compression !== undefined)
    throw invalidArgument('write.compression', 'left out with region and at', compression)
  const settings = settleRun('write', rest)
  await Run.during({ definition, settings, caller, asStored: true }, async (run) => {
    checkVolume(run, settings)
    if (!isPaste) return await fileRun(run, [path], { storage, overwrite, compression })
    const [node] = outputsOf(run.prepared.target) as readonly [PreparedNode]
    const { shape } = node.info
    const whole = resultParts(node, checkRegion('write.region', {}, shape))
    const region = checkRegion('write.region', asked ?? {}, shape)
    await runPaste(run, { path, whole, region, at, storage, scaling: storedScaling(node) })
  })
}

/** Runs several pipelines into as many files, each of which appears complete or not at all. */
export async function writeFiles(
  definition: Definition,
  paths: readonly string[],
  options: RunOptions & FileWriteOptions,
  caller: Caller,
): Promise<void> {
  const { storage, overwrite, compression, ...rest } = options
  checkOverwrite(overwrite)
  const settings = settleRun('write', rest)
  await Run.during(
    { definition, settings, caller, asStored: true },
    async (run) => await fileRun(run, paths, { storage, overwrite, compression }),
  )
}

async function fileRun(run: Run, paths: readonly string[], options: FileWriteOptions): Promise<void> {
  const { target } = run.prepared
  const region = checkRegion('write.region', {}, target.info.shape)
  const sinks = outputsOf(target).map((node, k) => {
    const facts = { ...options, scaling: storedScaling(node) }
    return fileTarget(paths[k] as string, resultParts(node, region), facts).target
  })
  if (!options.overwrite) for (const path of paths) await checkAbsent(path)
  await run.execute({ region, sinks, held: 0 })
}

function storedScaling(node: PreparedNode): WriteFacts['scaling'] {
  return node.kind === 'source' ? node.source.storedScaling : null
}

function checkOverwrite(overwrite: unknown): void {
  if (overwrite !== undefined && typeof overwrite !== 'boolean')
    throw invalidArgument('write.overwrite', 'true or false', overwrite)
}

async function runPaste(run: Run, paste: Paste): Promise<void> {
  const sink = await pasteTarget(paste)
  const read = nodesBelow(run.prepared.target).flatMap((node) =>
    node.kind === 'source' && node.source.storage.kind === 'file' ? [node.source.storage.path] : [],
  )
  checkApart(sink, read)
  try {
    await run.execute({ region: paste.region, sinks: [sink], held: 0 })
  } catch (error) {
    throw pasteFailure(error, sink)
  }
}

async function checkAbsent(path: string): Promise<void> {
  const exists = await access(path).then(
    () => true,
    () => false,
  )
  if (exists)
    throw new VoxlineError('Io', `${path}: exists already; pass overwrite: true to replace it`, { path })
}
