// Formats the TypeScript and C++ sources in place.
import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { root } from './ensure-built.mjs'
import { filesBelow } from './native-sources.mjs'

const biome = createRequire(import.meta.url).resolve('@biomejs/biome/bin/biome')
const sources = ['.cpp', '.h'].flatMap((suffix) => filesBelow(['native', 'test/native'], suffix))

const scripted = spawnSync(process.execPath, [biome, 'check', '--write', '.'], {
  cwd: root,
  stdio: 'inherit',
})
const native = spawnSync('clang-format', ['-i', ...sources], { cwd: root, stdio: 'inherit' })
if (native.error) console.error('clang-format is not installed: the C++ sources were left as they are')
process.exitCode = scripted.status || native.status || (native.error ? 1 : 0)
