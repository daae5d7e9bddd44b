// Holds who may use whom in native/ and ts/ and reports every include and import that breaks it: `node scripts/check-layers.mjs [ROOT]`.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import { fileURLToPath } from 'node:url'

// A folder may always use itself.
const nativeFolders = {
  base: [],
  volume: ['base'],
  kernel: ['base', 'volume'],
  simd: ['base', 'kernel'],
  kernels: ['base', 'simd'],
  plan: ['base', 'volume', 'kernel'],
  io: ['base', 'volume'],
  exec: ['base', 'volume', 'kernel', 'plan', 'io'],
  labels: ['base', 'volume', 'exec'],
  binding: ['base', 'volume', 'kernel', 'simd', 'plan', 'io', 'exec', 'labels'],
}

// Plain descriptions that a lower folder passes on without looking into them.
const nativeDescriptions = { plan: ['io/file_layout.h'] }

const scriptFolders = {
  core: [],
  geometry: ['core'],
  native: ['core'],
  volume: ['core', 'geometry', 'native'],
  pipeline: ['core', 'geometry', 'native', 'volume'],
  filters: ['core', 'geometry', 'volume', 'pipeline'],
  formats: ['core', 'geometry', 'volume', 'pipeline'],
  interop: ['core', 'geometry', 'volume'],
  index: ['core', 'geometry', 'native', 'volume', 'pipeline', 'filters', 'formats', 'interop'],
  cli: ['index'],
}

// What only some folders may include. Threads start in exec alone; the binding asks which one it is on. Locks guard the memory
// pool (volume), sources and sinks shared by workers (io) and the environment's list of work (binding).
const nativeSystem = [
  { what: /^(napi|node_api|js_native_api|node|v8|uv)\.h$/, only: ['binding'] },
  { what: /^thread$/, only: ['exec', 'binding'] },
  { what: /^(future|semaphore|latch|barrier|stop_token|pthread\.h)$/, only: ['exec'] },
  { what: /^(mutex|condition_variable|shared_mutex)$/, only: ['exec', 'volume', 'io', 'binding'] },
  { what: /^(immintrin|x86intrin|[a-z]mmintrin|arm_neon|cpuid)\.h$/, only: ['simd'] },
  { what: /^zlib\.h$/, only: ['io'] },
]

const instructionSets =
  /\b(__(AVX|SSE|ARM_NEON|FMA)\w*|__builtin_cpu_\w+|__builtin_ia32_\w+|_mm(256|512)?_\w+)\b/

const scriptPackages = [
  { what: /^node-gyp-build$/, only: ['native'] },
  { what: /^node:/, only: ['native', 'volume', 'pipeline', 'formats', 'interop', 'cli'] },
]

function filesOf(root, folder, pattern) {
  const top = join(root, folder)
  if (!existsSync(top)) return []
  const names = readdirSync(top, { recursive: true }).map((name) => String(name).replaceAll('\\', '/'))
  return names.filter((name) => pattern.test(name)).sort()
}

const lineOf = (text, index) => text.slice(0, index).split('\n').length

function withoutComments(text) {
  return text.replace(/\/\*[\s\S]*?\*\/|(?<![:'"])\/\/[^\n]*/g, (comment) => comment.replace(/[^\n]/g, ' '))
}

function nativeViolations(root) {
  const found = []
  for (const file of filesOf(root, 'native', /\.(cpp|h)$/)) {
    const folder = file.split('/')[0]
    const text = withoutComments(readFileSync(join(root, 'native', file), 'utf8'))
    const report = (index, message) => found.push(`native/${file}:${lineOf(text, index)}: ${message}`)
    if (!nativeFolders[folder]) {
      report(0, `the folder ${folder} is not in the table`)
      continue
    }
    for (const match of text.matchAll(/^[ \t]*#[ \t]*include\s+(["<])([^">]+)[">]/gm)) {
      const problem = match[1] === '"' ? ownInclude(root, folder, match[2]) : systemInclude(folder, match[2])
      if (problem) report(match.index, problem)
    }
    const set = folder === 'simd' ? undefined : instructionSets.exec(text)
    if (set) report(set.index, `only simd knows instruction sets, found ${set[0]}`)
  }
  return found
}

function ownInclude(root, folder, path) {
  if (!existsSync(join(root, 'native', path))) return `"${path}" is not a file below native/`
  const target = path.split('/')[0]
  if (folder === 'kernels' && path.endsWith('.cpp')) return `nobody includes kernels, found "${path}"`
  if (target === folder || nativeFolders[folder].includes(target)) return undefined
  if (nativeDescriptions[folder]?.includes(path)) return undefined
  return `${folder} may not include ${target} ("${path}")`
}

function systemInclude(folder, path) {
  const rule = nativeSystem.find(({ what }) => what.test(path))
  if (!rule || rule.only.includes(folder)) return undefined
  return `only ${rule.only.join(', ')} may include <${path}>`
}

// `kind` is `type` for imports that are gone when the program runs.
function importsOf(text) {
  const found = []
  for (const match of text.matchAll(
    /^[ \t]*(?:import|export)\s+(type\s+)?(?:[\w*{][^'";]*?\sfrom\s+)?'([^']+)'/gm,
  )) {
    found.push({ path: match[2], index: match.index, kind: match[1] ? 'type' : 'value' })
  }
  for (const match of text.matchAll(/\b(?:import|require)\s*\(\s*'([^']+)'\s*\)/g)) {
    found.push({ path: match[1], index: match.index, kind: 'late' })
  }
  return found
}

function folderOfScript(file) {
  return file.includes('/') ? file.split('/')[0] : file.replace(/\.ts$/, '')
}

function scriptViolations(root) {
  const found = []
  const graph = new Map()
  for (const file of filesOf(root, 'ts', /\.ts$/)) {
    const folder = folderOfScript(file)
    const text = withoutComments(readFileSync(join(root, 'ts', file), 'utf8'))
    const report = (index, message) => found.push(`ts/${file}:${lineOf(text, index)}: ${message}`)
    if (!scriptFolders[folder]) {
      report(0, `${folder} is not in the table`)
      continue
    }
    graph.set(file, [])
    for (const { path, index, kind } of importsOf(text)) {
      const target = path.startsWith('.') ? posix.normalize(posix.join(dirname(file), path)) : undefined
      if (target && kind === 'value') graph.get(file).push(target)
      const problem = target ? ownImport(root, folder, target) : packageImport(folder, path)
      if (problem) report(index, problem)
    }
  }
  return [...found, ...cycles(graph)]
}

function ownImport(root, folder, target) {
  if (!target.startsWith('..') && !existsSync(join(root, 'ts', target))) return `there is no ts/${target}`
  const other = folderOfScript(target)
  if (other === folder || scriptFolders[folder].includes(other)) return undefined
  return `${folder} may not import ${other} (${target})`
}

function packageImport(folder, path) {
  const rule = scriptPackages.find(({ what }) => what.test(path))
  if (!rule) return `the package ${path} is not a dependency`
  return rule.only.includes(folder) ? undefined : `only ${rule.only.join(', ')} may import ${path}`
}

function cycles(graph) {
  const found = []
  const state = new Map()
  const visit = (file, trail) => {
    if (state.get(file) === 'done') return
    if (state.get(file) === 'open') {
      found.push(`ts/${file}:1: imports itself: ${[...trail.slice(trail.indexOf(file)), file].join(' -> ')}`)
      return
    }
    state.set(file, 'open')
    for (const next of graph.get(file) ?? []) visit(next, [...trail, file])
    state.set(file, 'done')
  }
  for (const file of graph.keys()) visit(file, [])
  return found
}

/** Every include and import below `root` that the tables do not allow, as `file:line: what is wrong`. */
export function layerViolations(root) {
  return [...nativeViolations(root), ...scriptViolations(root)]
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const found = layerViolations(process.argv[2] ?? fileURLToPath(new URL('..', import.meta.url)))
  for (const line of found) console.log(line)
  console.log(found.length === 0 ? 'layers: no violation' : `layers: ${found.length} violations`)
  process.exitCode = found.length > 0 ? 1 : 0
}
