import * as assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { printedBy } from '../support/child.ts'
import { skipUnless } from '../support/skip.ts'
import { suite } from '../support/suite.ts'
import { temporaryFiles } from '../support/temporary.ts'
import { isLong, seed } from './decks.ts'
import { largeGrids } from './large-sources.ts'

// Each graph runs in a process of its own; VOXLINE_CONFORMANCE_GRAPH=NUMBER runs the one that a failure names.
const test = suite('conformance/random-budgets')
const program = new URL('programs/budget-triple.ts', import.meta.url)
const only = process.env['VOXLINE_CONFORMANCE_GRAPH']
const first = only === undefined ? 0 : Number(only)
const triples = only !== undefined ? 1 : isLong ? 200 : 10
const atOnce = 2
const mebi = 2 ** 20
// What a plan grants the process beside native memory.
const ofProcess = 4 * mebi
// Scratch of kernels of regions, and tables of labels, are in no plan.
const ofRegionKernels = mebi / 2
const mostOff = 0.4

interface Taken {
  readonly text: string
  readonly budget: number
  readonly least: number
  readonly explained: number
  /** Bytes of native memory, and of the process, beyond those before the run. */
  readonly counted: number
  readonly resident: number
  readonly outcome: string
  readonly milliseconds: number
}

async function takenByAll(folder: string): Promise<ReadonlyMap<number, Taken>> {
  const found = new Map<number, Taken>()
  let next = first
  const worker = async () => {
    while (next < first + triples) {
      const number = next++
      found.set(number, await printedBy<Taken>(program, { args: [String(number), folder], seconds: 120 }))
    }
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  return found
}

function shown(number: number, { text, budget, explained, counted, resident, outcome }: Taken): string {
  const [asked, planned, native, all] = [budget, explained, counted, resident].map((n) =>
    (n / mebi).toFixed(1),
  )
  const again = `VOXLINE_CONFORMANCE_SEED=${seed} VOXLINE_CONFORMANCE_GRAPH=${number}`
  return `${again}: ${outcome}, budget ${asked} MiB, planned ${planned}, native ${native}, resident ${all}\n${text}`
}

const onLinux = skipUnless(test, existsSync('/proc/self/clear_refs'), 'peaks are read from /proc')

onLinux(`${triples} random graphs keep within random budgets`, async () => {
  const file = temporaryFiles()
  await largeGrids(file)
  const taken = await takenByAll(file('.'))
  const report = (title: string, fails: (one: Taken) => boolean) => {
    const failing = [...taken].filter(([, one]) => fails(one)).map(([number, one]) => shown(number, one))
    console.log(`  ${title}: ${failing.length} of ${taken.size}`)
    return failing
  }
  const refused = report('refused', ({ outcome }) => outcome !== 'done')
  // Memory that no page was ever touched of takes none.
  const native = report('native memory beyond the budget', ({ counted, resident, budget }) => {
    return Math.min(counted, resident) > budget * 1.05 + ofRegionKernels
  })
  const resident = report('process beyond the budget', (one) => one.resident > one.budget * 1.05)
  const planned = report('planned peak 15 % off', ({ explained, counted, resident }) => {
    const allocated = counted + ofProcess
    return explained > 1.15 * allocated || explained < 0.85 * Math.min(allocated, resident)
  })
  if (isLong || only !== undefined) console.log([...resident, ...planned].join('\n'))
  assert.deepEqual([...refused, ...native], [])
  assert.ok(planned.length <= taken.size * mostOff, planned.join('\n'))
})

test.run()
