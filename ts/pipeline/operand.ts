import { flowKey } from './flow.ts'
import { isVoxelSource, type VoxelSource } from './source.ts'

/** A pipeline, as options see it. */
export interface VoxelPipeline {
  readonly [flowKey]: unknown
}

/** A volume as a filter's further input: anything a pipeline may start from, or a pipeline. */
export type VolumeOperand = VoxelSource | VoxelPipeline

/** A number for every voxel, or a volume. */
export type Operand = number | bigint | VolumeOperand

export function isVolumeOperand(value: unknown): value is VolumeOperand {
  return isVoxelSource(value) || (typeof value === 'object' && value !== null && flowKey in value)
}
