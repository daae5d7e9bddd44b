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

interface Turns {
  readonly counts: readonly number[]
  readonly arithmetic: Arithmetic
  readonly budget: number
}

type Work = (typeof works)[number]

// Medians of each work per thread count, and at last those of arithmetic alone. All take turns, so that seconds in which the machine gives
// its threads less fall on all.
async function timesOf(
  source: Volume,
  group: readonly Work[],
  { counts, arithmetic, budget }: Turns,
): Promise<readonly (readonly number[])[]> {
  const turns: (() => Promise<number>)[] = []
  const results: Volume[] = []
  for (const { steps } of group) {
    const pipeline = pipe(source, ...steps) as Pipeline
    const into = await pipeline.compute({ threads: Math.max(...counts) })
    results.push(into)
    for (const threads of counts)
      turns.push(() => shortTurn(() => milliseconds(() => pipeline.compute({ threads, into }))))
  }
  for (const threads of counts) turns.push(() => arithmetic.time(threads))
  const taken = await takeTurns(turns, { budget: budget * group.length, least: 5, most: 40 })
  for (const result of results) result.dispose()
  const medians = taken.map(median)
  return [...group, null].map((_, k) => medians.slice(k * counts.length, (k + 1) * counts.length))
}

// Results of all works at once take as much memory as the source several times.
const mostTogether = 512

async function rowsOf(n: number, turns: Turns): Promise<Table> {
  const source = await tiled(n)
  const groups = n > mostTogether ? works.map((work) => [work]) : [works]
  const rows: string[][] = []
  for (const group of groups) {
    const times = await timesOf(source, group, turns)
    const alone = times.at(-1) as readonly number[]
    for (const [k, { title }] of group.entries())
      rows.push([title, `${n}³`, ...rowOf(n, times[k] as readonly number[], alone)])
  }
  source.dispose()
  return rows
}

function rowOf(n: number, work: readonly number[], alone: readonly number[]): readonly string[] {
  const one = work[0] as number
  const speed = (ms: number) => short(n ** 3 / 1000 / ms)
  const scaled = work.slice(1).flatMap((ms, k) => {
    const limit = (alone[0] as number) / (alone[k + 1] as number)
    return [short(ms), speed(ms), times(one / ms), times(limit), percent(one / ms / limit)]
  })
  return [short(one), speed(one), ...scaled]
}

async function ask(options: Options): Promise<Section> {
  const counts = [...new Set([1, ...options.threads])]
  const wanted = options.isQuick ? [64, 128] : [64, 128, 256, 512, 1024]
  const sizes = wanted.filter((n) => bytesPerVoxel * n ** 3 < freemem())
  const rows: Table[] = []
  const arithmetic = await Arithmetic.start(Math.max(...counts))
  try {
    for (const n of sizes) rows.push(await rowsOf(n, { counts, arithmetic, budget: options.budget / 2 }))
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
      `The same run on cubes of more voxels and on more threads: int16, buffers reused, medians. Works and thread counts take turns, up to ${mostTogether}³ all of a size and beyond it those of a row, a turn being one run or, where it is short, the middle one of three. “Of arithmetic” is the speed-up of a loop in registers, 20 ms of it, that takes its turn with them: what the machine gave its threads at that time, near 1 where its processors were two threads of one core. Small volumes lie in cache${sizes.length < wanted.length ? `; ${wanted.at(-1)}³ does not fit into the memory that is free here` : ''}.`,
    ],
    tables: [{ rows: [head, ...byWork] }],
  }
}

export const scaling: Question = { name: 'scaling', title: 'Scaling over sizes and threads', ask }
