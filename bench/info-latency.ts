import { statSync } from 'node:fs'
import { fromFile, pipe } from 'voxline'
import type { Options } from './options.ts'
import type { Question } from './question.ts'
import { edgeSteps } from './support/chains.ts'
import { noiseFile } from './support/nifti-file.ts'
import { bytesRead } from './support/process-facts.ts'
import { mebibytes, type Section, short } from './support/report.ts'
import { median, milliseconds, quantile } from './support/timing.ts'

async function timesOf(work: () => Promise<unknown>, calls: number): Promise<number[]> {
  const times: number[] = []
  for (let k = 0; k < calls; k++) times.push(await milliseconds(work))
  return times
}

async function rowOf(name: string, work: () => Promise<unknown>, calls: number): Promise<string[]> {
  await timesOf(work, 20)
  const before = bytesRead()
  const measuring = bytesRead() - before
  const start = bytesRead()
  await work()
  const read = bytesRead() - start - measuring
  const times = await timesOf(work, calls)
  return [
    name,
    short(median(times)),
    short(quantile(times, 0.99)),
    short(Math.max(...times)),
    String(Math.max(read, 0)),
  ]
}

async function ask(options: Options): Promise<Section> {
  const { path } = noiseFile(options.isQuick ? 2 ** 28 : 500 * 2 ** 20)
  const calls = options.isQuick ? 50 : 500
  const edges = pipe(fromFile(path), ...edgeSteps())
  const rows = [
    await rowOf('edges.info()', () => edges.info(), calls),
    await rowOf('a new pipeline each time', () => pipe(fromFile(path), ...edgeSteps()).info(), calls),
    await rowOf("edges.explain({ memory: '256MiB' })", () => edges.explain({ memory: '256MiB' }), calls),
  ]
  return {
    paragraphs: [
      `What is known before any voxel is read, of a chain of three filters over a .nii file of ${mebibytes(statSync(path).size)}: ${calls} calls after a warm-up of 20. Bytes read are those of one call, as the system counts them (rchar).`,
    ],
    tables: [{ rows: [['call', 'median ms', 'p99 ms', 'max ms', 'bytes read'], ...rows] }],
  }
}

export const infoLatency: Question = { name: 'info-latency', title: 'Latency of info()', ask }
