import type { DType } from '../core/dtype.ts'
import { formatError, VoxlineError } from '../core/errors.ts'
import { maxRank } from '../core/shape.ts'

/** What the header of a .npy file says (NumPy, lib/format). */
export interface NpyHeader {
  readonly dtype: DType
  /** Elements per entry: 2 for complex numbers. */
  readonly components: number
  readonly bigEndian: boolean
  /** Whether the first axis is fastest. */
  readonly fortranOrder: boolean
  readonly shape: readonly number[]
  /** First byte of the entries. */
  readonly start: number
}

const path = 'npy'
const magic = '\x93NUMPY'

const codes: Readonly<Record<string, readonly [DType, number]>> = {
  b1: ['uint8', 1],
  u1: ['uint8', 1],
  i1: ['int8', 1],
  u2: ['uint16', 1],
  i2: ['int16', 1],
  u4: ['uint32', 1],
  i4: ['int32', 1],
  u8: ['uint64', 1],
  i8: ['int64', 1],
  f4: ['float32', 1],
  f8: ['float64', 1],
  c8: ['float32', 2],
  c16: ['float64', 2],
}

/** Reads the header; throws `Format` where it is malformed and `Unsupported` where no volume can be that. */
export function readNpyHeader(bytes: Uint8Array): NpyHeader {
  const { text, at, start } = headerText(bytes)
  const fail = (field: string, message: string) => formatError(path, field, message, at)
  const descr = /'descr'\s*:\s*'([^']*)'/.exec(text)?.[1]
  const order = /'fortran_order'\s*:\s*(True|False)\b/.exec(text)?.[1]
  const shape = /'shape'\s*:\s*\(([^)]*)\)/.exec(text)?.[1]
  if (descr === undefined && /'descr'\s*:\s*[[(]/.test(text))
    throw unsupportedNpy('descr', 'a structured type')
  if (descr === undefined) throw fail('descr', 'missing')
  if (order === undefined) throw fail('fortran_order', 'must be True or False')
  if (shape === undefined) throw fail('shape', 'missing')
  const lengths = shape.split(',').map((part) => part.trim().replace(/L$/, ''))
  if (lengths.at(-1) === '') lengths.pop()
  if (!lengths.every((part) => /^\d+$/.test(part))) throw fail('shape', `(${shape}) is no list of integers`)
  const [, byteOrder = '', code = ''] = /^([<>|=]?)(.*)$/.exec(descr) ?? []
  const known = codes[code]
  if (known === undefined) throw unsupportedNpy('descr', `'${descr}'`)
  return {
    dtype: known[0],
    components: known[1],
    bigEndian: byteOrder === '>',
    fortranOrder: order === 'True',
    shape: checkedShape(lengths.map(Number)),
    start,
  }
}

function checkedShape(shape: readonly number[]): readonly number[] {
  if (shape.length === 0) throw unsupportedNpy('shape', 'a number, not an array')
  if (shape.length > maxRank) throw unsupportedNpy('shape', `of ${shape.length} axes`)
  if (shape.some((length) => length < 1)) throw unsupportedNpy('shape', `empty: (${shape.join(', ')})`)
  return shape
}

function unsupportedNpy(field: string, what: string): VoxlineError {
  return new VoxlineError('Unsupported', `${path}: ${field}: no volume is ${what}`, { path, field })
}

function headerText(bytes: Uint8Array): { text: string; at: number; start: number } {
  if (Buffer.from(bytes.subarray(0, 6)).toString('latin1') !== magic)
    throw formatError(path, 'magic', 'must be \\x93NUMPY', 0)
  const major = bytes[6]
  if (major !== 1 && major !== 2 && major !== 3)
    throw formatError(path, 'version', `must be 1, 2 or 3, received ${major}`, 6)
  const at = major === 1 ? 10 : 12
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes.length < at) throw formatError(path, 'header length', 'truncated', bytes.length)
  const start = at + (major === 1 ? view.getUint16(8, true) : view.getUint32(8, true))
  if (bytes.length < start)
    throw formatError(path, 'header', `truncated: ${bytes.length} of ${start} bytes`, bytes.length)
  const text = Buffer.from(bytes.subarray(at, start)).toString(major === 3 ? 'utf8' : 'latin1')
  return { text, at, start }
}

/** The header as NumPy writes it: version 1.0, little-endian, padded so that entries start at a multiple of 64. */
export function encodeNpyHeader(header: Pick<NpyHeader, 'dtype' | 'fortranOrder' | 'shape'>): Uint8Array {
  const code = Object.entries(codes).findLast(([, [dtype, n]]) => dtype === header.dtype && n === 1)?.[0]
  const order = code?.endsWith('1') ? '|' : '<'
  const { shape } = header
  const list = shape.length === 1 ? `${shape[0]},` : shape.join(', ')
  const flag = header.fortranOrder ? 'True' : 'False'
  const text = `{'descr': '${order}${code}', 'fortran_order': ${flag}, 'shape': (${list}), }`
  const length = Math.ceil((10 + text.length + 1) / 64) * 64
  const bytes = Buffer.from(`${magic}\x01\x00\0\0${text.padEnd(length - 11)}\n`, 'latin1')
  bytes.writeUInt16LE(length - 10, 8)
  return new Uint8Array(bytes)
}
