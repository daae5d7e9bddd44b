import {
  type AnyStep,
  add,
  binShrink,
  cast,
  minimumMaximum,
  type Pipeline,
  pipe,
  rescaleIntensity,
  shrink,
  statistics,
  threshold,
  type Volume,
} from 'voxline'
import type { Options } from './options.ts'
import type { Question } from './question.ts'
import { memcpyInto } from './support/memcpy.ts'
import { ownVolume } from './support/our-side.ts'
import { percent, type Section, short, times } from './support/report.ts'
import { testVolume } from './support/test-volume.ts'
import { median, milliseconds, shortTurn, takeTurns } from './support/timing.ts'

interface Work {
  readonly title: string
  readonly step: AnyStep
  readonly measures?: boolean
}

const works: readonly Work[] = [
  { title: 'threshold below 150', step: threshold({ below: 150 }) },
  { title: 'add 7', step: add(7) },
  { title: 'cast to float32', step: cast({ dtype: 'float32' }) },
  { title: 'rescale to 0…255', step: rescaleIntensity({ min: 0, max: 255, dtype: 'uint8' }) },
  { title: 'minimum and maximum', step: minimumMaximum() as unknown as AnyStep, measures: true },
  { title: 'statistics', step: statistics() as unknown as AnyStep, measures: true },
  { title: 'shrink by 2', step: shrink({ factor: 2 }) },
  { title: 'bin shrink by 2', step: binShrink({ factor: 2 }) },
]

const tiny = 8

// A volume in memory that voxline has written: what it makes lies in huge pages.
async function rewritten(source: Volume): Promise<Volume> {
  return (await pipe(source, add(0, { dtype: 'same' })).compute()) as Volume
}

async function runOf(source: Volume, { step, measures }: Work) {
  const pipeline = pipe(source, step) as Pipeline
  const into = measures ? undefined : ((await pipeline.compute()) as Volume)
  const turn = () => shortTurn(() => milliseconds(() => pipeline.compute({ threads: 1, into })))
  await turn()
  return { turn, bytes: source.data.byteLength + (into?.data.byteLength ?? 0), close: () => into?.dispose() }
}

async function rowOf(work: Work, sources: readonly Volume[], { budget }: Options) {
  const runs = await Promise.all(sources.map((source) => runOf(source, work)))
  const { bytes } = runs[1] as (typeof runs)[0]
  const turns = [...runs.map(({ turn }) => turn), () => shortTurn(() => memcpyInto('reused', bytes))]
  const [small, scripted, written, copy] = (await takeTurns(turns, { budget, most: 25 })).map(median) as [
    number,
    number,
    number,
    number,
  ]
  for (const { close } of runs) close()
  const voxels = written - small
  return [
    work.title,
    short(small),
    short(scripted),
    short(written),
    times(scripted / written),
    short(copy),
    percent(copy / voxels),
  ]
}

async function ask(options: Options): Promise<Section> {
  const scripted = ownVolume(testVolume(options.size))
  const sources = [ownVolume(testVolume(tiny)), scripted, await rewritten(scripted)]
  const rows: (readonly string[])[] = []
  for (const work of works) rows.push(await rowOf(work, sources, options))
  for (const source of sources) source.dispose()
  return {
    paragraphs: [
      `What runs of a few milliseconds take beside their voxels: one thread, int16, reused buffers. A run over ${tiny}³ voxels is planning, the way to a worker and back. A volume that a script fills lies in pages of 4 KiB (here, and where contests take theirs from), one that voxline fills in pages of 2 MiB. The last column is the speed of memcpy, of what is left without the run over ${tiny}³ voxels.`,
    ],
    tables: [
      {
        rows: [
          [
            'operation',
            `${tiny}³ ms`,
            'filled by a script ms',
            'filled by voxline ms',
            'ratio',
            'memcpy ms',
            'of memcpy speed without what is fixed',
          ],
          ...rows,
        ],
      },
    ],
  }
}

export const overheads: Question = {
  name: 'overheads',
  title: 'What short runs take beside their voxels',
  ask,
}
