// What users install: the packed tarball with its prebuilt binary, without a compiler and without install scripts.
import { execFileSync, spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { root } from '../support/shared.ts'
import { suite } from '../support/suite.ts'

const test = suite('package')
const folder = mkdtempSync(join(tmpdir(), 'voxline-package-'))
const home = join(folder, 'home')
const bin = join(folder, 'bin')
let tarball = ''
let files: string[] = []

const tool = (name: string) => join(root, 'node_modules/.bin', name)

function said(command: string, args: string[], options: { cwd: string; env?: NodeJS.ProcessEnv }): string {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8', ...options })
  assert.is(status, 0, `${command} ${args.join(' ')}\n${stdout}\n${stderr}`)
  return stdout
}

// A PATH with Node and npm and nothing else.
function bareEnvironment(): NodeJS.ProcessEnv {
  return { PATH: bin, HOME: process.env.HOME, npm_config_cache: process.env.npm_config_cache }
}

test.before(() => {
  mkdirSync(home)
  mkdirSync(bin)
  symlinkSync(process.execPath, join(bin, 'node'))
  const npm = execFileSync('/bin/sh', ['-c', 'command -v npm'], { encoding: 'utf8' }).trim()
  symlinkSync(realpathSync(npm), join(bin, 'npm'))
  writeFileSync(join(home, 'package.json'), '{ "name": "home", "private": true }')
  const listing = said('npm', ['pack', '--json', '--pack-destination', folder], { cwd: root })
  const [packed] = JSON.parse(listing.slice(listing.indexOf('[\n'))) as {
    filename: string
    files: { path: string }[]
  }[]
  tarball = join(folder, packed?.filename ?? '')
  files = packed?.files.map(({ path }) => path) ?? []
})

test.after(() => rmSync(folder, { recursive: true }))

const program = `
  const volume = Volume.create({ shape: [4, 3, 2], dtype: 'float32' })
  volume.data.forEach((_, i, data) => { data[i] = i })
  const clamped = await pipe(volume, clamp({ low: 10 })).compute()
  console.log(clamped.data.reduce((sum, value) => sum + value))`

// 0 … 9 become 10, 10 … 23 stay.
const expected = `${10 * 10 + (10 + 23) * 7}\n`

test('the tarball has a binary for this platform and no tests', () => {
  const platform = `${process.platform}-${process.arch}`
  const binaries = files.filter((file) => file.endsWith('.node'))
  assert.ok(
    binaries.some((file) => file.startsWith(`prebuilds/${platform}/`)),
    `no binary for ${platform}: run \`npm run prebuildify\` first`,
  )
  assert.ok(files.includes('dist/index.js') && files.includes('dist/index.d.ts'))
  assert.equal(
    files.filter((file) => /^(test|bench|ts|build)\//.test(file)),
    [],
  )
})

test('it installs without a compiler and without running a script', () => {
  for (const compiler of ['cc', 'c++', 'gcc', 'g++', 'make', 'python3'])
    assert.not.ok(existsSync(join(bin, compiler)))
  said('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', tarball], {
    cwd: home,
    env: bareEnvironment(),
  })
  assert.equal(
    readdirSync(join(home, 'node_modules')).filter((name) => !name.startsWith('.')),
    ['node-gyp-build', 'voxline'],
  )
  assert.not.ok(existsSync(join(home, 'node_modules/voxline/build')))
})

test('an ES module runs a pipeline', () => {
  writeFileSync(join(home, 'a.mjs'), `import { clamp, pipe, Volume } from 'voxline'\n${program}`)
  assert.is(said('node', ['a.mjs'], { cwd: home, env: bareEnvironment() }), expected)
})

test('a CommonJS module runs a pipeline', () => {
  const text = `const { clamp, pipe, Volume } = require('voxline')\nconst main = async () => {${program}\n}\nmain()`
  writeFileSync(join(home, 'b.cjs'), text)
  assert.is(said('node', ['b.cjs'], { cwd: home, env: bareEnvironment() }), expected)
})

test('the command line starts', () => {
  const listing = said('node', ['node_modules/voxline/dist/cli/main.js', 'formats'], {
    cwd: home,
    env: bareEnvironment(),
  })
  assert.match(listing, /nifti/)
})

test('publint finds nothing', () => {
  said(tool('publint'), ['run', tarball, '--strict'], { cwd: root })
})

test('types resolve for every kind of importer', () => {
  said(tool('attw'), [tarball, '--profile', 'esm-only', '--no-emoji'], { cwd: root })
})

test.run()
