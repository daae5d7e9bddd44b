import * as assert from 'node:assert/strict'
import { suite } from 'uvu'
import { printedBy } from '../support/child.ts'

const test = suite('lifecycle/event-loop')
const loopDelay = new URL('programs/loop-delay.ts', import.meta.url)
const mostMilliseconds = 15

test('the event loop is free while runs go on', async () => {
  const best: Record<string, number> = {}
  const worst = () => Math.max(...Object.values(best))
  // A machine that others load gets five rounds.
  for (let round = 0; round === 0 || (round < 5 && worst() >= mostMilliseconds); round++) {
    const found = await printedBy<Record<string, number>>(loopDelay)
    for (const [kind, delay] of Object.entries(found))
      best[kind] = Math.min(best[kind] ?? Number.POSITIVE_INFINITY, delay)
  }
  const shown = Object.entries(best).map(([kind, delay]) => `${kind} ${delay.toFixed(1)} ms`)
  console.log(`  99th percentile of its delay: ${shown.join(', ')}`)
  assert.ok(worst() < mostMilliseconds, `${worst()} ms`)
})

test.run()
