// Builds the native addon where build/Release lacks it or was made from other sources.
//   --install   accepts a prebuilt binary for this platform
//   --rebuild   builds from nothing
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { filesBelow } from './native-sources.mjs'

export const root = fileURLToPath(new URL('..', import.meta.url))
const require = createRequire(import.meta.url)
const binary = join(root, 'build/Release/voxline.node')
const stampFile = join(root, 'build/voxline.stamp')
const lockFile = join(root, 'build.lock')
const extras = ['binding.gyp', 'kernels.gypi', 'addon.map', 'scripts/native-units.mjs']

/** Where Node's headers lie beside Node itself; undefined where node-gyp has to fetch them. */
export function headersBesideNode() {
  const prefix = dirname(dirname(process.execPath))
  return existsSync(join(prefix, 'include/node/node_api.h')) ? prefix : undefined
}

function sourceStamp() {
  const hash = createHash('sha256').update(`${process.platform} ${process.arch} ${process.versions.modules}`)
  const sources = [...filesBelow(['native'], '.cpp'), ...filesBelow(['native'], '.h'), ...extras]
  for (const file of sources) hash.update(`\0${file}\0`).update(readFileSync(join(root, file)))
  return hash.digest('hex')
}

function nodeGyp() {
  try {
    return [process.execPath, require.resolve('node-gyp/bin/node-gyp.js')]
  } catch {
    const bundled = process.env.npm_config_node_gyp
    return bundled ? [process.execPath, bundled] : ['node-gyp']
  }
}

function build(rebuild) {
  const [command, ...first] = nodeGyp()
  const nodedir = process.env.npm_config_nodedir ?? headersBesideNode()
  const words = [...(rebuild ? ['rebuild'] : ['configure', 'build']), '--jobs=max', '--loglevel=error']
  const args = [...first, ...words, ...(nodedir ? [`--nodedir=${nodedir}`] : [])]
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] })
  if (status === 0) return
  throw new Error(
    `the native addon could not be built${error ? ` (${error.message})` : ''}: ` +
      'it needs a C++20 compiler, make, python3 and the headers of Node.js',
  )
}

// Loading it shows that this machine's C library will do.
function hasPrebuilt() {
  try {
    const load = require('node-gyp-build')
    return load.resolve(root).startsWith(join(root, 'prebuilds')) && load(root) !== undefined
  } catch {
    return false
  }
}

function isRunning(pid) {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

// Two builds at once would write each other's objects.
function alone(work) {
  for (;;) {
    try {
      writeFileSync(lockFile, String(process.pid), { flag: 'wx' })
      break
    } catch (error) {
      if (error.code !== 'EEXIST') throw error
      const holder = Number(existsSync(lockFile) && readFileSync(lockFile, 'utf8'))
      if (holder > 0 && !isRunning(holder)) rmSync(lockFile, { force: true })
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200)
    }
  }
  try {
    return work()
  } finally {
    rmSync(lockFile, { force: true })
  }
}

const isCurrent = () =>
  existsSync(binary) && existsSync(stampFile) && readFileSync(stampFile, 'utf8') === sourceStamp()

/** Builds the addon unless the one at hand was made from these very sources. */
export function ensureBuilt({ rebuild = false } = {}) {
  if (!rebuild && isCurrent()) return
  alone(() => {
    if (!rebuild && isCurrent()) return
    // Of the sources as they are now: what changes meanwhile is built next time.
    const stamp = sourceStamp()
    console.log('building the native addon')
    build(rebuild)
    mkdirSync(dirname(stampFile), { recursive: true })
    writeFileSync(stampFile, stamp)
  })
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    const isInstalled = process.argv.includes('--install') && hasPrebuilt()
    if (!isInstalled) ensureBuilt({ rebuild: process.argv.includes('--rebuild') })
  } catch (error) {
    console.error(`voxline: ${error.message}`)
    process.exitCode = 1
  }
}
