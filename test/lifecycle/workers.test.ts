import * as assert from 'node:assert/strict'
import { printedBy } from '../support/child.ts'
import { suite } from '../support/suite.ts'

const test = suite('lifecycle/workers')
const program = (name: string) => new URL(`programs/${name}.ts`, import.meta.url)

interface FourWorkers {
  readonly hashes: Readonly<Record<string, readonly string[]>>
  readonly bytes: number
  readonly before: number
  readonly after: number
}

test('case 49: four worker threads with a pipeline each give identical bytes, also of one volume they share', async () => {
  const { hashes, bytes, before, after } = await printedBy<FourWorkers>(program('four-workers'))
  for (const [chain, four] of Object.entries(hashes))
    assert.deepEqual([four.length, new Set(four).size, typeof four[0]], [4, 1, 'string'], chain)
  assert.equal(hashes['shared']?.[0], hashes['reduction']?.[0])
  assert.deepEqual([before, after], [bytes, bytes])
})

test('worker threads terminated in the middle of runs leave nothing behind and disturb nobody', async () => {
  interface Left {
    readonly leaked: number
    readonly running: number
    readonly queued: number
    readonly slowest: number
    readonly right: number
  }
  const { slowest, ...left } = await printedBy<Left>(program('terminated-workers'))
  console.log(`  slowest termination ${slowest.toFixed(0)} ms`)
  assert.deepEqual(left, { leaked: 0, running: 0, queued: 0, right: 5 })
})

// Node.js unloads an addon with the last thread that has loaded it, and the next one would load it anew with threads of its own.
test('worker threads alone use the library: it stays when they end, and the next one takes over its threads', async () => {
  const [first, ...others] = await printedBy<readonly number[]>(program('workers-alone'))
  const last = others.at(-1)
  assert.ok(first !== undefined && last !== undefined && others.length === 3)
  // The system may take a moment to forget a thread that has ended, and a call may need a driver more than others.
  assert.ok(last <= first + 4, `${last} threads after four workers, ${first} after the first`)
})

test.run()
