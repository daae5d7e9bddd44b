import { access } from 'node:fs/promises'
import { invalidArgument, VoxlineError } from '../core/errors.ts'
import { checkRegion } from '../volume/region.ts'
import type { Bound } from './flow.ts'
import { Run } from './run.ts'
import type { Caller } from './run-scope.ts'
import { type RunOptions, settleRun } from './settings.ts'
import { type FileWriteOptions, fileTarget, resultParts } from './targets.ts'

/** Options of `write`. */
export interface WriteRunOptions extends RunOptions, FileWriteOptions {}

/** Runs a pipeline into a file, which appears complete or not at all. */
export async function writeRun(
  definition: Bound,
  path: string,
  options: WriteRunOptions,
  caller: Caller,
): Promise<void> {
  const { storage, overwrite, compression, ...rest } = options
  if (typeof path !== 'string' || path === '') throw invalidArgument('write.path', 'the path of a file', path)
  if (overwrite !== undefined && typeof overwrite !== 'boolean')
    throw invalidArgument('write.overwrite', 'true or false', overwrite)
  const settings = settleRun('write', rest)
  await Run.during({ definition, settings, caller, asStored: true }, async (run) => {
    const { target: node, measures } = run.prepared
    if (measures)
      throw new VoxlineError('Unsupported', 'write needs a volume, and the last step measures: use compute()')
    const region = checkRegion('write.region', {}, node.info.shape)
    const result = resultParts(node, region)
    const { target } = fileTarget(path, result, {
      storage,
      overwrite,
      compression,
      scaling: node.kind === 'source' ? node.source.storedScaling : null,
    })
    if (!overwrite) await checkAbsent(path)
    await run.execute({ region, sink: target, held: 0 })
  })
}

async function checkAbsent(path: string): Promise<void> {
  const exists = await access(path).then(
    () => true,
    () => false,
  )
  if (exists)
    throw new VoxlineError('Io', `${path}: exists already; pass overwrite: true to replace it`, { path })
}
