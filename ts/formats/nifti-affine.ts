import { formatError } from '../core/errors.ts'
import { type Affine, affineOf, columnOf, dot, type Vector } from '../geometry/affine.ts'
import type { HeaderForm } from '../volume/header.ts'
import { determinantOf, isUsable, lengthsOf, unit } from './frames.ts'
import { fieldOffset, type NiftiHeader } from './nifti-header.ts'

/** What a NIfTI header says about the place of its voxels, in storage order. */
export interface NiftiGeometry {
  readonly affine: Affine
  /** One per axis. */
  readonly spacing: readonly number[]
  readonly source: 'sform' | 'qform' | 'shape'
  /** The forms with a code above 0 that can be used. */
  readonly qform?: HeaderForm
  readonly sform?: HeaderForm
  readonly warnings: readonly string[]
}

const lastKnownCode = 5

/** nibabel's `quaternion_threshold`: a half turn's square of the real part after rounding to float32. */
const leastSquare = -3 * 2 ** -23

/** The geometry a header states. Throws `Format` where no usable affine is left. */
export function geometryOf(path: string, header: NiftiHeader, shape: readonly number[]): NiftiGeometry {
  const warnings: string[] = []
  const steps = stepsOf(header, shape.length, warnings)
  const sform = formOf(header, 'sform', sformAffine(header), warnings)
  const qform = formOf(header, 'qform', qformAffine(header, steps, warnings), warnings)
  const used = sform ?? qform
  const affine = used?.affine ?? shapeAffine(steps, shape)
  if (!isUsable(affine)) {
    throw formatError(path, 'pixdim', 'gives no usable affine', fieldOffset(header.version, 'pixdim', 1))
  }
  const lengths = lengthsOf(affine)
  const spacing = shape.map((_, axis) => lengths[axis] ?? steps[axis] ?? 1)
  const source = sform ? 'sform' : qform ? 'qform' : 'shape'
  return { affine, spacing, source, warnings, ...(qform && { qform }), ...(sform && { sform }) }
}

/** pixdim[1] to pixdim[7], made positive and finite. */
function stepsOf(header: NiftiHeader, rank: number, warnings: string[]): number[] {
  return header.numbers.pixdim.slice(1).map((stored, axis) => {
    const step = Math.abs(stored)
    if (step > 0 && Number.isFinite(step)) return step
    if (axis < rank) warnings.push(`pixdim[${axis + 1}]: ${stored} is no spacing, taken as 1`)
    return 1
  })
}

function formOf(
  header: NiftiHeader,
  name: 'qform' | 'sform',
  affine: Affine | null,
  warnings: string[],
): HeaderForm | undefined {
  const [code = 0] = header.numbers[`${name}Code`]
  if (code <= 0) return undefined
  if (affine === null || !isUsable(affine)) {
    warnings.push(`${name}: not finite or not invertible, passed over`)
    return undefined
  }
  if (code > lastKnownCode) warnings.push(`${name}_code: ${code} is not a known code, kept`)
  return { code, affine }
}

function sformAffine({ numbers: { srow } }: NiftiHeader): Affine {
  return [srow.slice(0, 4), srow.slice(4, 8), srow.slice(8, 12), [0, 0, 0, 1]]
}

function shapeAffine(steps: readonly number[], shape: readonly number[]): Affine {
  const [x = 1, y = 1, z = 1] = steps
  const middle = (axis: number, step: number): number => (((shape[axis] ?? 1) - 1) / 2) * step
  const columns: Vector[] = [
    [-x, 0, 0],
    [0, y, 0],
    [0, 0, z],
  ]
  return affineOf(columns, [middle(0, x), -middle(1, y) + 0, -middle(2, z) + 0])
}

/** nifti1.h, METHOD 2: rotation from the quaternion's imaginary parts, columns times pixdim, the third times qfac. */
function qformAffine(header: NiftiHeader, steps: readonly number[], warnings: string[]): Affine | null {
  const { quaternion, qoffset, pixdim, qformCode } = header.numbers
  const [b = 0, c = 0, d = 0] = quaternion
  const [x = 0, y = 0, z = 0] = qoffset
  const squares = b * b + c * c + d * d
  if (!Number.isFinite(squares)) return null
  const square = 1 - squares
  const a = square > 0 ? Math.sqrt(square) : 0
  if (square < leastSquare && (qformCode[0] ?? 0) > 0) {
    warnings.push('quatern_b, quatern_c, quatern_d: longer than 1, scaled to length 1')
  }
  const [p = 1, q = 1, r = 1] = steps
  const flip = (pixdim[0] ?? 0) < 0 ? -1 : 1
  const columns = rotationOf(a, b, c, d).map((column, axis) => scaled(column, [p, q, r * flip][axis] ?? 1))
  return affineOf(columns, [x, y, z])
}

/** Columns of the rotation of a quaternion of any length. */
function rotationOf(a: number, b: number, c: number, d: number): Vector[] {
  const s = 2 / (a * a + b * b + c * c + d * d)
  return [
    [1 - s * (c * c + d * d), s * (b * c + a * d), s * (b * d - a * c)],
    [s * (b * c - a * d), 1 - s * (b * b + d * d), s * (c * d + a * b)],
    [s * (b * d + a * c), s * (c * d - a * b), 1 - s * (b * b + c * c)],
  ]
}

function scaled(vector: Vector, factor: number): Vector {
  return [vector[0] * factor + 0, vector[1] * factor + 0, vector[2] * factor + 0]
}

/** The fields that hold an affine as a qform. */
export interface QformFields {
  readonly quaternion: Vector
  readonly qoffset: Vector
  readonly qfac: 1 | -1
  readonly steps: Vector
}

/** The qform of an affine, or null where its columns are not orthogonal to 1e-5. */
export function qformOf(affine: Affine): QformFields | null {
  const columns = [0, 1, 2].map((axis) => unit(columnOf(affine, axis))) as unknown as [Vector, Vector, Vector]
  const [x, y, z] = columns
  if (Math.max(Math.abs(dot(x, y)), Math.abs(dot(x, z)), Math.abs(dot(y, z))) > 1e-5) return null
  const qfac = determinantOf(affine) < 0 ? -1 : 1
  const quaternion = quaternionOf(x, y, scaled(z, qfac))
  return { quaternion, qoffset: columnOf(affine, 3), qfac, steps: lengthsOf(affine) }
}

/** Imaginary parts of the quaternion of a rotation, by its largest part (Shepperd 1978); the real part is not negative. */
function quaternionOf(x: Vector, y: Vector, z: Vector): Vector {
  const squares = [
    1 + x[0] + y[1] + z[2],
    1 + x[0] - y[1] - z[2],
    1 - x[0] + y[1] - z[2],
    1 - x[0] - y[1] + z[2],
  ]
  const [yz, zx, xy] = [y[2] - z[1], z[0] - x[2], x[1] - y[0]]
  const [bc, bd, cd] = [x[1] + y[0], x[2] + z[0], y[2] + z[1]]
  const [s0 = 0, s1 = 0, s2 = 0, s3 = 0] = squares
  const rows = [
    [s0, yz, zx, xy],
    [yz, s1, bc, bd],
    [zx, bc, s2, cd],
    [xy, bd, cd, s3],
  ]
  const [a = 0, b = 0, c = 0, d = 0] = rows[squares.indexOf(Math.max(...squares))] ?? []
  const sign = a < 0 ? -1 : 1
  const length = sign * Math.hypot(a, b, c, d)
  return [b / length + 0, c / length + 0, d / length + 0]
}
