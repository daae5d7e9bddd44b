import { checkInteger, checkOptions } from '../core/check.ts'
import type { DType, TypedArray } from '../core/dtype.ts'
import { invalidArgument } from '../core/errors.ts'
import type { GeometryOptions } from '../geometry/make-geometry.ts'
import type { Header } from '../volume/header.ts'
import { type StridedArray, Volume } from '../volume/volume.ts'
import { checkVolume } from './dense.ts'
import { unsupported } from './lps.ts'

/** What arrays of numbers do not say of a volume: its place in the world and what a voxel is. */
export interface PlaceOptions extends GeometryOptions {
  /** Elements per voxel: the last axis of the array, which must have this length; 1 by default. */
  readonly components?: number
  /** Header of the volume. */
  readonly header?: Header
}

/** Names of `PlaceOptions`. */
export const placeOptions = ['affine', 'spacing', 'origin', 'orientation', 'components', 'header']

/** An ndarray as far as it is needed here; the package's own objects are such. */
export interface NdarrayLike {
  /** A typed array. */
  readonly data: unknown
  /** Length per axis. */
  readonly shape: readonly number[]
  /** Elements from one entry to the next per axis; may be negative. */
  readonly stride: readonly number[]
  /** Element of `data` at index 0, 0, …. */
  readonly offset: number
}

/** The function the ndarray package exports. */
export type NdarrayFunction<D extends DType, A> = (
  data: TypedArray<D>,
  shape: number[],
  stride: number[],
  offset: number,
) => A

/**
 * A volume as the parts of an ndarray, or as an ndarray when the package's function is given. Never copies,
 * whatever the strides: both sides see writes (tell voxline with `touch()`). Several components are a last
 * axis.
 */
export function toNdarray<D extends DType>(volume: Volume<D>): StridedArray<D>
export function toNdarray<D extends DType, A>(volume: Volume<D>, ndarray: NdarrayFunction<D, A>): A
export function toNdarray<A>(volume: Volume, ndarray: NdarrayFunction<never, A>): A
export function toNdarray(volume: Volume, ndarray?: NdarrayFunction<never, unknown>): unknown {
  const parts = checkVolume(volume).array()
  if (ndarray === undefined) return parts
  if (typeof ndarray !== 'function') throw invalidArgument('ndarray', "the package's function", ndarray)
  return ndarray(parts.data as never, [...parts.shape], [...parts.stride], parts.offset)
}

/**
 * A volume over an ndarray's typed array. Never copies: both sides see writes.
 *
 * Throws `Unsupported` where components do not lie side by side, `InvalidArgument` for an ndarray over
 * something else than a typed array or one whose entries share memory.
 */
export function fromNdarray<D extends DType = DType>(
  array: NdarrayLike,
  options: PlaceOptions = {},
): Volume<D> {
  checkOptions('options', options, placeOptions)
  if (typeof array !== 'object' || array === null) throw invalidArgument('array', 'an ndarray', array)
  const { components = 1, ...place } = options
  checkInteger('options.components', components, 1)
  const { data, offset } = array
  const [shape, strides] = [copied('array.shape', array.shape), copied('array.stride', array.stride)]
  if (strides.length !== shape.length)
    throw invalidArgument('array.stride', `a list of ${shape.length} integers`, array.stride)
  if (components > 1) {
    checkComponents(components, shape.pop(), strides.pop())
  }
  return Volume.wrap<D>(data as TypedArray<D>, { ...place, components, shape, strides, offset })
}

function copied(argument: string, value: unknown): number[] {
  if (Array.isArray(value)) return Array.from(value as number[])
  throw invalidArgument(argument, 'a list of integers', value)
}

/** The last axis of an array must hold the components, side by side. */
export function checkComponents(components: number, length: unknown, stride: unknown): void {
  if (length !== components)
    throw invalidArgument('options.components', `${length}, the length of the last axis`, components)
  if (stride !== 1)
    throw unsupported('array', `has components ${stride} elements apart, and a volume has them side by side`)
}
