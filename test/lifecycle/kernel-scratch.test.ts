import * as assert from 'node:assert/strict'
import { concurrency } from '../../ts/index.ts'
import { printedBy } from '../support/child.ts'
import { suite } from '../support/suite.ts'

const test = suite('lifecycle/kernel-scratch')
// The most that a process takes is counted from its beginning.
const program = new URL('programs/kernel-scratch.ts', import.meta.url)

// Rows of a megabyte and more are rounded to whole pages.
test('what is planned for the workers of a kernel is what they take', async () => {
  for (const shape of [
    [320, 64, 24],
    [10_800, 4, 24],
  ])
    for (const threads of [1, 0]) {
      const args = [...shape, threads].map(String)
      const { planned, taken } = await printedBy<{ planned: number; taken: number }>(program, { args })
      const workers = threads === 1 ? 1 : concurrency()
      assert.ok(planned > 0)
      assert.ok(taken >= planned && taken <= planned * workers, `${taken} bytes; ${planned} per worker`)
    }
})

test.run()
