import { freemem } from 'node:os'
import {
  type AnyStep,
  gaussian,
  gradientMagnitude,
  median as medianFilter,
  type Pipeline,
  pipe,
  recursiveGaussian,
  threshold,
  Volume,
} from 'voxline'
import type { Options } from './options.ts'
import type { Question } from './question.ts'
import { Arithmetic } from './support/arithmetic.ts'
import { edgeSteps } from './support/chains.ts'
import { ownVolume } from './support/our-side.ts'
import { percent, type Section, short, type Table, times } from './support/report.ts'
import { testVolume } from './support/test-volume.ts'
import { median, milliseconds, shortTurn, takeTurns } from './support/timing.ts'

const works: readonly { readonly title: string; readonly steps: readonly AnyStep[] }[] = [
  { title: 'threshold below 150', steps: [threshold({ below: 150 })] },
  { title: 'median 3³', steps: [medianFilter({ radius: 1 })] },
  { title: 'median 5³', steps: [medianFilter({ radius: 2 })] },
  { title: 'gradient magnitude', steps: [gradientMagnitude()] },
  { title: 'gradient magnitude → threshold → rescale', steps: edgeSteps() },
  { title: 'Gaussian σ = 2', steps: [gaussian({ sigma: 2 })] },
  { title: 'recursive Gaussian σ = 2', steps: [recursiveGaussian({ sigma: 2 })] },
]

const block = 64
// Source, result of four bytes a voxel and as much again for what filters keep.
const bytesPerVoxel = 10

// A cube of n voxels a side: the block of blobs and noise, again and again.
async function tiled(n: number): Promise<Volume> {
  const piece = ownVolume(testVolume(block))
  const whole = Volume.create({ shape: [n, n, n], dtype: 'int16' }) as unknown as Volume
  for (let z = 0; z < n; z += block)
    for (let y = 0; y < n; y += block)
      for (let x = 0; x < n; x += block) await whole.copyFrom(piece, [x, y, z])
  piece.dispose()
  return whole
}

// Medians of a work per thread count, and those of arithmetic alone, which takes turns with it.
async function timesOf(
  source: Volume,
  steps: readonly AnyStep[],
  { counts, arithmetic, budget }: { counts: readonly number[]; arithmetic: Arithmetic; budget: number },
) {
  const pipeline = pipe(source, ...steps) as Pipeline
  const into = await pipeline.compute({ threads: Math.max(...counts) })
  const turns = counts.map(
    (threads) => () => shortTurn(() => milliseconds(() => pipeline.compute({ threads, into }))),
  )
  const alone = counts.map((threads) => () => arithmetic.time(threads))
  const taken = await takeTurns([...turns, ...alone], { budget, least: 5, most: 25 })
  into.dispose()
  const medians = taken.map(median)
  return { work: medians.slice(0, counts.length), alone: medians.slice(counts.length) }
}

async function rowsOf(
  n: number,
  counts: readonly number[],
  { budget }: Options,
  arithmetic: Arithmetic,
): Promise<Table> {
  const source = await tiled(n)
  const rows: string[][] = []
  for (const { title, steps } of works) {
    const { work, alone } = await timesOf(source, steps, { counts, arithmetic, budget: budget / 5 })
    const one = work[0] as number
    const speed = (ms: number) => short(n ** 3 / 1000 / ms)
    const scaled = work.slice(1).flatMap((ms, k) => {
      const limit = (alone[0] as number) / (alone[k + 1] as number)
      return [short(ms), speed(ms), times(one / ms), times(limit), percent(one / ms / limit)]
    })
    rows.push([title, `${n}³`, short(one), speed(one), ...scaled])
  }
  source.dispose()
  return rows
}

async function ask(options: Options): Promise<Section> {
  const counts = [...new Set([1, ...options.threads])]
  const wanted = options.isQuick ? [64, 128] : [64, 128, 256, 512, 1024]
  const sizes = wanted.filter((n) => bytesPerVoxel * n ** 3 < freemem())
  const rows: Table[] = []
  const arithmetic = await Arithmetic.start(Math.max(...counts))
  try {
    for (const n of sizes) rows.push(await rowsOf(n, counts, options, arithmetic))
  } finally {
    await arithmetic.end()
  }
  const columns = counts
    .slice(1)
    .flatMap((count) => [`${count} threads ms`, 'Mvoxel/s', 'speed-up', 'of arithmetic', 'share of that'])
  const head = ['work', 'voxels', '1 thread ms', 'Mvoxel/s', ...columns]
  const byWork = works.flatMap((_, k) => rows.map((ofSize) => ofSize[k] as readonly string[]))
  return {
    paragraphs: [
      `The same run on cubes of more voxels and on more threads: int16, buffers reused, thread counts taking turns of one run or, where it is short, the middle one of three. “Of arithmetic” is the speed-up of a loop in registers, 20 ms of it, that took turns with the row's own: what the machine gave its threads at that time, near 1 where its processors were two threads of one core. Small volumes lie in cache${sizes.length < wanted.length ? `; ${wanted.at(-1)}³ does not fit into the memory that is free here` : ''}.`,
    ],
    tables: [{ rows: [head, ...byWork] }],
  }
}

export const scaling: Question = { name: 'scaling', title: 'Scaling over sizes and threads', ask }
