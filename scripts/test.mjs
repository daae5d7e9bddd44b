// Runs the tests: native ones, then every test/**/*.test.ts whose path contains one of the arguments (all without one).
// Files share one process; one that dies or hangs is a failure, and the rest go on in a new process. test/package is slow
// and needs prebuilt binaries: it runs only when named. The last line is the sum.
import { ensureBuilt, root } from './ensure-built.mjs'
import { filesBelow } from './native-sources.mjs'
import { runFiles } from './run-test-files.mjs'
import { runNativeTests } from './test-native.mjs'

const slowFolder = 'test/package/'

function chosenFiles(filters) {
  const files = filesBelow(['test'], '.test.ts')
  if (filters.length === 0) return files.filter((file) => !file.startsWith(slowFolder))
  return files.filter((file) => filters.some((filter) => file.includes(filter)))
}

process.chdir(root)
const filters = process.argv.slice(2)
ensureBuilt()
const files = chosenFiles(filters)
const wantsNative = filters.length === 0 || filters.some((filter) => filter.startsWith('test/native'))
const native = wantsNative ? runNativeTests() : { passed: 0, failed: 0, skipped: 0 }
const scripted = await runFiles(files)
const passed = native.passed + scripted.passed
let failed = native.failed + scripted.failed
const skipped = native.skipped + scripted.skipped
if (passed + failed === 0) {
  console.log('FAIL no test ran')
  failed = 1
}
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`)
process.exitCode = failed > 0 ? 1 : 0
