import { spawnSync } from 'node:child_process'
import { resolve } from 'node:path'
import ts from 'typescript'
import * as assert from 'uvu/assert'
import { skeletons } from '../../scripts/new.mjs'
import { root } from '../support/shared.ts'
import { suite } from '../support/suite.ts'

const test = suite('new')

// What the compiler says about files that are not on the disk.
function diagnosticsOf(files: Record<string, string>): string[] {
  const config = ts.getParsedCommandLineOfConfigFile(
    resolve(root, 'tsconfig.check.json'),
    {},
    {
      ...ts.sys,
      onUnRecoverableConfigFileDiagnostic: () => {},
    },
  )
  const texts = new Map(Object.entries(files).map(([path, text]) => [resolve(root, path), text]))
  const host = ts.createCompilerHost(config?.options ?? {})
  const { fileExists, readFile } = host
  host.fileExists = (path) => texts.has(resolve(path)) || fileExists(path)
  host.readFile = (path) => texts.get(resolve(path)) ?? readFile(path)
  const program = ts.createProgram([...texts.keys()], config?.options ?? {}, host)
  const sources = [...texts.keys()].map((path) => program.getSourceFile(path))
  return sources
    .flatMap((source) => [
      ...program.getSyntacticDiagnostics(source),
      ...program.getSemanticDiagnostics(source),
    ])
    .map((found) => ts.flattenDiagnosticMessageText(found.messageText, '\n'))
}

test('a new filter and a new format compile, and so do their tests', () => {
  assert.equal(
    diagnosticsOf({ ...skeletons('filter', 'twice-as-much'), ...skeletons('format', 'plain-bytes') }),
    [],
  )
})

test('a misspelt kernel or parameter does not compile', () => {
  const path = 'ts/filters/wrong.ts'
  const text = String(skeletons('filter', 'wrong')[path])
  assert.is(diagnosticsOf({ [path]: text.replace("'linear'", "'linaer'") }).length, 1)
  assert.is(diagnosticsOf({ [path]: text.replace('shift: 0', 'shfit: 0') }).length, 1)
})

test('a new kernel compiles', () => {
  const text = skeletons('kernel', 'twice-as-much')['native/kernels/twice_as_much.cpp'] as string
  const args = [
    '-std=c++20',
    '-fsyntax-only',
    '-Wall',
    '-Wextra',
    '-Werror',
    '-Wno-psabi',
    '-Inative',
    '-xc++',
    '-',
  ]
  const { status, stderr } = spawnSync('c++', args, { cwd: root, input: text, encoding: 'utf8' })
  assert.is(status, 0, stderr)
})

test('names are in kebab-case and kinds are known', () => {
  assert.equal(Object.keys(skeletons('kernel', 'box-sum')), ['native/kernels/box_sum.cpp'])
  assert.throws(() => skeletons('filter', 'BoxSum'), /kebab-case/)
  assert.throws(() => skeletons('widget', 'box-sum'), /kind must be one of filter, kernel, format/)
})

test.run()
