import { type AnyStep, pipe, type Volume } from 'voxline'
import type { Options } from './options.ts'
import type { Question } from './question.ts'
import { edgeSteps, limit, medianEdgeSteps } from './support/chains.ts'
import type { Contest } from './support/contest.ts'
import { contestSection } from './support/contest-table.ts'
import { filtered, ourSide, ownVolume } from './support/our-side.ts'
import { type Section, short, type Table, times } from './support/report.ts'
import { testVolume } from './support/test-volume.ts'
import { median, milliseconds, takeTurns } from './support/timing.ts'

const chains = [
  { title: 'gradient magnitude → threshold → rescale', steps: edgeSteps(), operation: 'edgeMap', goal: 8 },
  {
    title: 'median 3³ → gradient magnitude → threshold → rescale',
    steps: medianEdgeSteps(),
    operation: 'medianEdgeMap',
    slices: 64,
  },
]

const contests: readonly Contest[] = chains.map(({ title, steps, operation, ...more }) => ({
  title,
  input: 'int16',
  ours: filtered(...steps),
  peer: { operation, below: limit, radius: 1 },
  agreement: { levels: 1 },
  ...more,
}))

// Every step as a run of its own, into a volume that was written to before.
async function stepByStep(source: Volume, steps: readonly AnyStep[], threads: number) {
  const stages: { readonly run: () => Promise<unknown>; readonly into: Volume }[] = []
  let input = source
  for (const step of steps) {
    const pipeline = pipe(input, step)
    const into = (await pipeline.compute({ threads })) as Volume
    stages.push({ into, run: () => pipeline.compute({ threads, into }) })
    input = into
  }
  return {
    run: () =>
      milliseconds(async () => {
        for (const { run } of stages) await run()
      }),
    close: () => {
      for (const { into } of stages) into.dispose()
    },
  }
}

async function executorRow(title: string, steps: readonly AnyStep[], threads: number, options: Options) {
  const input = testVolume(options.size)
  const source = ownVolume(input)
  const fused = await ourSide(input, steps, { threads, executor: 'fused' })
  const reference = await ourSide(input, steps, { threads, executor: 'reference' })
  const apart = await stepByStep(source, steps, threads)
  const turns = [() => fused.run('reused'), apart.run, () => reference.run('reused')]
  const [a, b, c] = (await takeTurns(turns, { budget: options.budget, most: 9 })).map(median) as [
    number,
    number,
    number,
  ]
  for (const side of [fused, reference, apart]) side.close()
  source.dispose()
  return [title, String(threads), short(a), short(b), times(b / a), short(c), times(c / a)]
}

async function executors(options: Options): Promise<Table> {
  const rows: string[][] = []
  for (const { title, steps } of chains)
    for (const threads of options.threads) rows.push(await executorRow(title, steps, threads, options))
  return [
    ['chain', 'threads', 'fused ms', 'one run per step ms', 'ratio', "executor 'reference' ms", 'ratio'],
    ...rows,
  ]
}

async function ask(options: Options): Promise<Section> {
  const section = await contestSection(
    'ITK runs the chain as its composite filter example does: a filter that holds the three as a mini-pipeline, with intermediate images kept between runs when buffers are reused. Two passes each: the rescaling needs the range of what it rescales.',
    contests,
    options,
  )
  const fusion = { title: 'What fusing the stages brings, reused buffers', rows: await executors(options) }
  return { ...section, tables: [...section.tables, fusion] }
}

export const chain: Question = { name: 'chain', title: 'The fused chain', ask }
