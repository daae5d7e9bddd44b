// Runs the test files that the parent process (scripts/run-test-files.mjs) names, one after another, and reports each.
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { stripVTControlCharacters } from 'node:util'
import { skipReasons } from './skip.ts'

type Suite = () => Promise<[errors: string | true, passed: number, skipped: number, total: number]>

const globals = globalThis as { UVU_DEFER?: number; UVU_QUEUE?: Suite[][]; UVU_INDEX?: number }
globals.UVU_DEFER = 1
globals.UVU_INDEX = 0

/** What became of one file. */
export interface FileReport {
  readonly file: string
  readonly passed: number
  readonly failed: number
  readonly skipped: number
  /** The tests that failed, by name and with the first line of what they say. */
  readonly failures?: readonly string[]
  /** What is wrong with the file as a whole. */
  readonly problem?: string
}

async function runFile(file: string): Promise<FileReport> {
  console.log(file)
  const suites: Suite[] = []
  globals.UVU_QUEUE = [suites]
  skipReasons.length = 0
  await import(pathToFileURL(resolve(file)).href)
  const sum = { file, passed: 0, failed: 0, skipped: 0, failures: [] as string[] }
  for (const suite of suites) {
    const [errors, passed, skipped, total] = await suite()
    sum.passed += passed
    sum.failed += total - passed
    sum.skipped += skipped
    if (errors !== true && errors !== '') {
      console.log(`\n${errors}`)
      sum.failures.push(...failuresIn(errors))
    }
  }
  for (const reason of skipReasons) console.log(`  skipped: ${reason}`)
  const problem = problemOf(sum, suites.length)
  return problem === undefined ? sum : { ...sum, problem }
}

// uvu gives what it would print: a line with FAIL and the name, then what the test says.
function failuresIn(errors: string): string[] {
  const lines = stripVTControlCharacters(errors).split('\n')
  return lines.flatMap((line, k) => {
    const name = /^\s*FAIL\s+(.*)$/.exec(line)?.[1]
    return name === undefined ? [] : [`${name}: ${lines[k + 1]?.trim() ?? ''}`]
  })
}

function problemOf(sum: FileReport, suites: number): string | undefined {
  if (suites === 0) return 'registers no suite: is `test.run()` missing?'
  if (sum.passed + sum.failed + sum.skipped === 0) return 'has no tests'
  if (sum.skipped !== skipReasons.length)
    return 'skips tests without a reason, or runs only some (use skipUnless)'
  return undefined
}

process.on('message', async ({ file }: { file?: string }) => {
  if (file === undefined) return process.disconnect()
  const report = await runFile(file).catch((error: unknown) => {
    console.error(error)
    return { file, passed: 0, failed: 0, skipped: 0, problem: 'cannot be loaded or run' }
  })
  process.stdout.write('\u001e', () => process.send?.({ report }))
})
process.send?.({})
