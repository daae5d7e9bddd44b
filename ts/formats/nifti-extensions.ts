import { formatError, invalidArgument } from '../core/errors.ts'
import type { FileHead, HeadRequest } from '../volume/format.ts'
import type { HeaderExtension } from '../volume/header.ts'
import { headerBytes, type NiftiHeader } from './nifti-header.ts'

/** Extensions beyond this are refused: nothing in the field comes near, and they are read in one piece. */
const mostBytes = 32 * 2 ** 20

/** Reads the extensions between the header and `end` (nifti1.h, "HEADER EXTENSIONS"), keeping their bytes as stored. */
export function* readExtensions(
  file: FileHead,
  header: NiftiHeader,
  end: number,
): Generator<HeadRequest, { readonly extensions: HeaderExtension[]; readonly warnings: string[] }, FileHead> {
  const start = headerBytes(header.version) + 4
  if (end < start || file.bytes.length < start || file.bytes[start - 4] === 0)
    return { extensions: [], warnings: [] }
  const wanted = Math.min(end, start + mostBytes)
  const { bytes } = file.bytes.length >= wanted ? file : yield { path: file.path, end: wanted }
  const limit = Math.min(bytes.length, wanted)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const extensions: HeaderExtension[] = []
  const warnings: string[] = []
  for (let at = start; at + 8 <= limit; ) {
    const size = view.getInt32(at, !header.bigEndian)
    const code = view.getInt32(at + 4, !header.bigEndian)
    if (size === 0 && code === 0) break
    if (size < 8 || at + size > limit) {
      if (end > wanted) throw formatError(file.path, 'extensions', `more than ${mostBytes} bytes`, at)
      warnings.push(
        `esize at byte ${at}: ${size} bytes do not fit before byte ${end}, this and later extensions left out`,
      )
      break
    }
    if (size % 16 !== 0) warnings.push(`esize at byte ${at}: ${size} is not a multiple of 16`)
    extensions.push({ code, bytes: bytes.slice(at + 8, at + size) })
    at += size
  }
  return { extensions, warnings }
}

/** The four bytes after the header and the extensions, each padded to a multiple of 16 bytes. */
export function encodeExtensions(extensions: readonly HeaderExtension[]): Uint8Array {
  const sizes = extensions.map(({ bytes }) => Math.ceil((bytes.length + 8) / 16) * 16)
  const total = sizes.reduce((sum, size) => sum + size, 4)
  if (total > mostBytes) throw invalidArgument('header.extensions', `at most ${mostBytes} bytes`, total)
  const encoded = new Uint8Array(total)
  const view = new DataView(encoded.buffer)
  encoded[0] = extensions.length > 0 ? 1 : 0
  let at = 4
  extensions.forEach(({ code, bytes }, index) => {
    const size = sizes[index] ?? 0
    view.setInt32(at, size, true)
    view.setInt32(at + 4, code, true)
    encoded.set(bytes, at + 8)
    at += size
  })
  return encoded
}
