// budget-triple.ts NUMBER FOLDER: runs a random graph within a random budget; prints what was planned and what the run took.
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { clamp, counters, type Pipeline, pipe, Volume, VoxlineError } from '../../../ts/index.ts'
import { isLong } from '../decks.ts'
import { builtNodes, graphText } from '../graph-recipe.ts'
import { largeGrids } from '../large-sources.ts'
import { choicesOf, drawGraph, pick } from '../random-graph.ts'

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
const out = file(`out${number}.nii`)

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

// The addon and what a run touches are loaded before anything is measured.
const small = Volume.create({ shape: [16, 16, 16], dtype: 'int16' })
const warm = await pipe(small, clamp()).compute()
small.dispose()
warm.dispose()
const planned = { threads: 2, ...(!measures && { to: out }) }
const { least } = await target.explain(planned)
const budget = Math.ceil(least * pick([1, 1, 1.2, 2, 4], random))
const { peak: explained } = await target.explain({ ...planned, memory: budget })
globalThis.gc?.()
// From here on the greatest resident size is counted anew.
writeFileSync('/proc/self/clear_refs', '5')
const before = { live: counters().live, resident: bytes('VmRSS') }
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
    counted,
    resident,
    outcome,
    milliseconds,
  }),
)
