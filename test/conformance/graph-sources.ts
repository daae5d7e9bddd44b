import { setImmediate } from 'node:timers/promises'
import { arrayClass, dtypes, type TypedArray } from '../../ts/core/dtype.ts'
import {
  type DType,
  defineSource,
  type Region,
  type SourceRequest,
  type Volume,
  type VoxelSource,
} from '../../ts/index.ts'
import { noise } from '../support/naive-filters.ts'
import { Deck, seed } from './decks.ts'
import { scatter, stored, type Turn, turns } from './sources.ts'

/** Where voxels of a graph come from. */
export interface GraphSource {
  readonly label: string
  readonly volume: Volume
  readonly voxels: VoxelSource
}

/** Sources on one grid, of different element types and origins. */
export type GraphGrid = readonly GraphSource[]

const shapes = [
  [19, 7, 5],
  [5, 11, 13],
  [1, 1, 1],
  [61],
  [17, 11],
  [1, 13],
  [7, 1, 9],
  [40, 3, 1],
  [4, 4, 4],
  [7, 5, 3, 4],
  [12, 11, 10],
  [33, 3, 17],
]

const origins = ['memory', '.nii', 'mapped .nii', '.nrrd', '.nii.gz', 'functions', 'one function'] as const

/** Voxels of a region as functions of one's own give them: components first, then axis 0 fastest. */
function partOf(all: TypedArray, { shape, components, dtype }: Volume, region: Region): TypedArray {
  const part = new (arrayClass(dtype))(region.shape.reduce((product, n) => product * n, components))
  const at = region.shape.map(() => 0)
  for (let to = 0; to < part.length; to += components) {
    let voxel = 0
    for (let axis = shape.length - 1; axis >= 0; axis--)
      voxel = voxel * (shape[axis] as number) + (region.start[axis] as number) + (at[axis] as number)
    for (let c = 0; c < components; c++) part[to + c] = all[voxel * components + c] as never
    for (let axis = 0; axis < at.length; axis++) {
      at[axis] = (at[axis] as number) + 1
      if ((at[axis] as number) < (region.shape[axis] as number)) break
      at[axis] = 0
    }
  }
  return part
}

async function madeByFunctions(volume: Volume, canReadRegion: boolean): Promise<VoxelSource> {
  const { shape, dtype, components, affine } = volume
  const dense = await volume.copy({ layout: volume.orientation })
  const all = dense.data.slice() as TypedArray
  dense.dispose()
  const read = async ({ region }: SourceRequest) => {
    await setImmediate()
    return partOf(all, volume, region)
  }
  const describe = () => ({ shape, dtype, components, affine })
  return defineSource({ name: 'functions', describe, read, canReadRegion })
}

async function voxelsOf(volume: Volume, origin: (typeof origins)[number], path: string) {
  if (origin === 'memory') return volume
  if (origin === 'functions' || origin === 'one function')
    return await madeByFunctions(volume, origin === 'functions')
  const [suffix, isMapped] = [origin.replace('mapped ', ''), origin.startsWith('mapped')]
  return await stored(volume, path + suffix, isMapped)
}

/** Grids of a few voxels with a source of every origin each; `file` names files to write them to. */
export async function makeGrids(file: (name: string) => string): Promise<readonly GraphGrid[]> {
  const decks = {
    dtype: new Deck(dtypes, 201),
    turn: new Deck(Object.entries(turns), 202),
    components: new Deck([1, 1, 2, 1, 3], 203),
    isAdverse: new Deck([false, false, true], 204),
  }
  const grids: GraphGrid[] = []
  for (const shape of [...shapes, ...shapes]) {
    const [turned, turn] = decks.turn.draw()
    const components = decks.components.draw()
    const grid: GraphSource[] = []
    for (const origin of origins) {
      const [dtype, isAdverse] = [decks.dtype.draw(), decks.isAdverse.draw()]
      const own = grids.length * origins.length + grid.length
      // No format holds vectors of every element type.
      const fitting = origin === 'memory' || origin.includes('function') ? components : 1
      const volume = turn(makerOf(dtype, fitting, isAdverse, own), shape)
      const label = `[${shape}] × ${fitting} ${dtype}, ${turned}, ${origin}${isAdverse ? ', adverse' : ''}`
      grid.push({ label, volume, voxels: await voxelsOf(volume, origin, file(`${own}`)) })
    }
    grids.push(grid)
  }
  return grids
}

function makerOf(dtype: DType, components: number, isAdverse: boolean, own: number): Parameters<Turn>[0] {
  return (whole) => {
    const spacing = whole.map((_, axis) => 0.7 + 0.3 * axis)
    const volume = noise(whole, dtype, { seed: seed + own, low: own % 3 ? -100 : 0, components, spacing })
    if (isAdverse) scatter(volume, own)
    return volume
  }
}
