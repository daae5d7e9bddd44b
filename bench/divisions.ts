import { pipe, type Volume } from 'voxline'
import type { Options } from './options.ts'
import type { Question } from './question.ts'
import { edgeSteps } from './support/chains.ts'
import { scratch } from './support/folder.ts'
import { ownVolume } from './support/our-side.ts'
import { type Section, short, times, verdict } from './support/report.ts'
import { testVolume } from './support/test-volume.ts'
import { median, milliseconds, takeTurns } from './support/timing.ts'

const bar = 1.25
const counts = [1, 4, 16, 64] as const

type Source = Volume | string

// Every count in turn, so that what else the machine does meets all of them.
async function rowOf(title: string, source: Source, threads: number, { budget }: Options) {
  const pipeline = pipe(source, ...edgeSteps())
  const into = (await pipeline.compute({ threads })) as Volume
  const turns = counts.map(
    (divisions) => () => milliseconds(() => pipeline.compute({ threads, divisions, into })),
  )
  for (const turn of turns) await turn()
  const [one, ...more] = (await takeTurns(turns, { budget, most: 99 })).map(median) as [number, ...number[]]
  into.dispose()
  const cells = more.flatMap((ms) => [short(ms), times(ms / one)])
  return [
    title,
    String(threads),
    short(one),
    ...cells,
    verdict(`≤ ${bar}`, (more.at(-1) as number) <= bar * one),
  ]
}

async function ask(options: Options): Promise<Section> {
  const volume = ownVolume(testVolume(options.size))
  const path = scratch('data', `blobs-${options.size}.nii`)
  await volume.write(path, { overwrite: true })
  const rows: (readonly string[])[] = []
  for (const [title, source] of [
    ['memory', volume],
    ['raw .nii', path],
  ] as const)
    for (const threads of options.threads) rows.push(await rowOf(title, source, threads, options))
  volume.dispose()
  const columns = counts.slice(1).flatMap((count) => [`${count} ms`, 'ratio'])
  const head = ['source', 'threads', 'one division ms', ...columns, 'bar']
  return {
    paragraphs: [
      'gradientMagnitude → threshold → rescale of int16 voxels into a volume that was written to before, in slabs one after another. Both passes of the chain are cut. The bar holds for the most divisions.',
    ],
    tables: [{ rows: [head, ...rows] }],
  }
}

export const divisions: Question = { name: 'divisions', title: 'What divisions cost', ask }
