import { formatError } from '../core/errors.ts'
import { type Affine, affineOf } from '../geometry/affine.ts'
import type { FileHead } from '../volume/format.ts'
import { isUsable } from './frames.ts'
import { fieldOffset, type NiftiHeader } from './nifti-header.ts'

/** dbh.h, data_history.originator, where SPM keeps the voxel of the origin, counted from 1. */
const originatorOffset = 253

/** An Analyze header's affine: x runs to the left; centred, or around SPM's origin where one is set. */
export function analyzeAffine(
  file: FileHead,
  header: NiftiHeader,
  shape: readonly number[],
  warnings: string[],
): Affine {
  const steps = [1, 2, 3].map((axis) => {
    const stored = header.numbers.pixdim[axis] ?? 1
    const step = Math.abs(stored)
    if (step > 0 && Number.isFinite(step)) return step
    if (axis <= shape.length) warnings.push(`pixdim[${axis}]: ${stored} is no spacing, taken as 1`)
    return 1
  })
  const [x = 1, y = 1, z = 1] = steps
  const [i = 0, j = 0, k = 0] = originOf(file, header.bigEndian, shape)
  const affine = affineOf(
    [
      [-x, 0, 0],
      [0, y, 0],
      [0, 0, z],
    ],
    [i * x + 0, 0 - j * y, 0 - k * z],
  )
  if (isUsable(affine)) return affine
  throw formatError(file.path, 'pixdim', 'gives no usable affine', fieldOffset(1, 'pixdim', 1))
}

function originOf(file: FileHead, bigEndian: boolean, shape: readonly number[]): number[] {
  const view = new DataView(file.bytes.buffer, file.bytes.byteOffset, file.bytes.byteLength)
  const stored = [0, 1, 2].map((axis) => view.getInt16(originatorOffset + 2 * axis, !bigEndian))
  const lengths = [0, 1, 2].map((axis) => shape[axis] ?? 1)
  const isSet = stored.some((value) => value !== 0)
  const isNear = stored.every(
    (value, axis) => value > -(lengths[axis] ?? 1) && value < 2 * (lengths[axis] ?? 1),
  )
  return isSet && isNear ? stored.map((value) => value - 1) : lengths.map((length) => (length - 1) / 2)
}
