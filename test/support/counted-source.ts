import * as assert from 'node:assert/strict'
import {
  counters,
  defineSource,
  type Region,
  type SourceDeclaration,
  type SourceRequest,
} from '../../ts/index.ts'
import { eachIndex } from './naive-filters.ts'

/** The value of a voxel of a counted source. */
export function voxelAt(index: readonly number[]): number {
  return index.reduce((sum, i, axis) => sum + i * [1, 40, 1600, 7][axis], 0) % 32_000
}

/** The values of a region, axis 0 fastest. */
export function voxelsOf({ start, shape }: Region): Int16Array {
  const values = new Int16Array(shape.reduce((size, n) => size * n, 1))
  eachIndex(shape, (index, at) => {
    values[at] = voxelAt(index.map((i, axis) => i + start[axis]))
  })
  return values
}

/** What was asked of a counted source. */
export interface SourceCalls {
  readonly regions: Region[]
  describes: number
  closes: number
}

/** A source of `voxelAt` that counts its calls; `before` is awaited by every read. */
export function countedSource(
  shape: readonly number[],
  more: Partial<SourceDeclaration> = {},
  before: (request: SourceRequest) => unknown = () => {},
) {
  const calls: SourceCalls = { regions: [], describes: 0, closes: 0 }
  const source = defineSource({
    name: 'counted',
    describe: () => {
      calls.describes++
      return { shape, dtype: 'int16', spacing: [1, 2, 3] }
    },
    read: async (request) => {
      calls.regions.push(request.region)
      await before(request)
      return voxelsOf(request.region)
    },
    close: () => {
      calls.closes++
    },
    ...more,
  })
  return { source, calls }
}

/** Voxels of regions together. */
export function voxelCount(regions: readonly Region[]): number {
  return regions.reduce((sum, { shape }) => sum + shape.reduce((size, n) => size * n, 1), 0)
}

/** Start and length of regions along an axis. */
export function spans(regions: readonly Region[], axis = 2): (readonly [number, number])[] {
  return regions.map(({ start, shape }) => [start[axis], shape[axis]] as const)
}

/** Waits, where threads are still about to park, until `done`; gives up after some seconds. */
export async function until(done: () => boolean): Promise<void> {
  for (let k = 0; k < 1000 && !done(); k++) await new Promise((resolve) => setTimeout(resolve, 5))
}

/** What runs must leave as it was. */
export interface Holdings {
  readonly live: number
  readonly memories: number
  readonly handles: number
  readonly volumes: number
}

function holdingsNow(): Holdings {
  const { live, memories, handles, volumes } = counters()
  return { live, memories, handles, volumes }
}

function isQuiet(): boolean {
  const { running, queued } = counters()
  return running === 0 && queued === 0
}

/** What is held once nothing runs any more. */
export async function holdings(): Promise<Holdings> {
  await until(isQuiet)
  assert.ok(isQuiet(), 'something still runs')
  return holdingsNow()
}

/** The same, when it is to become what it was before. */
export async function settledHoldings(before: Holdings): Promise<Holdings> {
  await until(() => isQuiet() && JSON.stringify(holdingsNow()) === JSON.stringify(before))
  return await holdings()
}
