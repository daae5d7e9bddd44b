import * as assert from 'uvu/assert'
import { runFiles } from '../../scripts/run-test-files.mjs'
import { suite } from '../support/suite.ts'

const test = suite('running test files')

// What the runner prints about these files would be taken for results.
async function outcomeWith(options: object, ...names: string[]) {
  const { log } = console
  const lines: string[] = []
  console.log = (line: string) => lines.push(line)
  try {
    const files = names.map((name) => `test/fixtures/runner/${name}.ts`)
    const sum = await runFiles(files, { ...options, secondsPerFile: 5, secondsToExit: 2, quiet: true })
    return { ...sum, complaints: lines.filter((line) => line.startsWith('FAIL')).join('\n') }
  } finally {
    console.log = log
  }
}

const outcome = (...names: string[]) => outcomeWith({}, ...names)

test('passed and failed tests are summed over files', async () => {
  const { passed, failed, skipped, failures } = await outcome('passing', 'failing')
  assert.equal({ passed, failed, skipped }, { passed: 3, failed: 1, skipped: 0 })
  assert.is(failures.length, 1)
  assert.match(failures[0], /^test\/fixtures\/runner\/failing\.ts: .*"[^"]+": \S/)
})

test('files may have a process each, several at a time', async () => {
  const files = ['passing', 'exiting', 'failing', 'passing']
  const { passed, failed, times } = await outcomeWith({ processes: 2, filesPerProcess: 1 }, ...files)
  assert.equal({ passed, failed, timed: times.length }, { passed: 5, failed: 2, timed: 3 })
})

test('a file that registers nothing, or nothing to run, fails', async () => {
  const { passed, failed, complaints } = await outcome('unregistered', 'empty', 'passing')
  assert.equal({ passed, failed }, { passed: 2, failed: 2 })
  assert.match(complaints, /unregistered\.ts: registers no suite/)
  assert.match(complaints, /empty\.ts: has no tests/)
})

test('a file that ends the process fails and the files after it still run', async () => {
  const { passed, failed, complaints } = await outcome('exiting', 'passing')
  assert.equal({ passed, failed }, { passed: 2, failed: 1 })
  assert.match(complaints, /exiting\.ts: the process ended with code 0/)
})

test('a file that hangs fails and the files after it still run', async () => {
  const { passed, failed, complaints } = await outcome('hanging', 'passing')
  assert.equal({ passed, failed }, { passed: 2, failed: 1 })
  assert.match(complaints, /hanging\.ts: takes longer than 5 s/)
})

test('whatever keeps the process alive after the last test is a failure', async () => {
  const { passed, failed, complaints } = await outcome('lingering')
  assert.equal({ passed, failed }, { passed: 1, failed: 1 })
  assert.match(complaints, /does not end by itself/)
})

test('a skip counts apart and needs a reason', async () => {
  const told = await outcome('skipping')
  assert.equal(
    { passed: told.passed, failed: told.failed, skipped: told.skipped },
    { passed: 0, failed: 0, skipped: 1 },
  )
  const silent = await outcome('silently-skipping')
  assert.is(silent.failed, 1)
  assert.match(silent.complaints, /without a reason/)
})

test.run()
