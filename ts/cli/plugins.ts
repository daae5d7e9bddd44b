import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type FilterFacts, filters, VoxlineError } from '../index.ts'
import { flag } from './flags.ts'
import { UsageError } from './usage-error.ts'

/** The flag of every command that takes filters. */
export const pluginFlag = {
  plugin: flag.text(
    'FILE,…',
    'JavaScript modules whose exported filters may be named beside those of the package.',
  ),
} as const

/** The filters a command line may name: the package's and those that modules export. */
export async function knownFilters(plugin: string | undefined): Promise<readonly FilterFacts[]> {
  const known = [...filters]
  for (const path of plugin?.split(',') ?? [])
    for (const filter of await filtersOf(path)) {
      if (known.some(({ op }) => op === filter.op))
        throw new UsageError(`--plugin: ${path} exports the filter ${filter.op}, which there is already`)
      known.push(filter)
    }
  return known
}

async function filtersOf(path: string): Promise<readonly FilterFacts[]> {
  if (!existsSync(path)) throw new VoxlineError('Io', `${path}: no such file`, { path })
  const found = [...new Set(Object.values(await loaded(path)))].filter(isFilter)
  if (found.length > 0) return found
  throw new UsageError(`--plugin: ${path} exports nothing that defineFilter made`)
}

async function loaded(path: string): Promise<object> {
  try {
    return (await import(pathToFileURL(resolve(path)).href)) as object
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new VoxlineError('Io', `${path}: cannot be loaded: ${why}`, { path }, { cause })
  }
}

function isFilter(value: unknown): value is FilterFacts {
  if (typeof value !== 'function') return false
  const { op, params, step } = value as Partial<FilterFacts>
  return typeof op === 'string' && typeof params === 'object' && typeof step === 'function'
}
