import { execFileSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const biome = createRequire(import.meta.url).resolve('@biomejs/biome/bin/biome')

/** The text as the formatter would write it to `path`; what it does not format stays as it is. */
export function formatted(path, text) {
  if (!path.endsWith('.ts')) return text
  const args = [biome, 'format', `--stdin-file-path=${path}`]
  return execFileSync(process.execPath, args, { cwd: root, input: text, encoding: 'utf8', stdio: 'pipe' })
}
