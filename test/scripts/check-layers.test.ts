import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import * as assert from 'uvu/assert'
import { layerViolations } from '../../scripts/check-layers.mjs'
import { root } from '../support/shared.ts'
import { suite } from '../support/suite.ts'

const test = suite('layers')

function violationsOf(files: Record<string, string>): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'voxline-layers-'))
  try {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true })
      writeFileSync(join(folder, path), text)
    }
    return layerViolations(folder)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

test('the repository keeps to the table', () => {
  assert.equal(layerViolations(root), [])
})

test('an include of a higher folder is found, with its line', () => {
  const found = violationsOf({
    'native/base/dtype.h': '#pragma once\n',
    'native/exec/pool.h': '#include "base/dtype.h"\n',
    'native/volume/view.cpp': '#include "base/dtype.h"\n\n#include "exec/pool.h"\n',
  })
  assert.equal(found, ['native/volume/view.cpp:3: volume may not include exec ("exec/pool.h")'])
})

test('napi.h, threads, locks, intrinsics and instruction-set macros stay in their folders', () => {
  const found = violationsOf({
    'native/binding/addon.cpp': '#include <napi.h>\n',
    'native/simd/levels.cpp': '#if __AVX2__\n#include <immintrin.h>\n#endif\n',
    'native/exec/pool.cpp': '#include <thread>\n#include <mutex>\n',
    'native/io/file.cpp': '#include <napi.h>\n#include <thread>\n#include <mutex>\n',
    'native/kernels/mean.cpp': '#include <immintrin.h>\n#ifdef __AVX2__\n#endif\n',
    'native/plan/plan.cpp': '#include <condition_variable>\n// <thread> in a comment: #include <thread>\n',
  })
  assert.is(found.length, 5)
  assert.ok(found.every((line) => /^native\/(io|kernels|plan)\//.test(line)))
})

test('an include that names no file below native is found', () => {
  assert.match(
    violationsOf({ 'native/base/a.h': '#include "b.h"\n' })[0] ?? '',
    /"b\.h" is not a file below native/,
  )
})

test('imports of every form are held against the table', () => {
  const found = violationsOf({
    'ts/core/dtype.ts': 'export const a = 1\n',
    'ts/native/load.ts': "import '../core/dtype.ts'\nconst load = require('node-gyp-build')\n",
    'ts/filters/mean.ts': [
      "import { a } from '../core/dtype.ts'",
      "import type { B } from '../native/load.ts'",
      "export { c } from '../cli/main.ts'",
      "const late = await import('../interop/npy.ts')",
      "import {\n  readFileSync,\n} from 'node:fs'",
      "const load = require('node-gyp-build')",
    ].join('\n'),
    'ts/cli/main.ts':
      "import { x } from '../index.ts'\nimport { a } from '../core/dtype.ts'\nimport z from 'zod'\n",
    'ts/index.ts': "export * from './core/dtype.ts'\n",
    'ts/interop/npy.ts': 'export {}\n',
  })
  const lines = new Set(found.map((line) => line.split(': ')[0]))
  const cli = ['ts/cli/main.ts:2', 'ts/cli/main.ts:3']
  assert.equal(lines, new Set([...cli, ...[2, 3, 4, 5, 8].map((line) => `ts/filters/mean.ts:${line}`)]))
})

test('filters that import each other are found, and types that do are not', () => {
  const pair = (word: string) => ({
    'ts/filters/a.ts': `import ${word}{ b } from './b.ts'\n`,
    'ts/filters/b.ts': "import { a } from './a.ts'\n",
  })
  assert.match(
    violationsOf(pair(''))[0] ?? '',
    /imports itself: filters\/a\.ts -> filters\/b\.ts -> filters\/a\.ts/,
  )
  assert.equal(violationsOf(pair('type ')), [])
})

test.run()
