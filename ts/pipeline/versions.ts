import { readFileSync } from 'node:fs'
import { callNative } from '../native/errors.ts'

/** Versions of the package and of what it runs on. */
export const versions = {
  /** Of the package. */
  get voxline(): string {
    return packageVersion()
  },
  /** Of Node.js. */
  node: process.versions.node,
  /** The Node-API version that Node.js offers. */
  nodeApi: Number(process.versions['napi']),
  /** The instruction set levels that this machine and the binary share, from the least to the best. */
  get simd(): readonly string[] {
    return callNative((addon) => addon.settings()).levels
  },
} as const

// The file is the same distance from ts/pipeline and from dist/pipeline.
function packageVersion(): string {
  const facts: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
  return (facts as { readonly version: string }).version
}
