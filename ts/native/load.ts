import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { VoxlineError } from '../core/errors.ts'
import type { Addon } from './addon.ts'

const require = createRequire(import.meta.url)
// The same distance from ts/native and from dist/native.
const packageRoot = fileURLToPath(new URL('../../', import.meta.url))

let loaded: Addon | undefined

/** The native addon, loaded when first asked for. Throws `Unsupported` where no binary fits this machine. */
export function native(): Addon {
  loaded ??= load()
  return loaded
}

function load(): Addon {
  const find = require('node-gyp-build') as (root: string) => unknown
  try {
    return find(packageRoot) as Addon
  } catch (cause) {
    throw unloadable(cause)
  }
}

function unloadable(cause: unknown): VoxlineError {
  const { platform, arch } = process
  const libc = libcName()
  const machine = `${platform}-${arch}${libc === undefined ? '' : ` (${libc})`}`
  const isMissing = cause instanceof Error && cause.message.startsWith('No native build was found')
  const why = isMissing
    ? 'there is none'
    : `it does not load (${cause instanceof Error ? cause.message : cause})`
  const remedy = 'build it with `npm rebuild voxline` (a C++20 compiler, make and python3 are needed)'
  return new VoxlineError(
    'Unsupported',
    `voxline needs a native binary for ${machine}: ${why}; ${remedy}`,
    { platform, arch, libc },
    { cause },
  )
}

function libcName(): string | undefined {
  if (process.platform !== 'linux') return undefined
  const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } }
  return header.glibcVersionRuntime === undefined ? 'musl' : `glibc ${header.glibcVersionRuntime}`
}
