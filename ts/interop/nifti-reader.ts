import { checkInteger, checkOptions } from '../core/check.ts'
import { bytesOf, type DType, realOf, type TypedArray } from '../core/dtype.ts'
import { formatError, invalidArgument } from '../core/errors.ts'
import { sizeOf } from '../core/shape.ts'
import { type Affine, columnOf, lengthOf, type Vector } from '../geometry/affine.ts'
import type { Header, HeaderForm } from '../volume/header.ts'
import { makeVolume, OwnHeader, partsOf } from '../volume/internals.ts'
import { Volume } from '../volume/volume.ts'
import { type CopyOption, checkVolume, copyChoice, copyRefused, denseArray } from './dense.ts'
import { unsupported } from './lps.ts'
import { fieldsOf, headerOf, type NiftiReaderHeaderLike, qformOf, usable } from './nifti-reader-fields.ts'
import { numbersFrom, scaledNumbers } from './turns.ts'

export type { NiftiReaderHeaderLike } from './nifti-reader-fields.ts'

const path = 'nifti-reader-js'

// nifti1.h, DT_* codes that a typed array can hold: element type and components.
const voxels = new Map<number, readonly [DType, number]>([
  [2, ['uint8', 1]],
  [4, ['int16', 1]],
  [8, ['int32', 1]],
  [16, ['float32', 1]],
  [32, ['float32', 2]],
  [64, ['float64', 1]],
  [128, ['uint8', 3]],
  [256, ['int8', 1]],
  [512, ['uint16', 1]],
  [768, ['uint32', 1]],
  [1024, ['int64', 1]],
  [1280, ['uint64', 1]],
  [1792, ['float64', 2]],
  [2304, ['uint8', 4]],
])

/** How header and image of nifti-reader-js become a volume. */
export interface FromNiftiReaderOptions extends CopyOption {
  /** False: stored values, without slope and intercept (which are kept in the header). */
  readonly scale?: boolean
}

/**
 * A volume from what `readHeader` and `readImage` of nifti-reader-js give, indexed as stored. The place is
 * that of `Volume.read`: sform, else qform, else the middle at 0. Shares the image where it is little-endian
 * and aligned and nothing is scaled; otherwise it is copied, in turns of the event loop.
 *
 * Throws `Format` for headers that make no volume and for images too short.
 */
export async function fromNiftiReader(
  header: NiftiReaderHeaderLike,
  image: ArrayBufferLike | Uint8Array,
  options: FromNiftiReaderOptions = {},
): Promise<Volume> {
  checkOptions('options', options, ['copy', 'scale'])
  const choice = copyChoice(options)
  if (!Array.isArray(header?.dims)) throw invalidArgument('header', 'a NIFTI1 or NIFTI2', header)
  const shape = shapeOf(header)
  const [dtype, components] = voxelOf(header.datatypeCode)
  const scaling = options.scale === false ? null : scalingOf(header, components, dtype)
  if (scaling !== null && choice === 'never')
    throw copyRefused('a volume', 'slope and intercept apply', 'pass scale: false for stored values')
  const bytes = bytesGiven(image, sizeOf(shape) * components * bytesOf(dtype))
  const { affine, spacing, warnings, ...forms } = placeOf(header, shape)
  const stored = await numbersFrom({ bytes, dtype, bigEndian: !header.littleEndian }, choice)
  const data = scaling === null ? stored : await scaledNumbers(stored, realOf(dtype), scaling)
  using placed = Volume.wrap(data, { shape, components, affine, spacing })
  const { scl_slope: slope, scl_inter: intercept } = header
  const whole: Header = { ...headerOf(header), ...forms, scaling: { slope, intercept } }
  const parts = partsOf(placed)
  return makeVolume({ ...parts, header: new OwnHeader(whole, parts), warnings })
}

function shapeOf({ dims }: NiftiReaderHeaderLike): number[] {
  const rank = dims[0] as number
  if (!(Number.isInteger(rank) && rank >= 1 && rank <= 7))
    throw formatError(path, 'dims[0]', `must be 1 to 7, received ${rank}`)
  return dims.slice(1, rank + 1).map((length, axis) => {
    if (Number.isSafeInteger(length) && length >= 1) return length
    throw formatError(path, `dims[${axis + 1}]`, `must be at least 1, received ${length}`)
  })
}

function voxelOf(code: number): readonly [DType, number] {
  const voxel = voxels.get(code)
  if (voxel !== undefined) return voxel
  throw unsupported('header.datatypeCode', `is ${code}, which no typed array holds`)
}

function scalingOf(header: NiftiReaderHeaderLike, components: number, dtype: DType) {
  const { scl_slope: slope, scl_inter: intercept } = header
  const isColour = dtype === 'uint8' && components > 1
  if (slope === 0 || !Number.isFinite(slope) || isColour) return null
  if (!Number.isFinite(intercept))
    throw formatError(path, 'scl_inter', `must be finite where scl_slope is, received ${intercept}`)
  return slope === 1 && intercept === 0 ? null : { slope, intercept }
}

function bytesGiven(image: unknown, length: number): Uint8Array {
  const isBuffer = image instanceof ArrayBuffer || image instanceof SharedArrayBuffer
  if (!isBuffer && !(image instanceof Uint8Array))
    throw invalidArgument('image', 'an ArrayBuffer or a Uint8Array', image)
  const bytes = isBuffer ? new Uint8Array(image) : image
  if (bytes.length >= length) return bytes.subarray(0, length)
  throw formatError(path, 'image', `truncated: ${bytes.length} of ${length} bytes`, bytes.length)
}

interface Place {
  readonly affine: Affine
  readonly spacing: readonly number[]
  readonly warnings: readonly string[]
  readonly sform?: HeaderForm
  readonly qform?: HeaderForm
}

function placeOf(header: NiftiReaderHeaderLike, shape: readonly number[]): Place {
  const warnings: string[] = []
  const steps = shape.map((_, axis) => stepOf(header.pixDims, axis, warnings))
  const [x = 1, y = 1, z = 1] = [0, 1, 2].map((axis) => stepOf(header.pixDims, axis, []))
  const { sform_code, qform_code } = header
  // Of a NIfTI-1 header with both forms nifti-reader-js keeps the rows only where sform_code is not the lower one.
  const hasRows = sform_code > 0 && (header.magic.startsWith('2', 2) || sform_code >= qform_code)
  if (sform_code > 0 && !hasRows)
    warnings.push('sform: nifti-reader-js keeps no rows where qform_code is greater, the qform was taken')
  const sform = formOf('sform', hasRows ? sform_code : 0, () => usable(rowsOf(header.affine)), warnings)
  const qform = formOf('qform', qform_code, () => qformOf(header, [x, y, z]), warnings)
  const affine = (sform ?? qform)?.affine ?? middled([x, y, z], shape)
  const lengths = [0, 1, 2].map((k) => lengthOf(columnOf(affine, k)))
  const spacing = steps.map((step, axis) => lengths[axis] ?? step)
  return { affine, spacing, warnings, ...(sform && { sform }), ...(qform && { qform }) }
}

function stepOf(pixDims: readonly number[], axis: number, warnings: string[]): number {
  const step = Math.abs(pixDims[axis + 1] ?? 1)
  if (step > 0 && Number.isFinite(step)) return step
  warnings.push(`pixDims[${axis + 1}]: ${step} is no spacing, taken as 1`)
  return 1
}

function rowsOf(rows: readonly (readonly number[])[]): Affine {
  return [...rows.slice(0, 3).map((row) => row.map((value) => value + 0)), [0, 0, 0, 1]]
}

function formOf(
  name: string,
  code: number,
  affineOf: () => Affine | null,
  warnings: string[],
): HeaderForm | undefined {
  if (code <= 0) return undefined
  const affine = affineOf()
  if (affine !== null) return { code, affine }
  warnings.push(`${name}: not finite or not invertible, passed over`)
  return undefined
}

/** Neither form: x to the left, y to the front, z up, the middle at 0. */
function middled([x, y, z]: Vector, shape: readonly number[]): Affine {
  const half = (axis: number, step: number) => (((shape[axis] ?? 1) - 1) / 2) * step
  return [
    [-x, 0, 0, half(0, x)],
    [0, y, 0, 0 - half(1, y)],
    [0, 0, z, 0 - half(2, z)],
    [0, 0, 0, 1],
  ]
}

/** Fields as nifti-reader-js's `NIFTI1` has them: `Object.assign(new NIFTI1(), fields)` makes one. */
export interface NiftiReaderFields extends NiftiReaderHeaderLike {
  /** Bits of a voxel. */
  readonly numBitsPerVoxel: number
  /** Where voxels start in a file that has header and image. */
  readonly vox_offset: number
}

/** What nifti-reader-js calls header and image. */
export interface NiftiReaderImage {
  /** The fields. */
  readonly header: NiftiReaderFields
  /** The voxels, little-endian: the whole buffer. */
  readonly image: ArrayBufferLike
}

/**
 * A volume as header fields and image of nifti-reader-js, with the same indices and the affine as sform. The
 * image shares memory where axis 0 is fastest and the voxels are the whole of their buffer; anything else is
 * copied, in the background. Extensions and the qform stay behind.
 *
 * Throws `Unsupported` for voxels that NIfTI has no type for, and where space does not come first.
 */
export async function toNiftiReader(volume: Volume, options: CopyOption = {}): Promise<NiftiReaderImage> {
  checkOptions('options', options, ['copy'])
  const { shape, rank, dtype, components, affine, orientation, spacing, header } = checkVolume(volume)
  checkInteger('volume.rank', rank, 1, 7)
  const code = [...voxels].find(([, [type, count]]) => type === dtype && count === components)?.[0]
  if (code === undefined)
    throw unsupported('volume', `has ${components} ${dtype} per voxel, and NIfTI has no such type`)
  if (orientation.slice(3) !== 'TUVW'.slice(0, Math.max(0, rank - 3)))
    throw unsupported(
      'volume',
      `is ${orientation}, and NIfTI has space first, then time forward: permute and flip it`,
    )
  const data = await denseArray(volume, options, { target: 'an image buffer', wholeBuffer: true })
  const fields: NiftiReaderFields = {
    ...fieldsOf(header),
    littleEndian: true,
    dims: Array.from({ length: 8 }, (_, k) => (k === 0 ? rank : (shape[k - 1] ?? 1))),
    pixDims: Array.from({ length: 8 }, (_, k) => (k === 0 ? 1 : (spacing[k - 1] ?? 1))),
    datatypeCode: code,
    numBitsPerVoxel: bytesOf(dtype) * components * 8,
    vox_offset: 352,
    magic: 'n+1',
    scl_slope: 1,
    scl_inter: 0,
    sform_code: header.sform?.code || header.qform?.code || 2,
    affine: affine.map((row) => [...row]),
    qform_code: 0,
    quatern_b: 0,
    quatern_c: 0,
    quatern_d: 0,
    qoffset_x: 0,
    qoffset_y: 0,
    qoffset_z: 0,
  }
  return { header: fields, image: (data as TypedArray).buffer }
}
