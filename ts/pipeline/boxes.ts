import { sizeOf } from '../core/shape.ts'
import { intersect, type Region } from '../volume/region.ts'

/** What is left of boxes without others: disjoint boxes. */
export function withoutAll(parts: readonly Region[], holes: readonly Region[]): readonly Region[] {
  return holes.reduce((rest, hole) => rest.flatMap((part) => without(part, hole)), parts)
}

// What is left of a box without another one: at most two boxes per axis.
function without(part: Region, hole: Region): readonly Region[] {
  const shared = intersect(part, hole)
  if (shared === null) return [part]
  const rest: Region[] = []
  let { start, shape } = part
  part.start.forEach((_, axis) => {
    const [from, length] = [start[axis] as number, shape[axis] as number]
    const [first, count] = [shared.start[axis] as number, shared.shape[axis] as number]
    const cut = (begin: number, n: number): Region => ({
      start: start.with(axis, begin),
      shape: shape.with(axis, n),
    })
    if (first > from) rest.push(cut(from, first - from))
    if (first + count < from + length) rest.push(cut(first + count, from + length - first - count))
    ;({ start, shape } = cut(first, count))
  })
  return rest
}

/** The least box around two. */
export function hull(a: Region, b: Region): Region {
  const start = a.start.map((first, axis) => Math.min(first, b.start[axis] as number))
  const shape = start.map((first, axis) => {
    const end = ({ start: s, shape: n }: Region) => (s[axis] as number) + (n[axis] as number)
    return Math.max(end(a), end(b)) - first
  })
  return { start, shape }
}

/** The box of two disjoint ones that lie side by side; undefined when they do not. */
export function joinedWith(a: Region, b: Region): Region | undefined {
  const box = hull(a, b)
  return sizeOf(box.shape) === sizeOf(a.shape) + sizeOf(b.shape) ? box : undefined
}
