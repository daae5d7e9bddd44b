import * as assert from 'node:assert/strict'
import { suite } from 'uvu'
import { printedBy } from '../support/child.ts'

const test = suite('lifecycle/event-loop')
const loopDelay = new URL('programs/loop-delay.ts', import.meta.url)
const mostMilliseconds = 15

test('the event loop is free while runs go on', async () => {
  let worst = Number.POSITIVE_INFINITY
  // A machine that others load gets three rounds.
  for (let round = 0; round < 3 && worst >= mostMilliseconds; round++) {
    const found = await printedBy<Record<string, number>>(loopDelay)
    worst = Math.min(worst, Math.max(...Object.values(found)))
    const shown = Object.entries(found).map(([kind, delay]) => `${kind} ${delay.toFixed(1)} ms`)
    console.log(`  99th percentile of its delay: ${shown.join(', ')}`)
  }
  assert.ok(worst < mostMilliseconds, `${worst} ms`)
})

test.run()
