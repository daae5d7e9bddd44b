// A DICOM series, parsed by the npm package daikon, as one volume with its true geometry.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { type Affine, type DType, Volume } from '../ts/index.ts'

/** What is used of daikon's images. Positions and directions are DICOM's: millimetres in LPS. */
export interface DicomSlice {
  getCols(): number
  getRows(): number
  getImagePosition(): Vector
  /** Direction along a row, then along a column. */
  getImageDirections(): readonly number[]
  /** Distance between rows, then between columns. */
  getPixelSpacing(): readonly number[]
  getPixelRepresentation(): number
  getBitsAllocated(): number
  getDataScaleSlope(): number | null
  getDataScaleIntercept(): number | null
  getSeriesDescription(): string | null
  /** Values with slope and intercept applied. */
  getInterpretedData(): Float32Array
}

type Vector = readonly [number, number, number]

interface Daikon {
  readonly Series: { parseImage(data: DataView): DicomSlice | null }
}

/** Parses the files of a series with daikon. */
export function parseSlices(paths: readonly string[]): readonly DicomSlice[] {
  const daikon = createRequire(import.meta.url)('daikon') as Daikon
  return paths.map((path) => {
    const bytes = Uint8Array.from(readFileSync(path))
    const slice = daikon.Series.parseImage(new DataView(bytes.buffer))
    if (slice === null) throw new Error(`${path}: daikon cannot read it`)
    return slice
  })
}

/**
 * Stacks slices into a volume: ordered by position along the slice normal, oblique axes kept, LPS turned to RAS.
 *
 * The step between slices is that of their positions; the field SpacingBetweenSlices is often wrong and is not used.
 */
export function volumeOfSlices(slices: readonly DicomSlice[]): Volume {
  if (slices.length < 2) throw new Error(`a series needs at least 2 slices, received ${slices.length}`)
  const ordered = checkAlike(slices).toSorted((a, b) => heightOf(a) - heightOf(b))
  const [first, last] = [ordered[0] as DicomSlice, ordered.at(-1) as DicomSlice]
  const [columns, rows] = [first.getCols(), first.getRows()]
  const [right, down] = directionsOf(first)
  const [rowSpacing, columnSpacing] = first.getPixelSpacing() as [number, number]
  const step = minus(last.getImagePosition(), first.getImagePosition()).map((mm) => mm / (ordered.length - 1))
  const volume = Volume.create({
    shape: [columns, rows, ordered.length],
    dtype: dtypeOf(first),
    affine: toRas([
      right.map((c) => c * columnSpacing),
      down.map((c) => c * rowSpacing),
      step,
      first.getImagePosition(),
    ]),
    header: { description: first.getSeriesDescription() ?? '', units: { space: 'mm', time: 'unknown' } },
  })
  const data = volume.data as Int16Array
  for (const [k, slice] of ordered.entries()) data.set(slice.getInterpretedData(), k * columns * rows)
  volume.touch()
  return volume
}

/** Distances between neighbouring slices along their normal, in millimetres. */
export function gapsOf(slices: readonly DicomSlice[]): readonly number[] {
  const heights = slices.map(heightOf).sort((a, b) => a - b)
  return heights.slice(1).map((height, k) => height - (heights[k] as number))
}

function checkAlike(slices: readonly DicomSlice[]): readonly DicomSlice[] {
  const facts = (slice: DicomSlice) =>
    [slice.getCols(), slice.getRows(), slice.getPixelSpacing(), slice.getImageDirections()].join()
  const odd = slices.findIndex((slice) => facts(slice) !== facts(slices[0] as DicomSlice))
  if (odd >= 0) throw new Error(`slice ${odd} has another size, spacing or direction than slice 0`)
  const gaps = gapsOf(slices)
  if (Math.min(...gaps) <= 0) throw new Error('two slices lie at the same place')
  return slices
}

function directionsOf(slice: DicomSlice): readonly [right: Vector, down: Vector] {
  const [a, b, c, d, e, f] = slice.getImageDirections() as [number, number, number, number, number, number]
  return [
    [a, b, c],
    [d, e, f],
  ]
}

function heightOf(slice: DicomSlice): number {
  const [[a, b, c], [d, e, f]] = directionsOf(slice)
  const [x, y, z] = slice.getImagePosition()
  return x * (b * f - c * e) + y * (c * d - a * f) + z * (a * e - b * d)
}

function minus(p: Vector, q: Vector): Vector {
  return [p[0] - q[0], p[1] - q[1], p[2] - q[2]]
}

function dtypeOf(slice: DicomSlice): DType {
  const isScaled = (slice.getDataScaleSlope() ?? 1) !== 1 || (slice.getDataScaleIntercept() ?? 0) !== 0
  if (isScaled || slice.getBitsAllocated() > 16) return 'float32'
  return slice.getPixelRepresentation() === 1 ? 'int16' : 'uint16'
}

// Rows of the matrix whose columns are given; x and y change sign from LPS to RAS.
function toRas(columns: readonly (readonly number[])[]): Affine {
  const row = (axis: number, sign: number) => columns.map((column) => sign * (column[axis] as number))
  return [row(0, -1), row(1, -1), row(2, 1), [0, 0, 0, 1]] as unknown as Affine
}
