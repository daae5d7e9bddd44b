import { type AnyStep, type ExplainOptions, type PassFacts, pipe, type Region, Volume } from 'voxline'
import { bytesOf } from '../ts/core/dtype.ts'
import type { Options } from './options.ts'
import type { Question } from './question.ts'
import { edgeSteps, medianEdgeSteps, smoothGradientSteps } from './support/chains.ts'
import { mebibytes, type Section, type Table, verdict } from './support/report.ts'

const bar = 1.15
// Reductions cut rows at multiples of this many voxels.
const leaf = 1024

type Interval = readonly [start: number, end: number]

function pieces(start: number, length: number, most: number): readonly Interval[] {
  const count = Math.ceil(length / most)
  const cut = (k: number) => start + Math.floor((k * length) / count)
  return Array.from({ length: count }, (_, k) => [cut(k), cut(k + 1)] as const)
}

// Along one axis: how many voxels all tiles together load, halos clipped at the volume's faces.
function loadedAlong(
  axis: number,
  pass: PassFacts,
  { start, shape }: Region,
  extent: readonly number[],
): number {
  const [first, length, end] = [start[axis] as number, shape[axis] as number, extent[axis] as number]
  const source = pass.stages[0]
  const [low, high] = [source?.low[axis] ?? 0, source?.high[axis] ?? 0]
  const tile = pass.end === 'reduction' && axis === 0 ? leaf : (pass.tile[axis] as number)
  return pieces(first, length, Math.min(tile, length))
    .map(([from, to]) => Math.min(to + high, end) - Math.max(from - low, 0))
    .reduce((sum, voxels) => sum + voxels, 0)
}

// Tiles form a grid, so the voxels loaded are the product of what is loaded along each axis.
function loadedBytes(pass: PassFacts, extent: readonly number[]): number {
  const voxels = pass.divisions
    .map((division) => extent.map((_, axis) => loadedAlong(axis, pass, division, extent)))
    .reduce((sum, lengths) => sum + lengths.reduce((product, length) => product * length, 1), 0)
  return voxels * bytesOf(pass.stages[0]?.in ?? 'uint8')
}

function rowOf(title: string, number: number, pass: PassFacts, extent: readonly number[]): readonly string[] {
  const voxels = extent.reduce((product, length) => product * length, 1)
  const needed = voxels * bytesOf(pass.stages[0]?.in ?? 'uint8') + pass.bytesWritten
  const moved = loadedBytes(pass, extent) + pass.bytesWritten
  const halo = [...(pass.stages[0]?.low ?? [])].join('×')
  return [
    title,
    `${number + 1}: ${pass.end}`,
    String(pass.divisions.length),
    pass.tile.join(' × '),
    halo,
    mebibytes(needed),
    mebibytes(moved),
    (moved / needed).toFixed(3),
    verdict(`≤ ${bar}`, moved <= bar * needed),
  ]
}

const head = ['chain', 'pass', 'divisions', 'tile', 'halo', 'source + sink', 'moved', 'ratio', 'bar']

const chains: readonly { readonly title: string; readonly steps: readonly AnyStep[] }[] = [
  { title: 'gradientMagnitude → threshold → rescale', steps: edgeSteps() },
  { title: 'median r=1 → gradientMagnitude → rescale', steps: smoothGradientSteps() },
  { title: 'median r=1 → gradientMagnitude → threshold → rescale', steps: medianEdgeSteps() },
]

async function tableOf(shape: readonly number[], choice: ExplainOptions): Promise<Table> {
  const volume = Volume.create({ shape, dtype: 'int16' })
  const rows: (readonly string[])[] = []
  for (const { title, steps } of chains) {
    const { passes } = await pipe(volume, ...steps).explain(choice)
    rows.push(...passes.map((pass, k) => rowOf(title, k, pass, shape)))
  }
  volume.dispose()
  return [head, ...rows]
}

async function ask({ size, threads }: Options): Promise<Section> {
  const most = Math.max(...threads)
  const cube = [size, size, size]
  const large = [1024, 1024, 512]
  return {
    paragraphs: [
      'Modelled, not counted: hardware events for cache misses (`perf stat -e LLC-load-misses,cache-misses`) are not supported inside this kind of virtual machine. The model takes each pass of `explain()`: its divisions are cut into tiles as the executor cuts them, every tile loads its own voxels and the halo that all stages behind the source add up to (clipped at the faces, read again by each neighbouring tile) and stores its own voxels once. What lies between the stages stays in the scratch of a worker, laid out for the caches of its core. Lines that the processor reads because it is about to write them are not in it.',
    ],
    tables: [
      {
        title: `${cube.join(' × ')} int16, in memory, ${most} threads`,
        rows: await tableOf(cube, { divisions: 1, threads: most }),
      },
      {
        title: `${large.join(' × ')} int16, memory 256MiB`,
        rows: await tableOf(large, { memory: '256MiB', threads: most }),
      },
    ],
  }
}

export const traffic: Question = { name: 'traffic', title: 'Memory traffic', ask }
