import { checkInteger, checkIntegers, checkOptions, refused } from '../core/check.ts'
import { arrayClass, type DType, dtypes, type TypedArray } from '../core/dtype.ts'
import { invalidArgument, VoxlineError } from '../core/errors.ts'
import { canonicalStrides, checkedBytes, checkShape, overlapsItself, reach } from '../core/shape.ts'
import { identityMap, translation } from '../geometry/index-map.ts'
import { type GeometryOptions, makeGeometry } from '../geometry/make-geometry.ts'
import { Allocation } from './allocation.ts'
import { checkDType } from './bulk.ts'
import type { Header } from './header.ts'
import { checkMargin, insideMargin, type MarginOption, withMargin } from './margin.ts'
import { memoryDirections, placementIn } from './memory-order.ts'
import { OwnHeader } from './own-header.ts'
import { moveParts, type VolumeParts } from './parts.ts'
import type { Volume } from './volume.ts'

const geometryKeys = ['affine', 'spacing', 'origin', 'orientation', 'components', 'header']

interface CommonOptions extends GeometryOptions {
  /** Elements per voxel, side by side in memory; 1 by default. */
  readonly components?: number
  readonly header?: Header
}

/** A volume without voxels. */
export interface DescribeOptions<D extends DType = DType> extends CommonOptions {
  readonly shape: readonly number[]
  readonly dtype: D
}

/** A volume with zeroed memory of its own. */
export interface CreateOptions<D extends DType = DType> extends DescribeOptions<D> {
  /** Real voxels around the volume: a number for its spatial axes, or one per axis. */
  readonly margin?: MarginOption
}

/** A volume over an array of the caller's. */
export interface WrapOptions extends CommonOptions {
  readonly shape: readonly number[]
  /** Elements from voxel to voxel, signed; axis 0 fastest and dense by default. */
  readonly strides?: readonly number[]
  /** Element of the array that is voxel 0; by default the lowest voxel is element 0. */
  readonly offset?: number
}

/** Parts of an unallocated volume. */
export function describeParts<D extends DType>(options: DescribeOptions<D>): VolumeParts<D> {
  checkOptions('options', options, ['shape', 'dtype', ...geometryKeys])
  const dtype = checkDType('dtype', options.dtype) as D
  return unallocated(options, dtype)
}

function unallocated<D extends DType>(
  options: CommonOptions & { readonly shape: readonly number[] },
  dtype: D,
): VolumeParts<D> {
  const shape = checkShape('shape', options.shape)
  const components = checkInteger('components', options.components ?? 1, 1)
  checkedBytes(shape, components, dtype)
  const geometry = makeGeometry(shape.length, options)
  return {
    allocation: null,
    dtype,
    components,
    shape,
    strides: canonicalStrides(shape, components),
    offset: 0,
    geometry,
    header: new OwnHeader(options.header ?? {}, { geometry, shape }),
    storage: null,
    warnings: [],
    parent: null,
  }
}

/** Parts of a volume with zeroed memory, inside its margin. */
export function createParts<D extends DType>(
  options: CreateOptions<D>,
  make: (parts: VolumeParts<D>) => Volume<D>,
): VolumeParts<D> {
  const { margin: asked, ...rest } = options
  checkOptions('options', options, ['shape', 'dtype', 'margin', ...geometryKeys])
  const described = describeParts(rest as DescribeOptions<D>)
  const { components, dtype } = described
  const margin = checkMargin(asked, described.geometry.directions)
  const shape = withMargin(described.shape, margin)
  const allocation = Allocation.allocate(checkedBytes(shape, components, dtype), true)
  const around = moveParts(described, translation(margin.map((width) => 0 - width)), shape)
  const outer = { ...around, allocation, strides: canonicalStrides(shape, components), offset: 0 }
  return insideMargin(outer, margin, make)
}

/** Parts with zeroed memory for an unallocated volume: dense, in the order and direction its strides say. */
export function allocateParts<D extends DType>(parts: VolumeParts<D>): VolumeParts<D> {
  if (parts.allocation !== null)
    throw new VoxlineError('Unsupported', 'allocate needs an unallocated volume: use copy()')
  const { shape, strides, components, dtype, geometry } = parts
  const own = geometry.directions
  const placement = placementIn(memoryDirections(own, shape, strides), own, shape, components)
  const header = parts.header.moved(identityMap(shape.length), { geometry, shape })
  const allocation = Allocation.allocate(checkedBytes(shape, components, dtype), true)
  return { ...parts, ...placement, header, allocation, parent: null }
}

/** Parts of a volume over the caller's array. */
export function wrapParts(array: TypedArray | Uint8ClampedArray, options: WrapOptions): VolumeParts {
  const dtype = dtypeOfArray(array)
  checkOptions('options', options, ['shape', 'strides', 'offset', ...geometryKeys])
  checkBuffer(array)
  const described = unallocated(options, dtype)
  const { shape, components } = described
  const strides =
    options.strides === undefined
      ? described.strides
      : checkIntegers('strides', options.strides, shape.length)
  const [low, high] = reach(shape, strides)
  const offset = options.offset === undefined ? 0 - low : checkInteger('offset', options.offset)
  const last = offset + high + components - 1
  if (offset + low < 0 || !(last < array.length)) {
    const first = offset + low
    const message = `must hold elements ${first} to ${last}, received ${array.length} elements`
    throw refused('OutOfBounds', 'array', message, { first, last, length: array.length })
  }
  if (overlapsItself(shape, strides, components))
    throw invalidArgument('strides', 'such that no two voxels share an element', strides)
  return { ...described, strides, offset, allocation: Allocation.wrap(array) }
}

function checkBuffer(array: ArrayBufferView): void {
  const buffer = array.buffer as ArrayBufferLike & {
    readonly growable?: boolean
    readonly resizable?: boolean
  }
  if (buffer.resizable === true || buffer.growable === true)
    throw refused('Unsupported', 'array', 'must not lie in a resizable buffer')
  if (array.byteLength === 0)
    throw invalidArgument('array', 'an array with elements (its buffer may be detached)', array)
}

/** The element type of a typed array; throws `Unsupported` for kinds no volume has. */
export function dtypeOfArray(array: unknown): DType {
  if (array instanceof Uint8ClampedArray) return 'uint8'
  const dtype = dtypes.find((name) => array instanceof arrayClass(name))
  if (dtype !== undefined) return dtype
  if (!ArrayBuffer.isView(array)) throw invalidArgument('array', 'a typed array', array)
  throw refused(
    'Unsupported',
    'array',
    `must hold one of ${dtypes.join(', ')}, received a ${array.constructor.name}`,
  )
}
