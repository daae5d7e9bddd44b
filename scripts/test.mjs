// Runs the tests: native ones, then every test/**/*.test.ts whose path contains one of the arguments (all without one).
// Files share a process for each core; one that dies or hangs is a failure, and the rest go on in a new process. Each file of
// test/lifecycle, about a process as a whole, has one of its own; those of test/timed run alone, after all others. test/package is
// slow and needs prebuilt binaries: it runs only when named. What failed is told again at the end; the last line is the sum.
import { availableParallelism } from 'node:os'
import { ensureBuilt, root } from './ensure-built.mjs'
import { filesBelow } from './native-sources.mjs'
import { runFiles } from './run-test-files.mjs'
import { runNativeTests } from './test-native.mjs'

const slowFolder = 'test/package/'
const ownFolder = 'test/lifecycle/'
const aloneFolder = 'test/timed/'

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
const native = wantsNative ? runNativeTests() : { passed: 0, failed: 0, skipped: 0, failures: [] }
const below = (folder) => files.filter((file) => file.startsWith(folder))
const shared = files.filter((file) => !file.startsWith(ownFolder) && !file.startsWith(aloneFolder))
const processes = availableParallelism()
const runs = [
  await runFiles(shared, { processes }),
  await runFiles(below(ownFolder), { processes, filesPerProcess: 1 }),
  await runFiles(below(aloneFolder)),
]
const slowest = runs
  .flatMap(({ times }) => times)
  .sort((a, b) => b[1] - a[1])
  .slice(0, 5)
for (const [file, seconds] of slowest) console.log(`${seconds.toFixed(1)} s ${file}`)
for (const failure of [native, ...runs].flatMap(({ failures }) => failures)) console.log(`FAIL ${failure}`)
const [passed, failedTests, skipped] = ['passed', 'failed', 'skipped'].map((count) =>
  runs.reduce((sum, run) => sum + run[count], native[count]),
)
let failed = failedTests
if (passed + failed === 0) {
  console.log('FAIL no test ran')
  failed = 1
}
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`)
process.exitCode = failed > 0 ? 1 : 0
