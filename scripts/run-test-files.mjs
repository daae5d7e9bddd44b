// Runs test files in child processes that take one file after another. A process that ends or hangs is one failure, and a new one goes on with the rest.
import { fork } from 'node:child_process'
import { join } from 'node:path'
import { root } from './ensure-built.mjs'

const runner = join(root, 'test/support/run.ts')
// The child writes this after all a file has printed.
const endOfFile = '\u001e'

/** Runs the files that `next` gives until it gives none, or the process ends: the reports, and what is wrong with the process. */
function runProcess(next, { secondsToStart, secondsPerFile, secondsToExit, quiet }) {
  const execArgv = ['--import', 'tsx', '--expose-gc']
  const child = fork(runner, { cwd: root, execArgv, silent: true })
  return new Promise((resolve) => {
    const reports = []
    let [current, last, complaint, timer] = []
    let [isDone, began, printed] = [false, 0, '']
    const allow = (seconds, otherwise) => {
      clearTimeout(timer)
      timer = setTimeout(() => {
        complaint = otherwise
        child.kill('SIGKILL')
      }, seconds * 1000)
    }
    // Files of several processes do not mix: each is printed when it has ended.
    const print = (text) => {
      if (!quiet) process.stdout.write(text)
    }
    const gather = (chunk) => {
      const texts = (printed + chunk).split(endOfFile)
      printed = texts.pop()
      for (const text of texts) print(text)
    }
    const start = () => {
      last = current
      current = next()
      isDone = current === undefined
      began = performance.now()
      child.send(isDone ? { end: true } : { file: current })
      if (isDone) allow(secondsToExit, 'the process does not end by itself: something keeps it alive')
      else allow(secondsPerFile, `takes longer than ${secondsPerFile} s`)
    }
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', gather)
    allow(secondsToStart, 'the test process does not start')
    child.on('message', ({ report }) => {
      if (report) reports.push({ ...report, seconds: (performance.now() - began) / 1000 })
      start()
    })
    // A process that the file started may hold the output open.
    child.on('exit', () => setTimeout(() => child.stdout.destroy(), 1000).unref())
    child.on('close', (code, signal) => {
      clearTimeout(timer)
      print(printed)
      const ending = isDone && code === 0 ? undefined : `the process ended with ${signal ?? `code ${code}`}`
      const problem = complaint ?? ending
      resolve({ reports, where: current ?? `after ${last ?? 'no file'}`, problem })
    })
  })
}

/**
 * Runs test files, named from the repository root, in that many processes at a time, each for so many files, and sums what became of them; every
 * problem with a file as a whole is one failure. The seconds of each file come back as `times`, what failed as `failures`.
 */
export async function runFiles(files, options = {}) {
  const { processes = 1, filesPerProcess = Number.POSITIVE_INFINITY } = options
  const { secondsToStart = 60, secondsPerFile = 300, secondsToExit = 20, quiet = false } = options
  const sum = { passed: 0, failed: 0, skipped: 0, times: [], failures: [] }
  const fail = (where, problem) => {
    console.log(`FAIL ${where}: ${problem}`)
    sum.failures.push(`${where}: ${problem}`)
    sum.failed++
  }
  const left = [...files]
  const work = async () => {
    while (left.length > 0) {
      const before = left.length
      let taken = 0
      const next = () => (taken++ < filesPerProcess ? left.shift() : undefined)
      const { reports, where, problem } = await runProcess(next, {
        secondsToStart,
        secondsPerFile,
        secondsToExit,
        quiet,
      })
      for (const report of reports) {
        for (const count of ['passed', 'failed', 'skipped']) sum[count] += report[count]
        sum.times.push([report.file, report.seconds])
        for (const failure of report.failures ?? []) sum.failures.push(`${report.file}: ${failure}`)
        if (report.problem) fail(report.file, report.problem)
      }
      if (problem) fail(where, problem)
      if (left.length === before) break
    }
  }
  await Promise.all(Array.from({ length: processes }, work))
  if (left.length > 0) fail(left[0], 'no process could be started for it and the files after it')
  return sum
}
