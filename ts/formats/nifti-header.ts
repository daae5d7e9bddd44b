import { formatError, invalidArgument } from '../core/errors.ts'
import {
  type Kind,
  type Layout,
  layout1,
  layout2,
  type NiftiNumber,
  type NiftiText,
  numberNames,
  textNames,
  widths,
} from './nifti-layout.ts'

export type { NiftiNumber, NiftiText } from './nifti-layout.ts'

/** The fields of a NIfTI header; a version that lacks one has an empty list. */
export interface NiftiHeader {
  readonly version: 1 | 2
  readonly bigEndian: boolean
  readonly numbers: Record<NiftiNumber, readonly number[]>
  readonly texts: Record<NiftiText, Uint8Array>
}

function layoutOf(version: 1 | 2): Layout {
  return version === 1 ? layout1 : layout2
}

/** Bytes of the fixed header: 348 or 540. */
export function headerBytes(version: 1 | 2): number {
  return layoutOf(version).bytes
}

/** Byte where a field starts, for messages. */
export function fieldOffset(version: 1 | 2, name: NiftiNumber | NiftiText, index = 0): number | undefined {
  const { numbers, texts } = layoutOf(version)
  const text = texts[name as NiftiText]
  if (text !== undefined) return text[0]
  const number = numbers[name as NiftiNumber]
  return number && number[0] + index * widths[number[1]]
}

/** Version and byte order that `sizeof_hdr` tells, or null where it is neither 348 nor 540. */
export function sniffHeader(
  bytes: Uint8Array,
): { readonly version: 1 | 2; readonly bigEndian: boolean } | null {
  if (bytes.length < 4) return null
  const view = viewOf(bytes)
  for (const bigEndian of [false, true]) {
    const size = view.getInt32(0, !bigEndian)
    if (size === 348 || size === 540) return { version: size === 348 ? 1 : 2, bigEndian }
  }
  return null
}

/** Reads all fields of a header whose version and byte order are known; throws `Format` where bytes are missing. */
export function parseHeader(
  path: string,
  bytes: Uint8Array,
  version: 1 | 2,
  bigEndian: boolean,
): NiftiHeader {
  const layout = layoutOf(version)
  if (bytes.length < layout.bytes) {
    throw formatError(path, 'header', `truncated: ${bytes.length} of ${layout.bytes} bytes`, bytes.length)
  }
  const view = viewOf(bytes)
  const numbers = {} as Record<NiftiNumber, readonly number[]>
  for (const name of numberNames) {
    const [offset, kind, count] = layout.numbers[name] ?? [0, 'uint8', 0]
    numbers[name] = Array.from({ length: count }, (_, i) =>
      read(view, offset + i * widths[kind], kind, !bigEndian),
    )
  }
  const texts = {} as Record<NiftiText, Uint8Array>
  for (const name of textNames) {
    const [offset, length] = layout.texts[name] ?? [0, 0]
    texts[name] = bytes.slice(offset, offset + length)
  }
  return { version, bigEndian, numbers, texts }
}

/** The header's bytes, little-endian. Throws `InvalidArgument` for a number its field cannot hold. */
export function encodeHeader(header: NiftiHeader): Uint8Array {
  const layout = layoutOf(header.version)
  const bytes = new Uint8Array(layout.bytes)
  const view = viewOf(bytes)
  view.setInt32(0, layout.bytes, true)
  for (const name of numberNames) {
    const [offset, kind, count] = layout.numbers[name] ?? [0, 'uint8', 0]
    const values = header.numbers[name]
    for (let i = 0; i < count; ++i) write(view, offset + i * widths[kind], kind, values[i] ?? 0, name)
  }
  for (const name of textNames) {
    const [offset, length] = layout.texts[name] ?? [0, 0]
    bytes.set(header.texts[name].subarray(0, length), offset)
  }
  return bytes
}

/** A header whose fields are all zero or empty, to be filled. */
export function emptyHeader(version: 1 | 2): NiftiHeader {
  return parseHeader('', new Uint8Array(headerBytes(version)), version, false)
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

function read(view: DataView, offset: number, kind: Kind, little: boolean): number {
  switch (kind) {
    case 'uint8':
      return view.getUint8(offset)
    case 'int16':
      return view.getInt16(offset, little)
    case 'int32':
      return view.getInt32(offset, little)
    case 'int64':
      return Math.min(Number(view.getBigInt64(offset, little)), greatestInt64)
    case 'float32':
      return view.getFloat32(offset, little)
    case 'float64':
      return view.getFloat64(offset, little)
  }
}

function write(view: DataView, offset: number, kind: Kind, value: number, name: string): void {
  if (!fits(kind, value))
    throw invalidArgument(`header field ${name}`, `a number that ${kind} can hold`, value)
  switch (kind) {
    case 'uint8':
      view.setUint8(offset, value)
      break
    case 'int16':
      view.setInt16(offset, value, true)
      break
    case 'int32':
      view.setInt32(offset, value, true)
      break
    case 'int64':
      view.setBigInt64(offset, BigInt(value), true)
      break
    case 'float32':
      view.setFloat32(offset, value, true)
      break
    case 'float64':
      view.setFloat64(offset, value, true)
      break
  }
}

/** The last float64 below 2^63. */
const greatestInt64 = 2 ** 63 - 1024

function fits(kind: Kind, value: number): boolean {
  if (kind === 'float64') return true
  if (kind === 'float32') return !Number.isFinite(value) || Number.isFinite(Math.fround(value))
  if (kind === 'int64') return Number.isInteger(value) && value >= -(2 ** 63) && value <= greatestInt64
  if (kind === 'uint8') return Number.isInteger(value) && value >= 0 && value <= 255
  const half = 2 ** (widths[kind] * 8 - 1)
  return Number.isInteger(value) && value >= -half && value < half
}
