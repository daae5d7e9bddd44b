import { readFileSync } from 'node:fs'
import { Volume } from 'voxline'
import type { Options } from './options.ts'
import type { Question } from './question.ts'
import { queueTime } from './support/process-facts.ts'
import { mebibytes, type Section, short, verdict } from './support/report.ts'
import { median } from './support/timing.ts'

const page = 4096
const voxels = 2 ** 19

// Proportional: a page that is mapped twice counts once.
function heldBytes(): number {
  return Number(/^Pss:\s+(\d+) kB/m.exec(readFileSync('/proc/self/smaps_rollup', 'utf8'))?.[1]) * 1024
}

interface Case {
  readonly name: string
  /** Most milliseconds. */
  readonly bar?: number
  /** Makes the volume ready; what it gives is disposed afterwards. */
  prepare(volume: Volume<'uint8'>): Promise<Volume | undefined>
}

const filled = async (volume: Volume): Promise<undefined> => {
  await volume.fill(1)
  return undefined
}

const taken = async (volume: Volume<'uint8'>): Promise<Volume> => {
  await volume.fill(1)
  return volume.snapshot()
}

function readAll(volume: Volume<'uint8'>): number {
  const { data } = volume
  let sum = 0
  for (let k = 0; k < data.length; k += page) sum += data[k] as number
  return sum
}

const cases: readonly Case[] = [
  { name: 'created, never written', bar: 1, prepare: async () => undefined },
  { name: 'written once, by voxline', bar: 80, prepare: filled },
  {
    name: 'written once, by JavaScript',
    bar: 80,
    prepare: async (volume) => {
      volume.data.fill(1)
      return undefined
    },
  },
  { name: 'not written since the last snapshot', bar: 1, prepare: taken },
  {
    name: 'not written since, but read whole',
    bar: 1,
    prepare: async (volume) => {
      const last = await taken(volume)
      readAll(volume)
      return last
    },
  },
  {
    name: '1000 scattered pages written since',
    bar: 80,
    prepare: async (volume) => {
      const last = await taken(volume)
      const pages = volume.size / page
      for (let k = 0; k < 1000; k++) volume.data[((k * 7919) % pages) * page] = 2
      return last
    },
  },
  {
    name: 'all of it written since',
    prepare: async (volume) => {
      const last = await taken(volume)
      await volume.fill(2)
      return last
    },
  },
]

// Without the time another process had the processor.
const clock = () => performance.now() - queueTime()

async function rowOf({ name, bar, prepare }: Case, gibibytes: number, times: number): Promise<string[]> {
  const spent: number[] = []
  const grown: number[] = []
  for (let k = 0; k <= times; k++) {
    using volume = Volume.create({ shape: [voxels, (gibibytes * 2 ** 30) / voxels], dtype: 'uint8' })
    const last = await prepare(volume)
    // The first time, pages are looked at, which maps them; not when the others are timed.
    if (k === 0) readAll(volume)
    const before = heldBytes()
    const begun = clock()
    const made = volume.snapshot()
    if (k > 0) spent.push(clock() - begun)
    else grown.push(readAll(volume) + readAll(made) > -1 ? heldBytes() - before : 0)
    made.dispose()
    last?.dispose()
  }
  const time = median(spent)
  const judged = bar === undefined ? '' : verdict(`≤ ${bar} ms`, time <= bar * gibibytes)
  return [name, short(time), short(Math.max(...spent)), mebibytes(Math.max(...grown, 0)), judged]
}

async function copyRow(gibibytes: number, times: number): Promise<string[]> {
  using volume = Volume.create({ shape: [voxels, (gibibytes * 2 ** 30) / voxels], dtype: 'uint8' })
  await volume.fill(1)
  const spent: number[] = []
  for (let k = 0; k < times; k++) {
    const begun = performance.now()
    ;(await volume.copy()).dispose()
    spent.push(performance.now() - begun)
  }
  return [
    'for comparison: copy()',
    short(median(spent)),
    short(Math.max(...spent)),
    mebibytes(volume.byteLength),
    '',
  ]
}

// Microseconds to write one byte into each page.
async function firstWrites(count: number): Promise<number> {
  using volume = Volume.create({ shape: [page, count], dtype: 'uint8' })
  using last = await taken(volume)
  const { data } = volume
  readAll(volume)
  const begun = performance.now()
  for (let k = 0; k < data.length; k += page) data[k] = 3
  const spent = performance.now() - begun
  return last.get(0, 0) === 1 ? (spent * 1000) / count : Number.NaN
}

async function ask(options: Options): Promise<Section> {
  const gibibytes = options.isQuick ? 0.25 : 1
  const times = options.isQuick ? 3 : 7
  const rows: string[][] = []
  for (const each of cases) rows.push(await rowOf(each, gibibytes, times))
  rows.push(await copyRow(gibibytes, times))
  const first = await firstWrites(20_000)
  return {
    paragraphs: [
      `snapshot() of a volume of ${gibibytes} GiB, which blocks the event loop: ${times} times each, without the time other processes had the processor. *Grown* is by how much the process's proportional set size rose by a snapshot when every page of both sides had been read.`,
      `The first write to a page after a snapshot, which copies it: ${short(first)} µs.`,
    ],
    tables: [{ rows: [['the volume', 'median ms', 'max ms', 'grown', 'bar'], ...rows] }],
  }
}

export const snapshot: Question = { name: 'snapshot', title: 'Snapshots', ask }
