import { isVoxelSource, type VoxelSource } from './source.ts'

/** A pipeline, as options see it. */
export interface VoxelPipeline {
  readonly source: VoxelSource
  readonly steps: readonly object[]
}

/** A volume as a filter's further input: anything a pipeline may start from, or a pipeline. */
export type VolumeOperand = VoxelSource | VoxelPipeline

/** A number for every voxel, or a volume. */
export type Operand = number | bigint | VolumeOperand

export function isVolumeOperand(value: unknown): value is VolumeOperand {
  if (isVoxelSource(value)) return true
  return typeof value === 'object' && value !== null && 'steps' in value && 'source' in value
}
