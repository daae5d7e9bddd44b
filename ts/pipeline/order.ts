import { arrayClass, bytesOf, type DType, isBig, isInteger, limitsOf } from '../core/dtype.ts'

const orders = {
  uint8: 'uint8',
  int8: 'uint8',
  uint16: 'int16',
  int16: 'int16',
  uint32: 'int32',
  int32: 'int32',
  float32: 'int32',
  uint64: 'int64',
  int64: 'int64',
  float64: 'int64',
} as const

/** The integer type whose values order as a dtype's voxels do; kernels that select voxels are built for these four only. */
export function orderOf(dtype: DType): 'uint8' | 'int16' | 'int32' | 'int64' {
  return orders[dtype]
}

/** A value as its dtype stores it (round half to even, saturate). */
export function storeValue(dtype: DType, value: number | bigint): number | bigint {
  if (!isInteger(dtype)) return dtype === 'float32' ? Math.fround(Number(value)) : Number(value)
  const [low, high] = limitsOf(dtype)
  if (typeof value === 'number' && Number.isNaN(value)) return isBig(dtype) ? 0n : 0
  if (value <= low) return low
  if (value >= high) return high
  if (typeof value === 'bigint') return isBig(dtype) ? value : Number(value)
  const rounded = roundHalfEven(value)
  return isBig(dtype) ? BigInt(rounded) : rounded
}

function roundHalfEven(value: number): number {
  const floor = Math.floor(value)
  const rest = value - floor
  if (rest !== 0.5) return rest < 0.5 ? floor : floor + 1
  return floor % 2 === 0 ? floor : floor + 1
}

const words = new Uint32Array(2)

/** The bits of a value in a dtype: low and high 32-bit word. */
export function bitsOf(dtype: DType, value: number | bigint): readonly [low: number, high: number] {
  const stored = storeValue(dtype, value)
  words.fill(0)
  const one = new (arrayClass(dtype))(words.buffer, 0, 1)
  one[0] = isBig(dtype) ? BigInt(stored) : Number(stored)
  return [words[0] as number, words[1] as number]
}

/** The order code of a value of a dtype: what the native `order_encode` kernel makes of it. */
export function encodeOrder(dtype: DType, value: number | bigint): number | bigint {
  const code = orderOf(dtype)
  const stored = storeValue(dtype, value)
  if (code === dtype) return stored
  const bits = BigInt(bytesOf(dtype) * 8)
  if (isInteger(dtype)) {
    const moved = BigInt(stored) + (dtype === 'int8' ? 128n : -(1n << (bits - 1n)))
    return bits === 64n ? moved : Number(moved)
  }
  const [low, high] = bitsOf(dtype, stored)
  const pattern = BigInt.asIntN(Number(bits), (BigInt(high) << 32n) | BigInt(low))
  const magnitude = (1n << (bits - 1n)) - 1n
  const encoded = pattern >= 0n || Number.isNaN(stored) ? pattern & magnitude : pattern ^ magnitude
  return bits === 64n ? encoded : Number(encoded)
}

/** The value of a 32- or 64-bit dtype that has an order key: the code of `encodeOrder` from 0 on. */
export function valueOfKey(dtype: DType, key: bigint): number | bigint {
  const bits = bytesOf(dtype) * 8
  const sign = 1n << BigInt(bits - 1)
  if (isInteger(dtype)) {
    const value = dtype.startsWith('uint') ? key : key - sign
    return bits === 64 ? value : Number(value)
  }
  const view = new DataView(new ArrayBuffer(8))
  view.setBigUint64(0, BigInt.asUintN(bits, key & sign ? key ^ sign : ~key))
  return bits === 64 ? view.getFloat64(0) : view.getFloat32(4)
}
