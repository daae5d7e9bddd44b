import { existsSync } from 'node:fs'
import { type DType, fromFile, Volume } from '../../ts/index.ts'
import { isLong } from './decks.ts'
import type { GraphGrid } from './graph-sources.ts'

const shapes = isLong
  ? [
      [256, 200, 128],
      [320, 256, 64],
      [180, 160, 200],
      [512, 512, 20],
    ]
  : [
      [160, 128, 64],
      [256, 200, 40],
      [90, 110, 130],
      [300, 300, 16],
    ]

const sources: readonly (readonly [DType, string])[] = [
  ['int16', '.nii'],
  ['uint8', '.nii.gz'],
  ['float32', '.nrrd'],
  ['int32', '.mha'],
]

// Steps of a ramp with noise: components, edges and percentiles of them are like those of an image.
function fill({ data, shape }: Volume): void {
  const width = shape[0] as number
  for (let i = 0, state = 1; i < data.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0
    data[i] = ((i % width) >> 4) * 5 + ((state >>> 20) & 15)
  }
}

/**
 * Files on a few grids, made when they are not there yet: of 1 to 6 MB, in long runs of 5 to 26 MB, so that budgets of some megabytes bind and
 * what a run takes beside voxels is the smaller part.
 */
export async function largeGrids(file: (name: string) => string): Promise<readonly GraphGrid[]> {
  const grids: GraphGrid[] = []
  for (const [k, shape] of shapes.entries()) {
    const grid: GraphGrid[number][] = []
    for (const [dtype, suffix] of sources) {
      const path = file(`${k}${suffix}`)
      if (!existsSync(path)) {
        const volume = Volume.create({ shape, dtype })
        fill(volume)
        await volume.write(path)
        volume.dispose()
      }
      const described = Volume.describe({ shape, dtype })
      grid.push({ label: `[${shape}] ${dtype}, ${suffix}`, volume: described, voxels: fromFile(path) })
    }
    grids.push(grid)
  }
  return grids
}
