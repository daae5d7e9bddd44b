// Prints the folder of napi.h: node-addon-api's in a checkout, the copy in dist/napi in an installed package.
// `--copy` makes that copy (part of packing), so that a package without a binary for a platform can be built there.
import { copyFileSync, existsSync, mkdirSync, readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const copy = fileURLToPath(new URL('../dist/napi', import.meta.url))

function installed() {
  try {
    return dirname(createRequire(import.meta.url).resolve('node-addon-api/package.json'))
  } catch {
    return undefined
  }
}

const source = installed()
if (process.argv.includes('--copy')) {
  mkdirSync(copy, { recursive: true })
  const wanted = readdirSync(source).filter((file) => file.endsWith('.h') || file.startsWith('LICENSE'))
  for (const file of wanted) copyFileSync(join(source, file), join(copy, file))
} else if (source ?? existsSync(copy)) {
  console.log(source ?? copy)
} else {
  throw new Error('napi.h is missing: run `npm ci` first')
}
