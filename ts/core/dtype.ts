import { invalidArgument } from './errors.ts'

/** Names of the element types, in the order of their codes in the native library. */
export const dtypes = [
  'uint8',
  'int8',
  'uint16',
  'int16',
  'uint32',
  'int32',
  'uint64',
  'int64',
  'float32',
  'float64',
] as const

/** Element type of a volume. */
export type DType = (typeof dtypes)[number]

/** Which typed array holds which element type. */
export interface TypedArrays {
  uint8: Uint8Array
  int8: Int8Array
  uint16: Uint16Array
  int16: Int16Array
  uint32: Uint32Array
  int32: Int32Array
  uint64: BigUint64Array
  int64: BigInt64Array
  float32: Float32Array
  float64: Float64Array
}

/** The typed array of an element type. */
export type TypedArray<D extends DType = DType> = TypedArrays[D]

/** A voxel's value: bigint for the 64-bit integers. */
export type Value<D extends DType = DType> = D extends 'uint64' | 'int64' ? bigint : number

const constructors = {
  uint8: Uint8Array,
  int8: Int8Array,
  uint16: Uint16Array,
  int16: Int16Array,
  uint32: Uint32Array,
  int32: Int32Array,
  uint64: BigUint64Array,
  int64: BigInt64Array,
  float32: Float32Array,
  float64: Float64Array,
} as const

/** The typed array class of an element type. */
export function arrayClass<D extends DType>(dtype: D): (typeof constructors)[D] {
  return constructors[dtype]
}

/** Bytes of one element. */
export function bytesOf(dtype: DType): number {
  return constructors[dtype].BYTES_PER_ELEMENT
}

/** The number of an element type in the native library. */
export function codeOf(dtype: DType): number {
  return dtypes.indexOf(dtype)
}

/** The element type of a native code. */
export function dtypeOfCode(code: number): DType {
  const dtype = dtypes[code]
  if (dtype === undefined)
    throw invalidArgument('dtype code', `an integer in [0, ${dtypes.length - 1}]`, code)
  return dtype
}

export function isDType(value: unknown): value is DType {
  return typeof value === 'string' && (dtypes as readonly string[]).includes(value)
}

export function isInteger(dtype: DType): boolean {
  return !dtype.startsWith('float')
}

/** Whether values are bigints in JavaScript. */
export function isBig(dtype: DType): dtype is 'uint64' | 'int64' {
  return dtype === 'uint64' || dtype === 'int64'
}

/** The type computing filters work in: NumPy's `result_type(dtype, float32)`. */
export function realOf(dtype: DType): 'float32' | 'float64' {
  return dtype === 'float64' || bytesOf(dtype) === 8 || dtype === 'uint32' || dtype === 'int32'
    ? 'float64'
    : 'float32'
}

/** Least and greatest value: bigints for 64-bit integers, infinities for floats. */
export function limitsOf<D extends DType>(dtype: D): readonly [Value<D>, Value<D>]
export function limitsOf(dtype: DType): readonly [number | bigint, number | bigint] {
  if (!isInteger(dtype)) return [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]
  const bits = BigInt(bytesOf(dtype) * 8)
  const signed = dtype.startsWith('int')
  const low = signed ? -(2n ** (bits - 1n)) : 0n
  const high = signed ? 2n ** (bits - 1n) - 1n : 2n ** bits - 1n
  return bits === 64n ? [low, high] : [Number(low), Number(high)]
}
