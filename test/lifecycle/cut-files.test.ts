import * as assert from 'node:assert/strict'
import { dirname } from 'node:path'
import { printedBy, runProgram } from '../support/child.ts'
import { suite } from '../support/suite.ts'
import { temporaryFiles } from '../support/temporary.ts'
import type { Outcome } from './programs/cut-files.ts'

const test = suite('lifecycle/cut-files')
const cutFiles = new URL('programs/cut-files.ts', import.meta.url)
const busError = new URL('programs/bus-error.ts', import.meta.url)

test('whatever is done with a map of a file that was cut short ends in Io naming the file, never in a crash', async () => {
  const folder = dirname(temporaryFiles()('x'))
  const outcomes = await printedBy<Record<string, Outcome>>(cutFiles, { args: [folder] })
  const { other, ...cut } = outcomes
  assert.equal(other, 257)
  assert.equal(Object.keys(cut).length, 16 + 3 + 2 * (16 + 5) + 2)
  for (const [what, outcome] of Object.entries(cut)) {
    if (what.startsWith('written')) assert.equal(outcome, false, what)
    else if (what.startsWith('dataLater')) assert.deepEqual(outcome, [0, 'Io', 'Io', 'Io'], what)
    else assert.equal(outcome, 'Io', what)
  }
})

test('a SIGBUS that is not about a map ends the process as it always did', async () => {
  const folder = dirname(temporaryFiles()('x'))
  const ended = await runProgram(busError, { args: [folder], seconds: 30 })
  assert.deepEqual([ended.signal, ended.out], ['SIGBUS', '0\n'])
})

test.run()
