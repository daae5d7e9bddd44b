import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The repository's folder. */
export const root = fileURLToPath(new URL('../../', import.meta.url))

/** The folder of test data beside the repository, or null where there is none. */
export const shared: string | null = existsSync(join(root, '../shared')) ? join(root, '../shared') : null

/** A file or folder of the shared data, or null. */
export function sharedPath(...parts: string[]): string | null {
  if (shared === null) return null
  const path = join(shared, ...parts)
  return existsSync(path) ? path : null
}
