import { isShape } from '../core/shape.ts'
import { type Affine, isAffine } from '../geometry/affine.ts'
import { isVolumeOperand, type VolumeOperand } from './operand.ts'
import { type Param, param } from './param.ts'

/** A grid by itself: voxels along the spatial axes, and where they lie. */
export interface GridSpec {
  readonly shape: readonly number[]
  /** Voxel to RAS millimetres, 4 × 4 rows. */
  readonly affine: Affine
}

export function isGridSpec(given: unknown): given is GridSpec {
  if (typeof given !== 'object' || given === null || isVolumeOperand(given)) return false
  const { shape, affine, ...rest } = given as Partial<GridSpec>
  return isShape(shape) && isAffine(affine) && Object.keys(rest).length === 0
}

/** A volume whose grid is meant, or a grid. On the command line a path. */
export function gridParam(doc: string): Param<VolumeOperand | GridSpec, 'required'> {
  const volume = param.volume({ doc })
  return {
    ...volume,
    expected: `${volume.expected}, or { shape, affine }`,
    check: (given) => volume.check(given) || isGridSpec(given),
    format: (given) => (isGridSpec(given) ? 'a grid' : volume.format(given)),
  }
}
