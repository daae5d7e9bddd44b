import type { Affine } from '../geometry/affine.ts'

/** A block of bytes that a file carries beside its fields, kept in order and byte for byte. */
export interface HeaderExtension {
  /** What the bytes are, in the format's numbering. */
  readonly code: number
  /** The content, without its size and code. */
  readonly bytes: Uint8Array
}

/** One of NIfTI's two ways to state the affine, in the index axes of the volume that holds it. */
export interface HeaderForm {
  /** NIfTI's code: 0 unset, 1 scanner, 2 aligned, 3 Talairach, 4 MNI 152, 5 other template. */
  readonly code: number
  /** Voxel index to RAS millimetres, 4 × 4 rows. */
  readonly affine: Affine
}

/** What a file says beside voxels and geometry. Every volume has its own; all parts are optional. */
export interface Header {
  /** Free text of the format. */
  readonly description?: string
  /** What the values mean, in NIfTI’s codes. */
  readonly intent?: {
    readonly code: number
    readonly name: string
    readonly parameters: readonly [number, number, number]
  }
  /** Units of the file’s spacing and time; geometry is in millimetres whatever they are. */
  readonly units?: {
    readonly space: 'unknown' | 'm' | 'mm' | 'um'
    readonly time: 'unknown' | 's' | 'ms' | 'us' | 'hz' | 'ppm' | 'rads'
  }
  /** When slices were taken, in the unit of `units.time`; slice numbers count along `sliceAxis`. */
  readonly timing?: {
    readonly offset: number
    readonly sliceCode: number
    readonly sliceStart: number
    readonly sliceEnd: number
    readonly sliceDuration: number
    /** Index axes of frequency, phase and slice encoding; null where unknown. */
    readonly frequencyAxis: number | null
    readonly phaseAxis: number | null
    readonly sliceAxis: number | null
  }
  /** Values a viewer shows as black and white. */
  readonly display?: { readonly min: number; readonly max: number }
  /** Name of a file that goes with this one. */
  readonly auxiliaryFile?: string
  /** The affine as a rotation, spacing and offset. */
  readonly qform?: HeaderForm
  /** The affine as a matrix. */
  readonly sform?: HeaderForm
  /** As stored in the file the volume came from. */
  readonly scaling?: { readonly slope: number; readonly intercept: number }
  /** NIfTI version of the source, for writing the same one. */
  readonly version?: number
  /** Blocks of bytes, in the order of the file. */
  readonly extensions?: readonly HeaderExtension[]
  /** The header block of the file it came from, for what has no name here; used only where it agrees with the rest. */
  readonly original?: { readonly format: string; readonly bytes: Uint8Array }
  /** Free keys of formats that have them. */
  readonly keys?: Readonly<Record<string, string>>
}
