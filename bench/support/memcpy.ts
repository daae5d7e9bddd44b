import { milliseconds } from './timing.ts'

const reused = new Map<number, { readonly from: Uint8Array; readonly to: Uint8Array }>()

function buffers(bytes: number) {
  let pair = reused.get(bytes)
  if (!pair) {
    pair = { from: new Uint8Array(bytes).fill(1), to: new Uint8Array(bytes).fill(2) }
    reused.clear()
    reused.set(bytes, pair)
  }
  return pair
}

/** Milliseconds of one copy (the C library's memmove, by `TypedArray.set`) that reads and writes `traffic` bytes together. */
export function memcpyInto(memory: 'reused' | 'fresh', traffic: number): Promise<number> {
  const { from, to } = buffers(Math.ceil(traffic / 2))
  if (memory === 'reused') return milliseconds(() => to.set(from))
  return milliseconds(() => new Uint8Array(from.length).set(from))
}
