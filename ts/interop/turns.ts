import { arrayClass, bytesOf, type DType, type TypedArray } from '../core/dtype.ts'
import { type CopyOption, copyRefused, newArray } from './dense.ts'

const bytesPerTurn = 2 ** 18

/** Calls `work` for pieces of [0, length), giving way to the event loop between them. */
async function inTurns(length: number, step: number, work: (start: number, end: number) => void) {
  for (let start = 0; start < length; start += step) {
    if (start > 0) await new Promise((resolve) => setImmediate(resolve))
    work(start, Math.min(length, start + step))
  }
}

/** How numbers lie in bytes. */
export interface StoredNumbers {
  readonly bytes: Uint8Array
  readonly dtype: DType
  /** Byte order; of no meaning for single bytes. */
  readonly bigEndian: boolean
}

/** The numbers as an array: over the same bytes where that can be, else, or when asked, in one of its own. */
export async function numbersFrom(
  stored: StoredNumbers,
  choice: NonNullable<CopyOption['copy']>,
): Promise<TypedArray> {
  const reason = obstacleTo(stored)
  if (choice === 'never' && reason !== null) throw copyRefused('a volume', reason)
  return choice === 'always' || reason !== null ? copiedNumbers(stored) : sharedNumbers(stored)
}

/** Why the numbers cannot be used where they lie; null when they can. */
function obstacleTo({ bytes, dtype, bigEndian }: StoredNumbers): string | null {
  const width = bytesOf(dtype)
  if (bigEndian && width > 1) return 'the bytes are big-endian'
  return bytes.byteOffset % width === 0 ? null : `they start at byte ${bytes.byteOffset} of their buffer`
}

/** The numbers as an array over the same bytes. */
export function sharedNumbers({ bytes, dtype }: StoredNumbers): TypedArray {
  const Class = arrayClass(dtype) as new (b: ArrayBufferLike, s: number, n: number) => TypedArray
  return new Class(bytes.buffer, bytes.byteOffset, bytes.byteLength / bytesOf(dtype))
}

/** The numbers in an array of their own, in this machine's byte order (little-endian on all Node runs on). */
async function copiedNumbers({ bytes, dtype, bigEndian }: StoredNumbers): Promise<TypedArray> {
  const width = bytesOf(dtype)
  const array = newArray(dtype, bytes.byteLength / width)
  const target = Buffer.from(array.buffer, array.byteOffset, array.byteLength)
  await inTurns(bytes.byteLength, bytesPerTurn, (start, end) => {
    target.set(bytes.subarray(start, end), start)
    if (bigEndian) swap(target.subarray(start, end), width)
  })
  return array
}

function swap(bytes: Buffer, width: number): void {
  if (width === 2) bytes.swap16()
  if (width === 4) bytes.swap32()
  if (width === 8) bytes.swap64()
}

/** value · slope + intercept in float64, rounded to the type of the result. */
export async function scaledNumbers(
  values: TypedArray,
  dtype: 'float32' | 'float64',
  scaling: { readonly slope: number; readonly intercept: number },
): Promise<TypedArray<'float32' | 'float64'>> {
  const { slope, intercept } = scaling
  const result = newArray(dtype, values.length)
  await inTurns(values.length, bytesPerTurn / 8, (start, end) => {
    for (let i = start; i < end; i++) result[i] = Number(values[i]) * slope + intercept
  })
  return result
}
