import {
  type FileOptions,
  fromFile,
  type Info,
  pipe,
  type RunOptions,
  Volume,
  VoxlineError,
} from '../index.ts'
import type { Io } from './command.ts'
import { type Plane, planeOf, spatialAxes } from './display.ts'
import { type FlagValues, flag } from './flags.ts'
import { type GreyRange, percentileRange } from './grey-range.ts'
import type { Picture } from './png.ts'
import { showJson } from './show.ts'
import { UsageError } from './usage-error.ts'

/** Flags of commands that show slices. */
export const sliceFlags = {
  axis: flag.choice(
    ['i', 'j', 'k'],
    'Index axis the slices lie across; k by default: axial where indices are LPI.',
  ),
  frame: flag.whole('N', 'Index along the fourth axis; 0 by default.'),
  window: flag.number('WIDTH', 'Width of the range of values from black to white, with --level.'),
  level: flag.number(
    'VALUE',
    'Middle of that range. Without both it goes from percentile 0.5 to 99.5 of what is shown.',
  ),
  orientation: flag.text('CODE', 'Orientation of the indices: LPI by default, or storage.'),
} as const

/** How pictures lie, for help texts. */
export const displayNote =
  'Pictures are shown in RAS: up is superior (anterior in axial slices), right is the right of the patient (anterior in ' +
  'sagittal slices). Pixels are square: voxels are repeated where spacings differ.'

type SliceFlags = FlagValues<typeof sliceFlags>

/** A file whose slices are to be shown. */
export class SliceSource {
  readonly path: string
  readonly info: Info
  /** Axis the slices lie across; null for a volume that is one slice. */
  readonly axis: number | null
  readonly #options: FileOptions
  readonly #frame: number

  private constructor(path: string, info: Info, flags: SliceFlags, options: FileOptions) {
    this.path = path
    this.info = info
    this.#options = options
    const axes = spatialAxes(info.geometry.orientation)
    const asked = 'ijk'.indexOf(flags.axis ?? 'k')
    if (axes.length < 2 || (axes.length > 2 && !axes.includes(asked)))
      throw new UsageError(
        `--axis must be a spatial axis of ${info.geometry.orientation}, received ${flags.axis ?? 'k'}`,
      )
    this.axis = axes.length === 2 ? null : asked
    this.#frame = flags.frame ?? 0
    checkComponents(path, info)
    checkFrame(this.#frame, info)
  }

  /** Reads the header and holds the flags against it. */
  static async open(path: string, flags: SliceFlags): Promise<SliceSource> {
    const options = flags.orientation === undefined ? {} : { orientation: flags.orientation }
    return new SliceSource(path, await pipe(fromFile(path, options)).info(), flags, options)
  }

  /** How many slices there are. */
  get count(): number {
    return this.axis === null ? 1 : (this.info.shape[this.axis] as number)
  }

  /** Reads one slice, and nothing else. */
  async slice(index: number, run: RunOptions): Promise<Plane> {
    const region = this.#region(index, 1)
    using volume = await pipe(fromFile(this.path, this.#options)).compute({ ...run, region })
    return planeOf(volume, this.axis)
  }

  /** Reads slices in one sweep over the file, part by part. */
  async slices(indices: readonly number[], run: RunOptions): Promise<readonly Plane[]> {
    const { dtype, components, geometry } = this.info
    const { spacing, orientation } = geometry
    const planes = indices.map((index) => ({
      region: this.#region(index, 1),
      volume: Volume.create({ shape: this.#region(index, 1).shape, dtype, components, spacing, orientation }),
    }))
    const sweep = pipe(fromFile(this.path, this.#options)).tiles({
      ...run,
      region: this.#region(0, this.count),
    })
    for await (const tile of sweep) {
      for (const { region, volume } of planes) {
        const at = tile.region.start.map((first, axis) => first - (region.start[axis] as number))
        await volume.copyFrom(tile.volume, at)
      }
      tile.volume.dispose()
    }
    return planes.map(({ volume }) => planeOf(volume, this.axis))
  }

  #region(
    index: number,
    count: number,
  ): { readonly start: readonly number[]; readonly shape: readonly number[] } {
    const axes = spatialAxes(this.info.geometry.orientation)
    const extra = this.info.shape.findIndex((_, axis) => !axes.includes(axis))
    const start = this.info.shape.map((_, axis) =>
      axis === this.axis ? index : axis === extra ? this.#frame : 0,
    )
    const shape = this.info.shape.map((length, axis) =>
      axis === this.axis ? count : axes.includes(axis) ? length : 1,
    )
    return { start, shape }
  }
}

function checkComponents(path: string, { components, dtype }: Info): void {
  if (components === 1 || (dtype === 'uint8' && (components === 3 || components === 4))) return
  const message = `${path}: pictures show one component, or three or four of uint8; it has ${components} of ${dtype}`
  throw new VoxlineError('Unsupported', message, { path, components, dtype })
}

function checkFrame(frame: number, { shape, geometry }: Info): void {
  const axes = spatialAxes(geometry.orientation)
  const frames = shape.find((_, axis) => !axes.includes(axis)) ?? 1
  if (frame >= frames) throw new UsageError(`--frame must be in [0, ${frames - 1}], received ${frame}`)
}

/** The range of values from black to white that the flags ask for. */
export function rangeFor(planes: readonly Plane[], { window, level }: SliceFlags): GreyRange {
  if (window === undefined && level === undefined)
    return percentileRange(
      planes.map(({ values }) => values),
      0.5,
      99.5,
    )
  if (window === undefined || level === undefined)
    throw new UsageError('--window and --level must be given together')
  if (window <= 0) throw new UsageError(`--window must be above 0, received ${window}`)
  return { low: level - window / 2, high: level + window / 2 }
}

/** A picture that was written. */
interface Written {
  readonly path: string
  readonly picture: Picture
  readonly range: GreyRange
  readonly plane: Plane
  /** Indices of the slices shown, of `count`. */
  readonly slices: readonly number[]
  readonly count: number
}

const words: Readonly<Record<string, string>> = { R: 'the patient’s right', A: 'anterior', S: 'superior' }

/** Says what was written, in words or as JSON. */
export function reportPicture(
  {
    flags,
    io,
  }: {
    readonly flags: { readonly quiet?: true | undefined; readonly json?: true | undefined }
    readonly io: Io
  },
  { path, picture, range, plane, slices, count }: Written,
): void {
  const { width, height } = picture
  const { right, up } = plane
  if (flags.json) io.write(showJson({ path, width, height, slices, count, ...range, right, up }))
  if (flags.json || flags.quiet) return
  const what = slices.length === 1 ? `slice ${slices[0]} of ${count}` : `${slices.length} of ${count} slices`
  const sides = `${words[right]} is at the right, ${words[up]} at the top`
  io.write(`wrote ${path}: ${what}, ${width} × ${height}; ${sides}\n`)
}
