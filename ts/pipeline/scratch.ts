import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import { checkOptions } from '../core/check.ts'
import { invalidArgument, VoxlineError } from '../core/errors.ts'
import { callNative } from '../native/errors.ts'
import { memoryLimit, parseBytes } from './limits.ts'

/** Where volumes go that do not fit in memory. */
export interface ScratchOptions {
  /** A folder on a disk with room for them; their files have no names and go with the volumes. */
  readonly folder: string
  /** Bytes, or text such as '8GiB', that volumes may take in memory together; half of `memoryLimit()` by default. */
  readonly above?: number | string
}

/** The setting in force. */
export interface ScratchSetting {
  /** The folder, as an absolute path. */
  readonly folder: string
  /** Bytes that volumes may take in memory together. */
  readonly above: number
}

/**
 * Whether volumes that do not fit in memory go to files: the setting in force, or null, the initial state, when they do
 * not. With an argument sets it first, for all threads of the process: options, or null to end it.
 *
 * A volume of at least 4 MiB that is then made, by `create`, `read`, `copy`, `compute` or anything else, and would take the
 * bytes in use (`counters().live`) above `above`, gets the pages of a file in `folder` instead: `volume.isScratch` says so,
 * `counters().scratch` how many bytes all of them have. Such volumes are used like others; the system writes
 * their pages to the disk when memory is short. A snapshot of one is a copy. Throws `Io` when no file can be made in the
 * folder; making a volume throws `Memory` when its disk is full.
 */
export function scratch(change?: ScratchOptions | null): ScratchSetting | null {
  if (change === undefined) return callNative((addon) => addon.settings()).scratch
  const setting = change === null ? null : settled(change)
  return callNative((addon) => addon.settings({ scratch: setting })).scratch
}

function settled(options: ScratchOptions): ScratchSetting {
  checkOptions('scratch', options, ['folder', 'above'])
  const { folder, above } = options
  if (typeof folder !== 'string' || folder === '')
    throw invalidArgument('scratch.folder', 'the path of a folder', folder)
  const path = resolve(folder)
  if (!statSync(path, { throwIfNoEntry: false })?.isDirectory())
    throw new VoxlineError('Io', `scratch.folder: ${path} is not a folder`, { path })
  return {
    folder: path,
    above: above === undefined ? Math.floor(memoryLimit() / 2) : parseBytes('scratch.above', above),
  }
}
