// Looks at the kernel objects of every instruction-set level and at the addon, after a build (Linux):
// - no weak or unique symbol in a kernel object: the linker may keep the copy made for the highest level, for all levels;
// - no vector instruction above the baseline where kernels register themselves: that code runs on every machine;
// - the addon exports what Node-API asks for and nothing else.
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ensureBuilt, root } from './ensure-built.mjs'

const exported = ['napi_register_module_v1', 'node_api_module_get_api_version_v1']

const said = (command, ...args) => execFileSync(command, args, { encoding: 'utf8', maxBuffer: 2 ** 28 })

/** Weak and unique symbols in the output of `nm`: names of what is defined or wanted weakly. */
export function weakSymbols(listing) {
  return listing
    .split('\n')
    .map((line) => /^\S*\s+([WwVvu]) (.*)$/.exec(line))
    .filter((match) => match !== null)
    .map((match) => `${match[1]} ${match[2]}`)
}

/** Instructions of a disassembly that a processor of the baseline lacks: VEX and EVEX ones, on any register. */
export function vectorInstructions(disassembly) {
  return disassembly
    .split('\n')
    .filter((line) => /\t(v[a-z]\w+|k(mov|or|and|xor)\w*)\s/.test(line) || /%[yz]mm\d/.test(line))
}

function kernelObjects() {
  const top = join(root, 'build/Release/obj.target')
  const names = existsSync(top) ? readdirSync(top, { recursive: true }) : []
  return names.filter((name) => /^kernels_\w+\/.*\.o$/.test(name)).map((name) => join(top, name))
}

function problems() {
  const objects = kernelObjects()
  if (objects.length === 0) return ['build/Release has no kernel objects']
  const found = []
  for (const object of objects) {
    const name = object.slice(root.length)
    for (const symbol of weakSymbols(said('nm', '--demangle', object))) found.push(`${name}: ${symbol}`)
    const start = said('objdump', '--disassemble', '--section=.text.startup', object)
    for (const line of vectorInstructions(start)) found.push(`${name}: at load: ${line.trim()}`)
  }
  const listing = said('nm', '--dynamic', '--defined-only', join(root, 'build/Release/voxline.node'))
  const names = listing
    .trim()
    .split('\n')
    .map((line) => line.split(' ').at(-1))
    .sort()
  if (names.join() !== exported.join()) found.push(`the addon exports ${names.join(', ')}`)
  return found
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (process.platform !== 'linux') {
    console.log(`skipped: symbols are checked on Linux, this is ${process.platform}`)
  } else {
    ensureBuilt()
    const found = problems()
    for (const line of found) console.log(line)
    console.log(found.length === 0 ? 'symbols: as they must be' : `symbols: ${found.length} problems`)
    process.exitCode = found.length > 0 ? 1 : 0
  }
}
