// Builds the native tests with CMake and runs them: `node scripts/test-native.mjs [NAME] [--sanitize=address,undefined|thread]`.
import { spawnSync } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { root } from './ensure-built.mjs'

function run(command, args, options = {}) {
  return spawnSync(command, args, { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 28, ...options })
}

function failure(what, text) {
  console.log(text.trimEnd())
  console.log(`FAIL ${what}`)
  return { passed: 0, failed: 1, skipped: 0, failures: [what] }
}

function skip(reason) {
  console.log(`skipped: native tests: ${reason}`)
  return { passed: 0, failed: 0, skipped: 1, failures: [] }
}

/** Builds and runs the native tests whose names contain `name`; the counts, of which a missing tool is one skip, and what failed. */
export function runNativeTests({ name = '', sanitize = '' } = {}) {
  if (run('cmake', ['--version']).status !== 0) return skip('cmake is not installed')
  const folder = join(root, sanitize ? `build-native-${sanitize.replaceAll(',', '-')}` : 'build-native')
  console.log('building the native tests')
  const configured = run('cmake', ['-S', '.', '-B', folder, `-DVOXLINE_SANITIZE=${sanitize}`])
  const said = `${configured.stdout}${configured.stderr}`
  if (configured.status !== 0) {
    if (said.includes('Could NOT find ZLIB')) return skip('zlib and its header are not installed')
    return failure('native tests: cmake does not configure', said)
  }
  const built = run('cmake', ['--build', folder, '--parallel', String(availableParallelism())])
  if (built.status !== 0) return failure('native tests do not build', `${built.stdout}${built.stderr}`)
  const ran = run(join(folder, 'voxline_native_tests'), name ? [name] : [], {
    timeout: sanitize ? 6 * 3_600_000 : 600_000,
  })
  const output = `${ran.stdout}${ran.stderr}`
  const counts = /^(\d+) passed, (\d+) failed$/m.exec(ran.stdout)
  if (!counts) return failure(`native tests ended with ${ran.signal ?? `code ${ran.status}`}`, output)
  console.log(output.trimEnd())
  const failures = [...ran.stdout.matchAll(/^FAIL (.*)\n\s*(.*)$/gm)].map(
    ([, test, why]) => `${test}: ${why}`,
  )
  if (ran.status !== 0 && failures.length === 0)
    failures.push(`native tests ended with ${ran.signal ?? `code ${ran.status}`}`)
  return { passed: Number(counts[1]), failed: failures.length, skipped: 0, failures }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const args = process.argv.slice(2)
  const sanitize = args.find((arg) => arg.startsWith('--sanitize='))?.slice('--sanitize='.length)
  const { failed, skipped } = runNativeTests({ name: args.find((arg) => !arg.startsWith('--')), sanitize })
  process.exitCode = failed + skipped > 0 ? 1 : 0
}
