import * as assert from 'node:assert/strict'
import { setTimeout } from 'node:timers/promises'
import { type Counters, clamp, counters, flip, pipe } from '../../ts/index.ts'
import { suite } from '../support/suite.ts'
import { temporaryFiles } from '../support/temporary.ts'
import { isLong, seed } from './decks.ts'
import { GraphChecks } from './graph-checks.ts'
import { type GraphRecipe, graphText } from './graph-recipe.ts'
import { makeGrids } from './graph-sources.ts'
import { choicesOf, drawGraph } from './random-graph.ts'

// VOXLINE_CONFORMANCE_GRAPH=NUMBER runs the one graph that a failure names, VOXLINE_CONFORMANCE_GRAPHS=COUNT so many.
const test = suite('conformance/random-graphs')
const only = process.env['VOXLINE_CONFORMANCE_GRAPH']
const first = only === undefined ? 0 : Number(only)
const count = Number(process.env['VOXLINE_CONFORMANCE_GRAPHS'] ?? (isLong ? 50_000 : 200))
const graphs = only === undefined ? count : 1
const mostFailures = 5
const file = temporaryFiles()
const grids = await makeGrids(file)
const draws = { drawn: 0, refused: 0 }
const runs = { runs: 0, tooSmall: 0, unwritable: 0, failed: 0 }

const held = ({ live, memories, handles, running, queued }: Counters) => ({
  live,
  memories,
  handles,
  running,
  queued,
})

// A thread that has just ended a run may still be at its last owners; what other files left behind may go meanwhile.
async function checkNothingStays(before: Counters): Promise<void> {
  const grown = () => {
    const now = held(counters())
    return Object.entries(held(before)).filter(([what, count]) => now[what as keyof typeof now] > count)
  }
  for (let wait = 1; wait <= 64 && grown().length > 0; wait *= 2) await setTimeout(wait)
  assert.deepEqual(grown(), [], `what the process holds beyond this: ${JSON.stringify(held(counters()))}`)
}

function named(error: unknown, graph: number, recipe: GraphRecipe | undefined, doing: string): Error {
  const again = `VOXLINE_CONFORMANCE_SEED=${seed} VOXLINE_CONFORMANCE_GRAPH=${graph}`
  const text = recipe ? graphText(recipe) : 'while it was drawn'
  const message = error instanceof Error ? error.message : String(error)
  return new Error(`${again}\n${text}\n  ${doing}\n  ${message}`, { cause: error })
}

async function checkGraph(graph: number): Promise<void> {
  const random = choicesOf(graph)
  const before = counters()
  let recipe: GraphRecipe | undefined
  let checks: GraphChecks | undefined
  try {
    recipe = await drawGraph(grids, random, draws)
    checks = new GraphChecks(recipe, { random, counts: runs, file })
    await checks.checkAll()
    checks.end()
    await checkNothingStays(before)
  } catch (error) {
    throw named(error, graph, recipe, checks?.doing ?? '')
  }
}

test(`${graphs} random graphs give the bytes of the reference in every way to run`, async () => {
  // What the process keeps from its first runs on.
  for (const { voxels } of grids[0] as (typeof grids)[0])
    (await pipe(voxels, clamp(), flip({ axes: [0] })).compute()).dispose()
  const failures: Error[] = []
  for (let graph = first; graph < first + graphs && failures.length < mostFailures; graph++) {
    await checkGraph(graph).catch((error: Error) => failures.push(error))
    if (graph % 1000 === 999) console.log(`  ${graph + 1} graphs, ${failures.length} failures`)
  }
  const { drawn, refused } = draws
  console.log(`  seed ${seed}: ${drawn} steps drawn, ${refused} refused; ${JSON.stringify(runs)}`)
  if (failures.length > 0)
    throw new Error(failures.map(({ message }) => message).join('\n'), { cause: failures[0] })
  assert.ok(refused <= drawn / 3 + 4, `${refused} of ${drawn} steps drawn were refused`)
  assert.ok(runs.failed <= graphs / 20 + 1, `${runs.failed} of ${graphs} graphs have no result`)
  assert.ok(runs.unwritable <= runs.runs / 5 + 1, `${runs.unwritable} results could not be written`)
})

test.run()
