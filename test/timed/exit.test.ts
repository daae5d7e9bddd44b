import * as assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { runProgram } from '../support/child.ts'
import { suite } from '../support/suite.ts'
import { temporaryFiles } from '../support/temporary.ts'

const test = suite('timed/exit')
const endInMidRun = new URL('../lifecycle/programs/end-in-mid-run.ts', import.meta.url)
const naturalExit = new URL('../lifecycle/programs/natural-exit.ts', import.meta.url)

interface Expected {
  readonly code?: number
  readonly signal?: string
  readonly err?: RegExp
}

const ends: Readonly<Record<string, Expected>> = {
  exit: { code: 7, err: /^$/ },
  throw: { code: 1, err: /thrown in mid-run/ },
  reject: { code: 1, err: /rejected in mid-run/ },
}

async function checkEnd(how: string, chain: string, suffix: string): Promise<void> {
  const file = temporaryFiles()
  const ended = await runProgram(endInMidRun, { args: [how, chain, file(`out${suffix}`)], seconds: 30 })
  const { code, err } = ends[how] as Expected
  const text = `${how}, ${chain}, ${suffix}: ${JSON.stringify(ended)}`
  assert.equal(ended.signal, null, text)
  assert.equal(ended.code, code, text)
  assert.match(ended.err, err as RegExp, text)
  assert.match(ended.out, /^exit with 504 2\n$/, text)
  assert.deepEqual(readdirSync(dirname(file('out'))), [], text)
}

for (const chain of ['native', 'script', 'reduction'])
  test(`process.exit in the middle of runs (${chain}) ends at once, with its code and no file`, async () => {
    await checkEnd('exit', chain, '.nii')
    await checkEnd('exit', chain, '.nii.gz')
  })

for (const how of ['throw', 'reject'])
  test(`an uncaught error (${how}) in the middle of runs ends the process as always, and leaves no file`, async () => {
    await checkEnd(how, 'native', '.nii.gz')
    await checkEnd(how, 'script', '.nii')
  })

const endWithWorkers = new URL('../lifecycle/programs/end-with-workers.ts', import.meta.url)
// What it takes on an idle machine is printed; runs and workers would go on for a minute.
const mostMilliseconds = 3000

for (const [how, code, signal] of [
  ['exit', 7, null],
  ['throw', 1, null],
  ['signal', null, 'SIGTERM'],
] as const)
  test(`a process with live volumes, calls, runs and busy worker threads ends at once (${how})`, async () => {
    const ended = await runProgram(endWithWorkers, { args: [how, temporaryFiles()('map.nii')], seconds: 60 })
    const took = Date.now() - Number(ended.out)
    assert.deepEqual([ended.code, ended.signal], [code, signal], JSON.stringify(ended))
    console.log(`  ${how}: ${took} ms`)
    assert.ok(took < mostMilliseconds, `${took} ms`)
  })

test('a process with live volumes and nothing to do ends by itself, after its runs', async () => {
  const file = temporaryFiles()
  const ended = await runProgram(naturalExit, { args: [file('out.nii.gz')], seconds: 30 })
  assert.deepEqual([ended.code, ended.signal, ended.err], [0, null, ''])
  assert.deepEqual(readdirSync(dirname(file('out'))).sort(), ['out.nii.gz', 'out.nii.gz.done'])
})

test.run()
