import { type Affine, affineOf, isSingular, type Vector } from '../geometry/affine.ts'
import type { Header } from '../volume/header.ts'

/** A header of nifti-reader-js as far as it is needed here; the package's own objects are such. */
export interface NiftiReaderHeaderLike {
  /** Byte order of the file and its voxels. */
  readonly littleEndian: boolean
  /** Number of axes, then the length of each. */
  readonly dims: readonly number[]
  /** qfac, then the distance between neighbours per axis. */
  readonly pixDims: readonly number[]
  /** NIfTI's code of the voxel type. */
  readonly datatypeCode: number
  /** Value = stored · slope + intercept. */
  readonly scl_slope: number
  /** See `scl_slope`. */
  readonly scl_inter: number
  /** Units of space and time. */
  readonly xyzt_units: number
  /** Above 0: the quaternion holds. */
  readonly qform_code: number
  /** Above 0: the rows hold. */
  readonly sform_code: number
  /** Quaternion. */
  readonly quatern_b: number
  /** Quaternion. */
  readonly quatern_c: number
  /** Quaternion. */
  readonly quatern_d: number
  /** Position of voxel 0 by the quaternion. */
  readonly qoffset_x: number
  /** Position of voxel 0 by the quaternion. */
  readonly qoffset_y: number
  /** Position of voxel 0 by the quaternion. */
  readonly qoffset_z: number
  /** Rows, RAS; nifti-reader-js puts the quaternion's here when `qform_code` is above `sform_code` (NIfTI-1). */
  readonly affine: readonly (readonly number[])[]
  /** `n+1`, `ni1`, `n+2` or `ni2`. */
  readonly magic: string
  /** Axes of frequency, phase and slice encoding. */
  readonly dim_info: number
  /** What the values mean. */
  readonly intent_code: number
  /** Parameter of the intent. */
  readonly intent_p1: number
  /** Parameter of the intent. */
  readonly intent_p2: number
  /** Parameter of the intent. */
  readonly intent_p3: number
  /** Name of the intent. */
  readonly intent_name: string
  /** First slice. */
  readonly slice_start: number
  /** Last slice. */
  readonly slice_end: number
  /** Order of slices. */
  readonly slice_code: number
  /** Time per slice. */
  readonly slice_duration: number
  /** Time of the first volume. */
  readonly toffset: number
  /** Value shown as white. */
  readonly cal_max: number
  /** Value shown as black. */
  readonly cal_min: number
  /** Free text. */
  readonly description: string
  /** Name of another file. */
  readonly aux_file: string
  /** Blocks of bytes beside the fields. */
  readonly extensions?: readonly { readonly ecode: number; readonly edata: ArrayBuffer }[]
}

const spaces = ['unknown', 'm', 'mm', 'um'] as const
const times = ['unknown', 's', 'ms', 'us', 'hz', 'ppm', 'rads'] as const

/** The parts of a volume's header beside forms and scaling; absent where the fields are empty. */
export function headerOf(from: NiftiReaderHeaderLike): Header {
  const description = decoded(from.description)
  const auxiliaryFile = decoded(from.aux_file)
  const name = decoded(from.intent_name)
  const parameters = [from.intent_p1, from.intent_p2, from.intent_p3] as const
  const hasIntent = from.intent_code !== 0 || name !== '' || parameters.some((value) => value !== 0)
  const { cal_min: min, cal_max: max } = from
  const hasDisplay = Number.isFinite(min) && Number.isFinite(max) && (min !== 0 || max !== 0)
  const timing = timingOf(from)
  const extensions = (from.extensions ?? []).map(({ ecode, edata }) => ({
    code: ecode,
    bytes: new Uint8Array(edata.slice(0)),
  }))
  return {
    ...(description !== '' && { description }),
    ...(auxiliaryFile !== '' && { auxiliaryFile }),
    ...(hasIntent && { intent: { code: from.intent_code, name, parameters } }),
    units: {
      space: spaces[from.xyzt_units & 7] ?? 'unknown',
      time: times[(from.xyzt_units & 0x38) >> 3] ?? 'unknown',
    },
    ...(timing && { timing }),
    ...(hasDisplay && { display: { min, max } }),
    ...(extensions.length > 0 && { extensions }),
    version: from.magic.startsWith('2', 2) ? 2 : 1,
  }
}

function timingOf(from: NiftiReaderHeaderLike): Header['timing'] {
  const { toffset, slice_code, slice_start, slice_end, slice_duration, dim_info } = from
  if ([toffset, slice_code, slice_start, slice_end, slice_duration, dim_info].every((v) => v === 0))
    return undefined
  const axis = (shift: number) => {
    const stored = (dim_info >> shift) & 3
    return stored === 0 || stored > (from.dims[0] as number) ? null : stored - 1
  }
  return {
    offset: toffset,
    sliceCode: slice_code,
    sliceStart: slice_start,
    sliceEnd: slice_end,
    sliceDuration: slice_duration,
    frequencyAxis: axis(0),
    phaseAxis: axis(2),
    sliceAxis: axis(4),
  }
}

// nifti-reader-js makes one character of every byte, and leaves out zeros.
function decoded(text: string): string {
  if (/[^\0-\xff]/.test(text)) return text
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(text, 'latin1'))
  } catch {
    return text
  }
}

/** Parts of a header as fields of nifti-reader-js. */
export function fieldsOf(header: Header) {
  const { intent, timing, display, units = { space: 'mm', time: 'unknown' } } = header
  const bits = (axis: number | null | undefined) => (typeof axis === 'number' && axis < 3 ? axis + 1 : 0)
  return {
    description: cut(header.description, 80),
    aux_file: cut(header.auxiliaryFile, 24),
    intent_code: intent?.code ?? 0,
    intent_p1: intent?.parameters[0] ?? 0,
    intent_p2: intent?.parameters[1] ?? 0,
    intent_p3: intent?.parameters[2] ?? 0,
    intent_name: cut(intent?.name, 16),
    xyzt_units: spaces.indexOf(units.space as 'mm') + 8 * times.indexOf(units.time as 's'),
    toffset: timing?.offset ?? 0,
    slice_code: timing?.sliceCode ?? 0,
    slice_start: timing?.sliceStart ?? 0,
    slice_end: timing?.sliceEnd ?? 0,
    slice_duration: timing?.sliceDuration ?? 0,
    dim_info: bits(timing?.frequencyAxis) + 4 * bits(timing?.phaseAxis) + 16 * bits(timing?.sliceAxis),
    cal_min: display?.min ?? 0,
    cal_max: display?.max ?? 0,
  }
}

/** The part of a text that fits a field in UTF-8, with a zero at its end. */
function cut(text: string | undefined, bytes: number): string {
  const { read } = new TextEncoder().encodeInto(text ?? '', new Uint8Array(bytes - 1))
  return (text ?? '').slice(0, read)
}

/** nifti1.h, METHOD 2: the rotation of the quaternion, columns times pixdim, the third times qfac's sign. */
export function qformOf(from: NiftiReaderHeaderLike, steps: Vector): Affine | null {
  const [b, c, d] = [from.quatern_b, from.quatern_c, from.quatern_d]
  const a = Math.sqrt(Math.max(0, 1 - (b * b + c * c + d * d)))
  const s = 2 / (a * a + b * b + c * c + d * d)
  const third = (from.pixDims[0] ?? 0) < 0 ? -steps[2] : steps[2]
  const columns: Vector[] = [
    scaled([1 - s * (c * c + d * d), s * (b * c + a * d), s * (b * d - a * c)], steps[0]),
    scaled([s * (b * c - a * d), 1 - s * (b * b + d * d), s * (c * d + a * b)], steps[1]),
    scaled([s * (b * d + a * c), s * (c * d - a * b), 1 - s * (b * b + c * c)], third),
  ]
  return usable(affineOf(columns, [from.qoffset_x, from.qoffset_y, from.qoffset_z]))
}

/** The rows given, or null where they are no affine. */
export function usable(affine: Affine): Affine | null {
  return affine.flat().every(Number.isFinite) && !isSingular(affine) ? affine : null
}

function scaled([x, y, z]: Vector, by: number): Vector {
  return [x * by + 0, y * by + 0, z * by + 0]
}
