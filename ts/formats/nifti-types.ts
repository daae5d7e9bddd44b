import type { DType } from '../core/dtype.ts'
import { formatError, VoxlineError } from '../core/errors.ts'

/** What one voxel is: elements of a type side by side. */
export interface Voxel {
  readonly dtype: DType
  readonly components: number
}

/** nifti1.h, DT_* codes that can be read and written. */
const voxels: ReadonlyMap<number, Voxel> = new Map<number, Voxel>([
  [2, { dtype: 'uint8', components: 1 }],
  [4, { dtype: 'int16', components: 1 }],
  [8, { dtype: 'int32', components: 1 }],
  [16, { dtype: 'float32', components: 1 }],
  [32, { dtype: 'float32', components: 2 }],
  [64, { dtype: 'float64', components: 1 }],
  [128, { dtype: 'uint8', components: 3 }],
  [256, { dtype: 'int8', components: 1 }],
  [512, { dtype: 'uint16', components: 1 }],
  [768, { dtype: 'uint32', components: 1 }],
  [1024, { dtype: 'int64', components: 1 }],
  [1280, { dtype: 'uint64', components: 1 }],
  [1792, { dtype: 'float64', components: 2 }],
  [2304, { dtype: 'uint8', components: 4 }],
])

const unsupported: ReadonlyMap<number, string> = new Map([
  [1, 'single bits'],
  [1536, '128-bit floats'],
  [2048, '256-bit complex numbers'],
])

/** SPM's own codes for Analyze. */
const analyzeVoxels: ReadonlyMap<number, Voxel> = new Map<number, Voxel>([
  [130, { dtype: 'int8', components: 1 }],
  [132, { dtype: 'uint16', components: 1 }],
  [136, { dtype: 'uint32', components: 1 }],
])

/** The voxel of a datatype code. Throws `Unsupported` for types no typed array holds, `Format` for unknown codes. */
export function voxelOf(path: string, code: number, isAnalyze: boolean, offset?: number): Voxel {
  const voxel = voxels.get(code) ?? (isAnalyze ? analyzeVoxels.get(code) : undefined)
  if (voxel !== undefined) return voxel
  const name = unsupported.get(code)
  if (name === undefined) throw formatError(path, 'datatype', `${code} is not a known code`, offset)
  throw new VoxlineError('Unsupported', `${path}: datatype: voxels are ${name}, which no typed array holds`, {
    path,
    field: 'datatype',
    offset,
  })
}

/** The datatype code of a voxel, or null where NIfTI has none. */
export function codeOfVoxel({ dtype, components }: Voxel): number | null {
  for (const [code, voxel] of voxels) {
    if (voxel.dtype === dtype && voxel.components === components) return code
  }
  return null
}

/** Whether slope and intercept apply: RGB and RGBA are never scaled. */
export function isScalable({ dtype, components }: Voxel): boolean {
  return dtype !== 'uint8' || components === 1
}
