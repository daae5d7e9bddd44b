import { execFileSync } from 'node:child_process'
import { rmSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Options } from './options.ts'
import type { Question } from './question.ts'
import type { Delays } from './support/delays.ts'
import { scratch } from './support/folder.ts'
import { noiseFile } from './support/nifti-file.ts'
import { mebibytes, type Section, short, verdict } from './support/report.ts'
import type { StreamFacts } from './support/stream-child.ts'
import { median } from './support/timing.ts'

const child = fileURLToPath(new URL('support/stream-child.ts', import.meta.url))
const budgets = ['64MiB', '256MiB']

function runOnce(input: string, memory: string, threads: number): StreamFacts {
  const output = scratch('data', 'streamed.nii')
  rmSync(output, { force: true })
  const args = ['--expose-gc', '--import', 'tsx', child, input, output, memory, String(threads)]
  try {
    return JSON.parse(
      execFileSync(process.execPath, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }),
    )
  } finally {
    rmSync(output, { force: true })
  }
}

function delaysText(delays: readonly Delays[]): string {
  const [p50, p99] = [median(delays.map((d) => d.p50)), median(delays.map((d) => d.p99))]
  return [p50, p99, Math.max(...delays.map((d) => d.max))].map((ms) => ms.toFixed(2)).join(' / ')
}

function row(input: string, memory: string, threads: number, options: Options): readonly string[] {
  const runs = Array.from({ length: options.isQuick ? 1 : 3 }, () => runOnce(input, memory, threads))
  const middle = (value: (facts: StreamFacts) => number) => median(runs.map(value))
  const most = (value: (facts: StreamFacts) => number) => Math.max(...runs.map(value))
  const ms = middle((facts) => facts.milliseconds)
  const peak = most((facts) => facts.peakOverIdle)
  const bytes = statSync(input).size
  const budget = Number.parseInt(memory, 10) * 2 ** 20
  return [
    memory,
    String(threads),
    (ms / 1000).toFixed(1),
    short(bytes / 1e6 / (ms / 1000)),
    short(bytes / 2 / 1e6 / (ms / 1000)),
    mebibytes(peak),
    mebibytes(most((facts) => facts.filesOverIdle)),
    delaysText(runs.map((facts) => facts.delays)),
    delaysText(runs.map((facts) => facts.beside)),
    verdict(`≤ ${memory}`, peak <= budget),
  ]
}

const head = [
  'memory',
  'threads',
  'seconds',
  'MB/s of source',
  'Mvoxel/s',
  'peak over idle',
  'of which files',
  'event loop late by ms, p50 / p99 / max',
  'the same, idle process beside it',
  'bar',
]

async function ask(options: Options): Promise<Section> {
  const { path, shape } = noiseFile(options.streamBytes)
  const rows = budgets.flatMap((memory) =>
    options.threads.map((threads) => row(path, memory, threads, options)),
  )
  return {
    paragraphs: [
      `A raw int16 .nii of ${shape.join(' × ')} voxels (${mebibytes(statSync(path).size)}, blobs and noise) through median(1) → gradientMagnitude → rescaleIntensity into a uint8 .nii file. The range is needed first, so the file is read and filtered twice. Every run is a process of its own. Peak is VmHWM less VmRSS after loading and a warm-up; "of which files" are mapped pages of files, sampled, which the system can drop. Of ${options.isQuick ? 'one run' : 'three runs'}: median time, greatest peak, median p50 and p99, greatest delay. The idle process does nothing but watch its own event loop meanwhile: what it shows is the machine.`,
    ],
    tables: [{ rows: [head, ...rows] }],
  }
}

export const streamFile: Question = { name: 'stream-file', title: 'A file larger than the budget', ask }
