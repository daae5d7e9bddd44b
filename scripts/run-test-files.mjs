// Runs test files in child processes: one process for all of them, and a new one for the rest when a file ends or hangs it.
import { fork } from 'node:child_process'
import { join } from 'node:path'
import { root } from './ensure-built.mjs'

const runner = join(root, 'test/support/run.ts')

/** One child process: the reports of the files it finished, the file it was at when it ended, and why it ended too early. */
function runProcess(files, { secondsPerFile, secondsToExit, quiet }) {
  const execArgv = ['--import', 'tsx', '--expose-gc']
  const child = fork(runner, files, { cwd: root, execArgv, silent: quiet })
  return new Promise((resolve) => {
    const reports = []
    let current
    let isDone = false
    let complaint
    let timer
    const allow = (seconds, otherwise) => {
      clearTimeout(timer)
      timer = setTimeout(() => {
        complaint = otherwise
        child.kill('SIGKILL')
      }, seconds * 1000)
    }
    allow(secondsPerFile, 'the test process does not start')
    child.on('message', ({ start, report }) => {
      if (start) {
        current = start
        console.log(start)
        allow(secondsPerFile, `takes longer than ${secondsPerFile} s`)
      } else if (report) {
        reports.push(report)
        current = undefined
      } else {
        isDone = true
        allow(secondsToExit, 'the process does not end by itself: something keeps it alive')
      }
    })
    // Messages may still be on their way when the process has ended.
    const exited = new Promise((done) => child.on('exit', (code, signal) => done({ code, signal })))
    const disconnected = new Promise((done) => child.on('disconnect', done))
    Promise.all([exited, disconnected]).then(([{ code, signal }]) => {
      clearTimeout(timer)
      const ending = isDone && code === 0 ? undefined : `the process ended with ${signal ?? `code ${code}`}`
      resolve({ reports, current, problem: complaint ?? ending })
    })
  })
}

/** Runs test files, named from the repository root, and sums what became of them; every problem with a file as a whole is one failure. */
export async function runFiles(files, { secondsPerFile = 300, secondsToExit = 20, quiet = false } = {}) {
  const sum = { passed: 0, failed: 0, skipped: 0 }
  const fail = (where, problem) => {
    console.log(`FAIL ${where}: ${problem}`)
    sum.failed++
  }
  let left = files
  while (left.length > 0) {
    const { reports, current, problem } = await runProcess(left, { secondsPerFile, secondsToExit, quiet })
    for (const report of reports) {
      for (const count of ['passed', 'failed', 'skipped']) sum[count] += report[count]
      if (report.problem) fail(report.file, report.problem)
    }
    if (problem) fail(current ?? `after ${left[reports.length - 1] ?? 'no file'}`, problem)
    const finished = reports.length + (current === undefined ? 0 : 1)
    if (finished === 0) break
    left = left.slice(finished)
  }
  return sum
}
