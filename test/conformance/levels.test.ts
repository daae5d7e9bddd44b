import * as assert from 'node:assert/strict'
import { printedBy, runProgram } from '../support/child.ts'
import { suite } from '../support/suite.ts'
import { levels } from './run-ways.ts'

const test = suite('conformance/levels')
const program = new URL('programs/hash-filters.ts', import.meta.url)

interface Hashes {
  readonly level: string
  readonly hashes: Readonly<Record<string, string>>
}

test('the environment chooses the instruction set, and every one gives the same bytes', async () => {
  const found: Hashes[] = []
  for (const level of levels) found.push(await printedBy<Hashes>(program, { env: { VOXLINE_SIMD: level } }))
  assert.deepEqual(
    found.map(({ level }) => level),
    levels,
  )
  for (const { level, hashes } of found) assert.deepEqual(hashes, found[0]?.hashes, level)
})

test('a level this machine has not is refused by name', async () => {
  const { code, err } = await runProgram(program, { env: { VOXLINE_SIMD: 'v9' } })
  assert.notEqual(code, 0)
  assert.match(err, /VOXLINE_SIMD|v9/)
})

test.run()
