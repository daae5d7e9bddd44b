const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** The text of a field, up to its first zero byte. */
export function textOf(bytes: Uint8Array): string {
  const end = bytes.indexOf(0)
  return decoded(end < 0 ? bytes : bytes.subarray(0, end))
}

/** All text of a field, as nibabel gives it: only zero bytes at its end are left out. */
export function wholeTextOf(bytes: Uint8Array): string {
  return decoded(bytes.subarray(0, bytes.findLastIndex((byte) => byte !== 0) + 1))
}

/** UTF-8 where it is, else Latin-1. */
function decoded(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes)
  } catch {
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
  }
}

/** A text as field bytes with a zero at its end; cut between characters where it is too long. */
export function bytesOfText(
  text: string,
  length: number,
): { readonly bytes: Uint8Array; readonly cut: boolean } {
  const bytes = new Uint8Array(length)
  const { read: taken } = new TextEncoder().encodeInto(text, bytes.subarray(0, length - 1))
  return { bytes, cut: taken < text.length }
}
