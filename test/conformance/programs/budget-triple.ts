// budget-triple.ts NUMBER FOLDER: runs a random graph within a random budget; prints what was planned and what the run took.
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { counters, type Pipeline, VoxlineError } from '../../../ts/index.ts'
import { callNative } from '../../../ts/native/errors.ts'
import { isLong } from '../decks.ts'
import { builtNodes, graphText } from '../graph-recipe.ts'
import { largeGrids } from '../large-sources.ts'
import { choicesOf, drawGraph, pick } from '../random-graph.ts'
import { scriptFilters } from '../script-filters.ts'

const [number, folder] = process.argv.slice(2) as [string, string]
const file = (name: string) => join(folder, name)
const random = choicesOf(Number(number))
const grids = await largeGrids(file)
const recipe = await drawGraph(
  grids,
  random,
  { drawn: 0, refused: 0 },
  { steps: 5, voxels: isLong ? 2e7 : 4e6 },
)
const target = builtNodes(recipe, { keeps: false }).at(-1) as Pipeline<unknown>
const measures = recipe.steps.at(-1)?.filter.measures === true
// A format for several components of any element type.
const out = file(`out${number}.mha`)

function bytes(field: string): number {
  const found = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(readFileSync('/proc/self/status', 'utf8'))
  return Number(found?.[1]) * 1024
}

async function run(memory: number): Promise<void> {
  if (measures) await target.compute({ memory, threads: 2 })
  else await (target as Pipeline).write(out, { memory, threads: 2, overwrite: true })
}

async function outcomeOf(work: Promise<void>): Promise<string> {
  try {
    await work
    return 'done'
  } catch (error) {
    if (error instanceof VoxlineError) return `${error.code}: ${error.message}`
    throw error
  }
}

// Memory that nobody uses goes back to the system at once: what a process takes is then what it uses.
callNative((addon) => addon.settings({ poolLimit: 0 }))
const planned = { threads: 2, ...(!measures && { to: out }) }
const { least } = await target.explain(planned)
const budget = Math.ceil(least * pick([1, 1, 1.2, 2, 4], random))
const { passes, peak: explained, process: ofProcess } = await target.explain({ ...planned, memory: budget })
const isScripted =
  recipe.steps.some(({ filter }) => scriptFilters.includes(filter)) ||
  passes.some(({ stages }) => stages.some(({ kind }) => kind === 'script'))
// The first run loads code; how large the process is after it is its idle size.
await outcomeOf(run(budget))
globalThis.gc?.()
const before = { live: counters().live, resident: bytes('VmRSS') }
// From here on the greatest sizes are counted anew.
writeFileSync('/proc/self/clear_refs', '5')
const begun = performance.now()
const outcome = await outcomeOf(run(budget))
const milliseconds = performance.now() - begun
const resident = bytes('VmHWM') - before.resident
const counted = Math.max(0, counters().peak - before.live)
rmSync(out, { force: true })
console.log(
  JSON.stringify({
    text: graphText(recipe),
    budget,
    least,
    explained,
    ofProcess,
    counted,
    resident,
    isScripted,
    outcome,
    milliseconds,
  }),
)
