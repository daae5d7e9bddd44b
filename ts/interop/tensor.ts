import { checkInteger, checkOptions } from '../core/check.ts'
import type { DType, TypedArray } from '../core/dtype.ts'
import { invalidArgument } from '../core/errors.ts'
import { maxRank } from '../core/shape.ts'
import { Volume } from '../volume/volume.ts'
import { type CopyOption, checkVolume, denseArray } from './dense.ts'
import { unsupported } from './lps.ts'
import { type PlaceOptions, placeOptions } from './ndarray.ts'

/** A class made as onnxruntime's `Tensor` is. */
export type TensorClass<D extends DType, T> = new (type: D, data: TypedArray<D>, dims: number[]) => T

/** How a volume becomes a tensor. */
export interface ToTensorOptions extends CopyOption {
  /** Number of dims; ones are put in front (batch, channel). Those of the volume by default. */
  readonly rank?: number
}

/** How a tensor becomes a volume. */
export interface FromTensorOptions extends PlaceOptions {
  /** Axes of the volume; that many dims, from the last on, are taken, and those before must be 1. */
  readonly rank?: number
}

/** A tensor of onnxruntime as far as it is needed here. */
export interface TensorLike {
  /** Element type. */
  readonly type: string
  /** The elements; dims in row-major order. */
  readonly data: unknown
  /** Length per dimension, slowest first. */
  readonly dims: readonly number[]
  /** Where the elements are; only `cpu` and `cpu-pinned` can be shared. */
  readonly location?: string
}

/**
 * A volume as an onnxruntime tensor of the class given: dims are the shape reversed (`[z, y, x]`), components
 * the last of them. Shares memory where axis 0 is fastest and voxels are dense; a tensor has no strides, so
 * anything else is copied, in the background.
 */
export async function toTensor<D extends DType, T>(
  volume: Volume<D>,
  Tensor: TensorClass<D, T>,
  options: ToTensorOptions = {},
): Promise<T> {
  checkOptions('options', options, ['copy', 'rank'])
  const { shape, components, dtype } = checkVolume(volume)
  if (typeof Tensor !== 'function') throw invalidArgument('Tensor', "onnxruntime's class", Tensor)
  const dims = [...shape].reverse()
  if (components > 1) dims.push(components)
  const rank = checkInteger('options.rank', options.rank ?? dims.length, dims.length)
  const data = await denseArray(volume, options, { target: 'a Tensor' })
  return new Tensor(dtype, data, [...new Array<number>(rank - dims.length).fill(1), ...dims])
}

const arraysOf: Readonly<Record<string, string>> = {
  bool: 'Uint8Array',
  uint8: 'Uint8Array',
  int8: 'Int8Array',
  uint16: 'Uint16Array',
  int16: 'Int16Array',
  uint32: 'Uint32Array',
  int32: 'Int32Array',
  uint64: 'BigUint64Array',
  int64: 'BigInt64Array',
  float32: 'Float32Array',
  float64: 'Float64Array',
}

/**
 * A volume over a tensor's elements: the shape is the dims reversed. Never copies: both sides see writes.
 *
 * Throws `Unsupported` for types no typed array holds (float16, strings, packed integers) and for tensors
 * that are not in main memory.
 */
export function fromTensor<D extends DType = DType>(
  tensor: TensorLike,
  options: FromTensorOptions = {},
): Volume<D> {
  checkOptions('options', options, [...placeOptions, 'rank'])
  if (typeof tensor !== 'object' || tensor === null) throw invalidArgument('tensor', 'a Tensor', tensor)
  const { location = 'cpu', type } = tensor
  if (!location.startsWith('cpu'))
    throw unsupported('tensor', `is in ${location}, not in main memory: await its getData() first`)
  const { rank, components = 1, ...place } = options
  const shape = shapeOf(tensor.dims, checkInteger('options.components', components, 1), rank)
  const { data } = tensor
  if (data?.constructor.name !== arraysOf[type])
    throw unsupported('tensor', `holds ${type}, which no volume does`)
  const expected = shape.reduce((product, length) => product * length, components)
  if ((data as ArrayLike<unknown>).length !== expected)
    throw invalidArgument('tensor.data', `of ${expected} elements`, (data as ArrayLike<unknown>).length)
  return Volume.wrap<D>(data as TypedArray<D>, { ...place, components, shape })
}

function shapeOf(dims: unknown, components: number, rank: number | undefined): number[] {
  if (!Array.isArray(dims)) throw invalidArgument('tensor.dims', 'a list of integers', dims)
  const shape = [...(dims as number[])].reverse()
  if (components > 1 && shape.shift() !== components)
    throw invalidArgument('options.components', `${dims.at(-1)}, the last dim`, components)
  if (rank === undefined) return shape
  const kept = checkInteger('options.rank', rank, 1, Math.min(maxRank, shape.length))
  if (shape.slice(kept).some((length) => length !== 1))
    throw invalidArgument('options.rank', 'such that the dims left out are 1', rank)
  return shape.slice(0, kept)
}
