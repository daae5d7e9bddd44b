import { checkOptions } from '../core/check.ts'
import { type DType, isBig, type TypedArray } from '../core/dtype.ts'
import { invalidArgument } from '../core/errors.ts'
import { dot, type Vector } from '../geometry/affine.ts'
import { spatialAxes } from '../geometry/orientation.ts'
import { Volume } from '../volume/volume.ts'
import { type CopyOption, checkVolume, denseArray } from './dense.ts'
import { fromLps, numbersOf, toLps, unsupported } from './lps.ts'

/** One array of a vtk.js data set, as `vtkDataArray.newInstance` takes it. */
export interface VtkDataArrayState<D extends DType = DType> {
  /** Class to make. */
  readonly vtkClass: 'vtkDataArray'
  /** Name of the array. */
  readonly name: string
  /** Elements per voxel, side by side. */
  readonly numberOfComponents: number
  /** The elements, the first axis fastest. */
  readonly values: TypedArray<D>
}

/** What `vtkImageData.newInstance` of vtk.js takes. Space is LPS millimetres. */
export interface VtkImageDataState<D extends DType = DType> {
  /** Class to make. */
  readonly vtkClass: 'vtkImageData'
  /** First and last index per axis. */
  readonly extent: number[]
  /** vtk.js's number for which axes are longer than 1. */
  readonly dataDescription: number
  /** Millimetres per step. */
  readonly spacing: number[]
  /** Position of voxel 0. */
  readonly origin: number[]
  /** Where the axes point to, one after the other: the matrix column by column. */
  readonly direction: number[]
  /** The voxels as scalars. */
  readonly pointData: {
    readonly vtkClass: 'vtkDataSetAttributes'
    readonly activeScalars: number
    readonly arrays: { readonly data: VtkDataArrayState<D> }[]
  }
}

/** How a volume becomes a vtk.js image. */
export interface ToVtkOptions extends CopyOption {
  /** Name of the scalars. */
  readonly name?: string
}

/** A vtk.js data array as far as it is needed here. */
export interface VtkDataArrayLike {
  /** The elements. */
  getData(): unknown
  /** Elements per voxel. */
  getNumberOfComponents(): number
}

/** What holds the scalars of a vtkImageData, as far as reading needs. */
export interface VtkScalarsLike {
  /** The scalars, null where there are none. */
  getScalars(): VtkDataArrayLike | null
}

/** What holds the scalars of a vtkImageData, as far as filling needs. */
export interface VtkScalarsTarget {
  /** Takes what `vtkDataArray` made. */
  setScalars(array: never): unknown
}

/** A vtkImageData of vtk.js as far as reading one needs. */
export interface VtkImageDataLike {
  /** First and last index per axis. */
  getExtent(): ArrayLike<number>
  /** Position of index 0, 0, 0. */
  getOrigin(): ArrayLike<number>
  /** Millimetres per step. */
  getSpacing(): ArrayLike<number>
  /** Column by column. */
  getDirection(): ArrayLike<number>
  /** Holder of the scalars. */
  getPointData(): VtkScalarsLike
}

/** A vtkImageData of vtk.js as far as filling one needs. */
export interface VtkImageDataTarget {
  /** First and last index per axis. */
  setExtent(extent: number[]): unknown
  /** Position of index 0, 0, 0. */
  setOrigin(origin: number[]): unknown
  /** Millimetres per step. */
  setSpacing(spacing: number[]): unknown
  /** Column by column. */
  setDirection(direction: never): unknown
  /** Holder of the scalars. */
  getPointData(): VtkScalarsTarget
}

/** The `vtkDataArray` of vtk.js. */
export interface VtkDataArrayClass {
  /** Makes an array. */
  newInstance(values: { name: string; numberOfComponents: number; values: never }): unknown
}

// vtk.js, StructuredData/Constants, by the axes longer than 1: 1 for x, 2 for y, 4 for z.
const descriptions = [1, 2, 3, 5, 4, 7, 6, 8]

/**
 * A volume as the state that `vtkImageData.newInstance` takes, with the same indices, placed in LPS. Shares
 * memory where axis 0 is fastest and voxels are dense; anything else is copied, in the background. Axes beyond
 * space must have length 1 and are left out; missing ones have length 1.
 *
 * Throws `Unsupported` for 64-bit integers and for axes that are not at right angles, which vtk.js does not
 * take.
 */
export async function toVtkImageData<D extends DType>(
  volume: Volume<D>,
  options: ToVtkOptions = {},
): Promise<VtkImageDataState<D>> {
  checkOptions('options', options, ['copy', 'name'])
  const { dtype, components, affine } = checkVolume(volume)
  if (isBig(dtype))
    throw unsupported(
      'volume',
      `has ${dtype} voxels, which vtk.js has no scalars for: copy it with another dtype`,
    )
  const dims = dimsOf(volume)
  const { origin, spacing, columns } = toLps(affine)
  if (!isOrthogonal(columns))
    throw unsupported('volume', 'has axes that are not at right angles, which vtk.js needs: resample it')
  const name = options.name ?? 'Scalars'
  const values = await denseArray(volume, options, { target: 'a vtkImageData' })
  const data = { vtkClass: 'vtkDataArray', name, numberOfComponents: components, values } as const
  const long = dims.reduce((sum, length, axis) => sum + (length > 1 ? 2 ** axis : 0), 0)
  return {
    vtkClass: 'vtkImageData',
    extent: dims.flatMap((length) => [0, length - 1]),
    dataDescription: descriptions[long] as number,
    spacing: [...spacing],
    origin: [...origin],
    direction: columns.flat(),
    pointData: { vtkClass: 'vtkDataSetAttributes', activeScalars: 0, arrays: [{ data }] },
  }
}

function dimsOf({ shape, geometry }: Volume): number[] {
  const axes = spatialAxes(geometry.directions)
  const beyond = shape.findIndex((length, axis) => length > 1 && !axes.includes(axis))
  if (beyond >= 0)
    throw unsupported(
      'volume',
      `has ${shape[beyond]} voxels along axis ${beyond}, and vtk.js has space only: view one of them`,
    )
  return [0, 1, 2].map((k) => shape[axes[k] ?? -1] ?? 1)
}

const mostShear = 1e-3

function isOrthogonal([x, y, z]: readonly [Vector, Vector, Vector]): boolean {
  return Math.max(Math.abs(dot(x, y)), Math.abs(dot(y, z)), Math.abs(dot(z, x))) < mostShear
}

/**
 * Fills a vtkImageData that exists with a volume: the extent, origin, spacing, direction and scalars of
 * `toVtkImageData`, the scalars made by the `vtkDataArray` given.
 */
export async function fillVtkImageData(
  imageData: VtkImageDataTarget,
  volume: Volume,
  vtkDataArray: VtkDataArrayClass,
  options: ToVtkOptions = {},
): Promise<void> {
  if (typeof vtkDataArray?.newInstance !== 'function')
    throw invalidArgument('vtkDataArray', "vtk.js's vtkDataArray", vtkDataArray)
  const { extent, origin, spacing, direction, pointData } = await toVtkImageData(volume, options)
  const { name, numberOfComponents, values } = (pointData.arrays[0] as (typeof pointData.arrays)[0]).data
  imageData.setExtent(extent)
  imageData.setOrigin(origin)
  imageData.setSpacing(spacing)
  imageData.setDirection(direction as never)
  const scalars = vtkDataArray.newInstance({ name, numberOfComponents, values: values as never })
  imageData.getPointData().setScalars(scalars as never)
}

interface Facts {
  readonly extent: unknown
  readonly origin: unknown
  readonly spacing: unknown
  readonly direction: unknown
  readonly values: unknown
  readonly components: unknown
}

/**
 * A volume over the scalars of a vtkImageData, or of its state, with three axes and the same voxel order.
 * Never copies: both sides see writes. An extent that does not start at 0 is index 0 here, at the same place.
 */
export function fromVtkImageData<D extends DType = DType>(
  imageData: VtkImageDataLike | VtkImageDataState<D>,
): Volume<D> {
  const facts = factsOf(imageData)
  const extent = numbersOf('imageData.extent', listOf(facts.extent), 6)
  const origin = numbersOf('imageData.origin', listOf(facts.origin), 3)
  const spacing = numbersOf('imageData.spacing', listOf(facts.spacing), 3)
  const direction = numbersOf('imageData.direction', listOf(facts.direction ?? identity), 9)
  const columns = [0, 3, 6].map((at) => direction.slice(at, at + 3) as unknown as Vector)
  const first = origin.map((value, row) =>
    columns.reduce(
      (sum, column, k) => sum + (column[row] as number) * (spacing[k] as number) * (extent[2 * k] as number),
      value,
    ),
  )
  const shape = [0, 1, 2].map((k) => (extent[2 * k + 1] as number) - (extent[2 * k] as number) + 1)
  const { values, components } = facts
  const expected = shape.reduce((product, length) => product * length, components as number)
  if ((values as ArrayLike<unknown>)?.length !== expected)
    throw invalidArgument(
      'imageData',
      `an image with ${expected} scalars`,
      (values as ArrayLike<unknown>)?.length,
    )
  return Volume.wrap<D>(values as TypedArray<D>, {
    shape,
    components: components as number,
    affine: fromLps(first as unknown as Vector, spacing, columns),
  })
}

const identity = [1, 0, 0, 0, 1, 0, 0, 0, 1]

function listOf(value: unknown): unknown {
  return Array.isArray(value) || ArrayBuffer.isView(value) ? value : null
}

function factsOf(imageData: VtkImageDataLike | VtkImageDataState): Facts {
  if (typeof imageData !== 'object' || imageData === null)
    throw invalidArgument('imageData', 'a vtkImageData or its state', imageData)
  if (!('getExtent' in imageData)) {
    const { pointData, ...rest } = imageData
    const scalars = pointData?.arrays?.[pointData.activeScalars ?? 0]?.data
    return { ...rest, values: scalars?.values, components: scalars?.numberOfComponents ?? 1 }
  }
  const scalars = imageData.getPointData().getScalars()
  return {
    extent: imageData.getExtent(),
    origin: imageData.getOrigin(),
    spacing: imageData.getSpacing(),
    direction: imageData.getDirection(),
    values: scalars?.getData(),
    components: scalars?.getNumberOfComponents() ?? 1,
  }
}
