import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The repository's root. */
export const root = fileURLToPath(new URL('../..', import.meta.url))

/** A path below build-bench/, whose folders exist afterwards. */
export function scratch(folder: string, file = ''): string {
  const path = join(root, 'build-bench', folder)
  mkdirSync(path, { recursive: true })
  return join(path, file)
}
