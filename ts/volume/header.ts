import type { Affine } from '../geometry/affine.ts'

/** A block of bytes that a file carries beside its fields, kept in order and byte for byte. */
export interface HeaderExtension {
  readonly code: number
  readonly bytes: Uint8Array
}

/** One of NIfTI's two ways to state the affine, in the index axes of the volume that holds it. */
export interface HeaderForm {
  /** NIfTI's code: 0 unset, 1 scanner, 2 aligned, 3 Talairach, 4 MNI 152, 5 other template. */
  readonly code: number
  readonly affine: Affine
}

/** What a file says beside voxels and geometry. Every volume has its own; all parts are optional. */
export interface Header {
  readonly description?: string
  readonly intent?: {
    readonly code: number
    readonly name: string
    readonly parameters: readonly [number, number, number]
  }
  readonly units?: {
    readonly space: 'unknown' | 'm' | 'mm' | 'um'
    readonly time: 'unknown' | 's' | 'ms' | 'us' | 'hz' | 'ppm' | 'rads'
  }
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
  readonly display?: { readonly min: number; readonly max: number }
  readonly auxiliaryFile?: string
  readonly qform?: HeaderForm
  readonly sform?: HeaderForm
  /** As stored in the file the volume came from. */
  readonly scaling?: { readonly slope: number; readonly intercept: number }
  /** NIfTI version of the source, for writing the same one. */
  readonly version?: number
  readonly extensions?: readonly HeaderExtension[]
  /** The header block of the file it came from, for what has no name here; used only where it agrees with the rest. */
  readonly original?: { readonly format: string; readonly bytes: Uint8Array }
  /** Free keys of formats that have them. */
  readonly keys?: Readonly<Record<string, string>>
}
