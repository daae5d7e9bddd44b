// Prints the units of the C++ sources below the given folders, one per line: files in build/units/ that include some sources of one
// folder each, so that headers are read once for all of them. VOXLINE_UNIT_FILES says how many sources a unit may have; 1 makes a change of
// a single source compile soonest. Folders are named as for native-sources.mjs.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { filesBelow } from './native-sources.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const most = Number(process.env.VOXLINE_UNIT_FILES || 13)
if (!(Number.isInteger(most) && most >= 1)) throw new Error('VOXLINE_UNIT_FILES must be an integer ≥ 1')

function unitsOf(folder, files) {
  const count = Math.ceil(files.length / most)
  return Array.from({ length: count }, (_, i) => ({
    name: `build/units/${basename(folder)}_${i + 1}.cpp`,
    files: files.slice(Math.floor((i * files.length) / count), Math.floor(((i + 1) * files.length) / count)),
  }))
}

// A unit that stays as it is keeps its time, or it would be compiled again.
function writeUnit({ name, files }) {
  const path = join(root, name)
  const text = files.map((file) => `#include "../../${file}"\n`).join('')
  if (existsSync(path) && readFileSync(path, 'utf8') === text) return
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}

const files = filesBelow(process.argv.slice(2), '.cpp')
const folders = [...new Set(files.map(dirname))]
const units = folders.flatMap((folder) =>
  unitsOf(
    folder,
    files.filter((file) => dirname(file) === folder),
  ),
)
units.forEach(writeUnit)
console.log(units.map(({ name }) => name).join('\n'))
