/** The text of a field, up to its first zero byte: UTF-8 where it is, else Latin-1. */
export function textOf(bytes: Uint8Array): string {
  const end = bytes.indexOf(0)
  const used = end < 0 ? bytes : bytes.subarray(0, end)
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(used)
  } catch {
    return Buffer.from(used.buffer, used.byteOffset, used.byteLength).toString('latin1')
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
