import * as assert from 'node:assert/strict'
import { printedBy } from '../support/child.ts'
import { suite } from '../support/suite.ts'

const test = suite('lifecycle/flat-memory')
const program = new URL('programs/flat-memory.ts', import.meta.url)
const mebi = 2 ** 20

interface Memory {
  readonly early: number
  readonly most: number
  readonly end: number
  readonly held: Readonly<Record<string, number>>
}

async function measured(kind: string): Promise<Memory> {
  const memory = await printedBy<Memory>(program, { args: [kind], seconds: 200 })
  const shown = [memory.early, memory.most, memory.end].map((bytes) => `${Math.round(bytes / mebi)} MiB`)
  console.log(`  ${kind}: ${shown[0]} early on, at most ${shown[1]}, ${shown[2]} at the end`)
  return memory
}

test('10 000 volumes of 1 MiB in `using` blocks, with views, copies, snapshots and handles, leave memory flat', async () => {
  const { early, most, held } = await measured('disposed')
  assert.ok(most - early < 24 * mebi, `${(most - early) / mebi} MiB more`)
  assert.deepEqual(held, { live: 0, memories: 0, volumes: 0, handles: 0 })
})

test('10 000 volumes of 1 MiB that nobody disposes are collected in time', async () => {
  const { most } = await measured('collected')
  assert.ok(most < 1024 * mebi, `${most / mebi} MiB at most`)
})

test.run()
