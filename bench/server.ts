import { rmSync, statSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { fromFile, memoryLimit, pipe, type QueueState, queue, Volume } from 'voxline'
import type { Options } from './options.ts'
import type { Question } from './question.ts'
import { smoothGradientSteps } from './support/chains.ts'
import { watchDelays } from './support/delays.ts'
import { scratch } from './support/folder.ts'
import { noiseFile } from './support/nifti-file.ts'
import { processMemory, resetPeak } from './support/process-facts.ts'
import { mebibytes, type Section, short, type Table, times, verdict } from './support/report.ts'
import { testVolume } from './support/test-volume.ts'
import { median, milliseconds, quantile } from './support/timing.ts'

const edge = 64
const pause = 5
const crowdLimit = 512 * 2 ** 20

async function runSmall(volume: Volume): Promise<void> {
  const made = (await pipe(volume, ...smoothGradientSteps()).compute()) as Volume
  made.dispose()
}

/** Milliseconds of small runs, one at a time as requests come. */
async function latencies(volume: Volume, count: number): Promise<readonly number[]> {
  const taken: number[] = []
  for (let k = 0; k < count; k++) {
    taken.push(await milliseconds(() => runSmall(volume)))
    await setTimeout(pause)
  }
  return taken
}

/** Milliseconds of the same small runs alone and beside a large one, and how many times as long they took. */
interface Round {
  readonly alone: readonly number[]
  readonly beside: readonly number[]
  readonly ratio: number
}

async function besideLargeRun(volume: Volume, path: string, count: number): Promise<Round> {
  const output = scratch('data', 'beside.nii')
  const alone = await latencies(volume, count)
  const end = new AbortController()
  const options = { memory: '256MiB', overwrite: true, signal: end.signal }
  const large = (async () => {
    try {
      for (;;) await pipe(fromFile(path), ...smoothGradientSteps()).write(output, options)
    } catch (error) {
      if (!end.signal.aborted) throw error
    }
  })()
  await setTimeout(500)
  const beside = await latencies(volume, count)
  end.abort()
  await large
  rmSync(output, { force: true })
  return { alone, beside, ratio: median(beside) / median(alone) }
}

type Crowd = Awaited<ReturnType<typeof crowd>>

async function crowd(volume: Volume, count: number) {
  const before = memoryLimit()
  const idle = processMemory().resident
  memoryLimit(idle + crowdLimit)
  resetPeak()
  let [most, waiting] = [0, 0]
  const note = (state: QueueState) => {
    most = Math.max(most, state.bytes)
    waiting = Math.max(waiting, state.waiting)
  }
  queue.on('change', note)
  const delays = watchDelays()
  const begun = performance.now()
  const outcomes = await Promise.allSettled(Array.from({ length: count }, () => runSmall(volume)))
  const taken = performance.now() - begun
  const late = delays()
  queue.off('change', note)
  memoryLimit(before)
  const failed = outcomes.filter(({ status }) => status === 'rejected').length
  return { taken, late, most, waiting, failed, peak: processMemory().peak - idle }
}

function latencyRows(rounds: readonly Round[]): Table {
  const row = (name: string, taken: readonly number[], more: readonly string[]) => [
    name,
    short(median(taken)),
    short(quantile(taken, 0.9)),
    short(Math.max(...taken)),
    ...more,
  ]
  const ratios = rounds.map(({ ratio }) => ratio)
  const ratio = median(ratios)
  const range = `${times(Math.min(...ratios))} to ${times(Math.max(...ratios))}`
  return [
    ['small runs', 'median ms', '90 % ms', 'max ms', 'of idle, median of rounds', 'least to most', 'bar'],
    row(
      'on an idle process',
      rounds.flatMap(({ alone }) => alone),
      ['', '', ''],
    ),
    row(
      'beside a large one',
      rounds.flatMap(({ beside }) => beside),
      [times(ratio), range, verdict('≤ 2×', ratio <= 2)],
    ),
  ]
}

function crowdRows(crowds: readonly Crowd[], count: number): Table {
  const heads = [
    'failed',
    'seconds',
    'most waiting',
    'granted',
    'peak over idle',
    'event loop late, p99 ms',
    'bar',
  ]
  return [
    ['runs at once', ...heads],
    ...crowds.map(({ taken, late, most, waiting, failed, peak }) => [
      String(count),
      String(failed),
      (taken / 1000).toFixed(1),
      String(waiting),
      mebibytes(most),
      mebibytes(peak),
      short(late.p99),
      verdict(
        `none failed, ≤ ${mebibytes(crowdLimit)}, < 15 ms`,
        failed === 0 && peak <= crowdLimit && late.p99 < 15,
      ),
    ]),
  ]
}

async function ask(options: Options): Promise<Section> {
  const { shape: small, data } = testVolume(edge)
  const volume = Volume.wrap(data as Int16Array, { shape: small })
  const { path, shape } = noiseFile(options.streamBytes)
  await latencies(volume, 20)
  const count = options.isQuick ? 30 : 100
  const many = options.isQuick ? 200 : 1000
  const rounds: Round[] = []
  const crowds: Crowd[] = []
  for (let k = 0; k < (options.isQuick ? 1 : 5); k++) {
    rounds.push(await besideLargeRun(volume, path, count))
    crowds.push(await crowd(volume, many))
  }
  return {
    paragraphs: [
      `${count} runs over ${edge}³ int16 voxels (median(1) → gradientMagnitude → rescaleIntensity), one after another with ${pause} ms in between: alone, and while the same chain streams a raw .nii of ${shape.join(' × ')} voxels (${mebibytes(statSync(path).size)}) to a file within 256 MiB, with all workers, in ${rounds.length} rounds of both. After each round ${many} of them asked for at once, with memoryLimit ${mebibytes(crowdLimit)} above what the process takes at idle; granted is what runs that were let in might take together, peak is VmHWM.`,
    ],
    tables: [{ rows: latencyRows(rounds) }, { rows: crowdRows(crowds, many) }],
  }
}

export const server: Question = { name: 'server', title: 'Many runs in one process', ask }
