import { checkChoice, checkInteger, checkOptions } from '../core/check.ts'
import { type DType, isDType, type TypedArray } from '../core/dtype.ts'
import { invalidArgument } from '../core/errors.ts'
import { sizeOf } from '../core/shape.ts'
import { columnOf, lengthOf, type Vector } from '../geometry/affine.ts'
import { formatOrientation, isSpatial } from '../geometry/orientation.ts'
import { dtypeOfArray } from '../volume/create.ts'
import type { Header } from '../volume/header.ts'
import { noTiming } from '../volume/own-header.ts'
import { Volume } from '../volume/volume.ts'
import { type CopyOption, checkVolume, denseArray } from './dense.ts'
import { fromLps, lettersOf, numbersOf, toLps, unsupported } from './lps.ts'

const pixelTypes = [
  'Unknown',
  'Scalar',
  'RGB',
  'RGBA',
  'Offset',
  'Vector',
  'Point',
  'CovariantVector',
  'SymmetricSecondRankTensor',
  'DiffusionTensor3D',
  'Complex',
  'FixedArray',
  'Array',
  'Matrix',
  'VariableLengthVector',
  'VariableSizeMatrix',
] as const

/** What a voxel of an itk-wasm image is, in ITK's words. */
export type ItkPixelType = (typeof pixelTypes)[number]

/** The plain object that itk-wasm takes and gives as an image. Physical space is LPS millimetres. */
export interface ItkWasmImage<D extends DType = DType> {
  /** Number of axes and element type. */
  readonly imageType: {
    readonly dimension: number
    readonly componentType: D
    readonly pixelType: ItkPixelType
    readonly components: number
  }
  /** Free text. */
  name: string
  /** Position of voxel 0, one number per axis. */
  origin: number[]
  /** Distance between neighbours per axis. */
  spacing: number[]
  /** Rows of the matrix whose columns say where the axes point to. */
  direction: Float64Array
  /** Voxels per axis. */
  size: number[]
  /** The header's free keys. */
  metadata: Map<string, string>
  /** The voxels, the first axis fastest: always the whole of its buffer. */
  data: TypedArray<D>
}

/** An itk-wasm image as far as it is needed here; the package's own objects are such. */
export interface ItkWasmImageLike {
  /** Number of axes and element type. */
  readonly imageType: {
    readonly dimension: number
    readonly componentType: string
    readonly components: number
  }
  /** Position of voxel 0, one number per axis. */
  readonly origin: readonly number[]
  /** Distance between neighbours per axis. */
  readonly spacing: readonly number[]
  /** Rows of the direction matrix. */
  readonly direction: unknown
  /** Voxels per axis. */
  readonly size: readonly number[]
  /** Free keys. */
  readonly metadata?: ReadonlyMap<string, unknown>
  /** The voxels. */
  readonly data: unknown
}

/** How a volume becomes an itk-wasm image. */
export interface ToItkWasmOptions extends CopyOption {
  /** Number of axes of the image: that of the volume, or up to 3 for a slice that lies in space. */
  readonly dimension?: number
  /** `Scalar`, `RGB` or `RGBA` (uint8), or `Vector` by default. */
  readonly pixelType?: ItkPixelType
}

/**
 * A volume as an itk-wasm image with the same indices, placed in LPS. Shares memory where axis 0 is fastest
 * and the voxels are the whole of their buffer, since itk-wasm reads whole buffers; anything else is copied,
 * in the background.
 *
 * Throws `Unsupported` for slices that a 2-D image cannot place: give them `dimension: 3`.
 */
export async function toItkWasm<D extends DType>(
  volume: Volume<D>,
  options: ToItkWasmOptions = {},
): Promise<ItkWasmImage<D>> {
  checkOptions('options', options, ['copy', 'dimension', 'pixelType'])
  const { rank, shape, dtype, components, header } = checkVolume(volume)
  const dimension = checkInteger('options.dimension', options.dimension ?? rank, rank, Math.max(rank, 3))
  const pixelType = checkChoice(
    'options.pixelType',
    options.pixelType ?? defaultPixelType(dtype, components),
    pixelTypes,
  )
  const place = placeOf(volume, dimension)
  const data = await denseArray(volume, options, { target: 'an itk-wasm image', wholeBuffer: true })
  return {
    imageType: { dimension, componentType: dtype, pixelType, components },
    name: 'Image',
    ...place,
    size: Array.from({ length: dimension }, (_, axis) => shape[axis] ?? 1),
    metadata: new Map(Object.entries(header.keys ?? {})),
    data,
  }
}

function defaultPixelType(dtype: DType, components: number): ItkPixelType {
  if (components === 1) return 'Scalar'
  if (dtype === 'uint8' && components === 3) return 'RGB'
  return dtype === 'uint8' && components === 4 ? 'RGBA' : 'Vector'
}

interface ItkPlace {
  readonly origin: number[]
  readonly spacing: number[]
  readonly direction: Float64Array
}

function placeOf({ geometry, shape, header }: Volume, dimension: number): ItkPlace {
  const grid = toLps(geometry.affine)
  const origin = new Array<number>(dimension).fill(0)
  const spacing = new Array<number>(dimension).fill(1)
  const direction = new Float64Array(dimension * dimension)
  const put = (values: Vector, at: (row: number) => void) => {
    if (dimension < 3 && values.slice(dimension).some((value) => value !== 0))
      throw unsupported('volume', `does not lie in the first ${dimension} of ITK's axes: use dimension: 3`)
    for (let row = 0; row < Math.min(3, dimension); row++) at(row)
  }
  put(grid.origin, (row) => {
    origin[row] = grid.origin[row] as number
  })
  let next = 0
  for (let axis = 0; axis < dimension; axis++) {
    const extra = geometry.directions[axis]
    if (extra === undefined || isSpatial(extra)) {
      const column = grid.columns[next] as Vector
      spacing[axis] = grid.spacing[next++] as number
      put(column, (row) => {
        direction[row * dimension + axis] = column[row] as number
      })
      continue
    }
    const row = Math.abs(extra) - 1
    const step = geometry.spacing[axis] as number
    spacing[axis] = step
    direction[row * dimension + axis] = Math.sign(extra)
    origin[row] = firstOf(row, header) + (extra < 0 ? ((shape[axis] as number) - 1) * step : 0)
  }
  return { origin, spacing, direction }
}

// ITK's NIfTI reader makes toffset the origin of the fourth axis; a volume keeps it in its header.
function firstOf(row: number, header: Header): number {
  return row === 3 ? (header.timing?.offset ?? 0) : 0
}

/**
 * A volume over an itk-wasm image's data, with the same indices. Never copies: both sides see writes. Free
 * keys become the header's, as text.
 *
 * Throws `Unsupported` where axes mix space with the axes beyond it.
 */
export function fromItkWasm<D extends DType = DType>(image: ItkWasmImageLike): Volume<D> {
  if (typeof image?.imageType !== 'object') throw invalidArgument('image', 'an itk-wasm image', image)
  const { dimension: given, componentType, components } = image.imageType
  const dimension = checkInteger('image.imageType.dimension', given, 1, 8)
  checkInteger('image.imageType.components', components, 1)
  const shape = numbersOf('image.size', image.size, dimension)
  const data = checkData(image.data, componentType, sizeOf(shape) * components)
  const { header, ...place } = placeFrom(image, dimension, shape)
  const keys = Object.fromEntries(Array.from(image.metadata ?? [], ([key, value]) => [key, textOf(value)]))
  return Volume.wrap<D>(data as TypedArray<D>, {
    shape,
    components,
    ...place,
    header: Object.keys(keys).length > 0 ? { ...header, keys } : header,
  })
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value))
}

function checkData(data: unknown, componentType: string, length: number): TypedArray {
  const dtype = dtypeOfArray(data)
  if (!isDType(componentType) || dtype !== componentType)
    throw invalidArgument('image.data', `of ${componentType}, the component type`, data)
  const found = (data as TypedArray).length
  if (found === length) return data as TypedArray
  throw invalidArgument('image.data', `of ${length} elements (size times components)`, found)
}

interface PlaceFrom {
  readonly affine: Volume['affine']
  readonly spacing: readonly number[]
  readonly orientation: string
  readonly header: Header
}

function placeFrom(image: ItkWasmImageLike, dimension: number, shape: readonly number[]): PlaceFrom {
  const origin = numbersOf('image.origin', image.origin, dimension)
  const steps = numbersOf('image.spacing', image.spacing, dimension)
  const matrix = numbersOf('image.direction', image.direction, dimension * dimension)
  const at = (row: number, axis: number) => (row < dimension ? (matrix[row * dimension + axis] as number) : 0)
  const extra = shape.map((_, axis) => extraDirection(dimension, (row) => at(row, axis)))
  const spatial = extra.flatMap((direction, axis) => (direction === null ? [axis] : []))
  if (spatial.length !== Math.min(3, dimension))
    throw unsupported('image.direction', 'must have three axes in space, and one for each axis beyond')
  const affine = fromLps(
    [origin[0] ?? 0, origin[1] ?? 0, origin[2] ?? 0],
    spatial.map((axis) => steps[axis] as number),
    spatial.map((axis) => [at(0, axis), at(1, axis), at(2, axis)] as const),
  )
  const letters = Array.from(lettersOf(affine, spatial.length))
  const spacing = steps.slice()
  spatial.forEach((axis, k) => {
    spacing[axis] = lengthOf(columnOf(affine, k))
  })
  const orientation = extra.map((direction) =>
    direction === null ? letters.shift() : formatOrientation([direction]),
  )
  const header = headerOf(extra, { origin, spacing, shape })
  return { affine, spacing, orientation: orientation.join(''), header }
}

/** Where an axis points to beyond space, or null for an axis in space. */
function extraDirection(dimension: number, column: (row: number) => number): number | null {
  const rows = Array.from({ length: dimension }, (_, row) => row)
  const beyond = rows.filter((row) => row >= 3 && column(row) !== 0)
  const [row] = beyond
  if (row === undefined) return null
  const inSpace = rows.some((other) => other < 3 && column(other) !== 0)
  if (beyond.length === 1 && !inSpace && Math.abs(column(row)) === 1) return (row + 1) * column(row)
  throw unsupported('image.direction', 'mixes space with the axes beyond it, and no volume does')
}

function headerOf(
  extra: readonly (number | null)[],
  grid: { origin: readonly number[]; spacing: readonly number[]; shape: readonly number[] },
): Header {
  let header: Header = {}
  extra.forEach((direction, axis) => {
    if (direction === null) return
    const row = Math.abs(direction) - 1
    const span = ((grid.shape[axis] as number) - 1) * (grid.spacing[axis] as number)
    const first = (grid.origin[row] as number) - (direction < 0 ? span : 0)
    if (first === 0) return
    if (row !== 3) throw unsupported(`image.origin[${row}]`, `is ${first}, and a volume keeps none there`)
    header = { timing: { ...noTiming, offset: first } }
  })
  return header
}
