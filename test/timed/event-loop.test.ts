import * as assert from 'node:assert/strict'
import { printedBy } from '../support/child.ts'
import { suite } from '../support/suite.ts'

const test = suite('timed/event-loop')
const loopDelay = new URL('../lifecycle/programs/loop-delay.ts', import.meta.url)
// Runs take seconds: a bound that catches voxel work on the event loop and holds on a loaded machine. The bench has the figure.
const mostMilliseconds = 200

test('the event loop is free while runs go on', async () => {
  const found = await printedBy<Record<string, number>>(loopDelay)
  const shown = Object.entries(found).map(([kind, delay]) => `${kind} ${delay.toFixed(1)} ms`)
  console.log(`  99th percentile of its delay: ${shown.join(', ')}`)
  for (const [kind, delay] of Object.entries(found))
    assert.ok(delay < mostMilliseconds, `${kind}: ${delay} ms`)
})

test.run()
