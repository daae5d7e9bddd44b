import type { Border } from './border.ts'

/** The index in [0, n) that stands for position i, at any distance; -1 outside for 'constant', which takes no voxel. */
export function borderIndex(i: number, n: number, border: Border): number {
  if (i >= 0 && i < n) return i
  if (border === 'edge') return i < 0 ? 0 : n - 1
  if (border === 'constant') return -1
  if (border === 'wrap') return modulo(i, n)
  if (border === 'reflect' && n === 1) return 0
  const period = border === 'symmetric' ? 2 * n : 2 * n - 2
  const at = modulo(i, period)
  return at < n ? at : border === 'symmetric' ? period - 1 - at : period - at
}

function modulo(i: number, n: number): number {
  return ((i % n) + n) % n
}

/** The first and last index that stand for the positions of an interval: null where no voxel does. */
export function borderHull(
  start: number,
  length: number,
  n: number,
  border: Border,
): { readonly first: number; readonly last: number } | null {
  const end = start + length
  let first = Math.max(start, 0)
  let last = Math.min(end, n) - 1
  if (first > last) [first, last] = [n, -1]
  const takeFrom = (begin: number, count: number) => {
    // Beyond two lengths of the axis everything has come up.
    for (let k = 0; k < Math.min(count, 2 * n); k++) {
      const index = borderIndex(begin + k, n, border)
      if (index < 0) continue
      first = Math.min(first, index)
      last = Math.max(last, index)
    }
  }
  takeFrom(start, Math.min(end, 0) - start)
  const behind = Math.max(start, n)
  takeFrom(behind, end - behind)
  return last < 0 ? null : { first, last }
}
