import { type Affine, inverse, multiply } from '../geometry/affine.ts'
import type { Region } from '../volume/region.ts'

/** Where output voxels lie in the input: up to three axes of both volumes, and 3 rows of 4 that lead from indices along them to such. */
export interface ResampleMap {
  readonly axes: readonly number[]
  readonly rows: readonly (readonly number[])[]
}

/** Numbers from first to last, both included. */
export interface Span {
  readonly first: number
  readonly last: number
}

/** The map of one grid's indices to another's, through a transform of positions in between. */
export function mapBetween(
  axes: readonly number[],
  to: Affine,
  from: Affine,
  transform?: Affine,
): ResampleMap {
  const moved = transform ? multiply(transform, to) : to
  const rows = multiply(inverse(from), moved).slice(0, 3)
  return { axes, rows: rows.map((row) => row.map((value, k) => nearWhole(value, k < 3 ? 1e-12 : 1e-9))) }
}

// What is a whole number but for the roundings of the affines is taken for one, so that grids that meet do so exactly.
function nearWhole(value: number, within: number): number {
  const whole = Math.round(value) + 0
  return Math.abs(value - whole) <= within ? whole : value
}

/** The map of axes that are scaled and shifted. */
export function mapAlong(
  axes: readonly number[],
  starts: readonly number[],
  steps: readonly number[],
): ResampleMap {
  const rows = [0, 1, 2].map((k) => {
    const axis = axes[k]
    const row = [0, 0, 0, 0]
    if (axis !== undefined) [row[k], row[3]] = [steps[axis] as number, starts[axis] as number]
    return row
  })
  return { axes, rows }
}

/**
 * Least and greatest coordinate along each axis of the map over a region: at its corners, computed as the kernels compute them, whose
 * roundings keep the order.
 */
export function coordinatesOver({ axes, rows }: ResampleMap, { start, shape }: Region): readonly Span[] {
  const ends = [0, 1, 2].map((k) => {
    const axis = axes[k]
    if (axis === undefined) return [0]
    const first = start[axis] as number
    return [first, first + (shape[axis] as number) - 1]
  })
  const [is, js, ks] = ends as [number[], number[], number[]]
  return rows.map((row) => {
    const [x, y, z, offset] = row as [number, number, number, number]
    let [first, last] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
    for (const k of ks)
      for (const j of js) {
        const beside = offset + y * j + z * k
        for (const i of is) {
          const value = x * i + beside
          first = Math.min(first, value)
          last = Math.max(last, value)
        }
      }
    return { first, last }
  })
}

// The part of the coordinates inside a volume, by axis; null when there is none.
function insideOf(
  spans: readonly Span[],
  { axes }: ResampleMap,
  shape: readonly number[],
): readonly Span[] | null {
  const clipped: Span[] = []
  for (const [k, { first, last }] of spans.entries()) {
    const axis = axes[k]
    const end = (axis === undefined ? 1 : (shape[axis] as number)) - 0.5
    if (last < -0.5 || first >= end) return null
    clipped.push({ first: Math.max(first, -0.5), last: Math.min(last, end) })
  }
  return clipped
}

/** Coordinates widened to whole voxels of an axis. */
export function around({ first, last }: Span, n: number): Span {
  return { first: Math.max(0, Math.floor(first)), last: Math.min(n - 1, Math.ceil(last)) }
}

/**
 * The box of a volume that coordinates lie in, `spanOf` those inside along each axis of the map and a region of the output along the
 * others; null when all lie outside.
 */
export function boxAround(
  spans: readonly Span[],
  map: ResampleMap,
  { shape: extent }: { readonly shape: readonly number[] },
  region: Region,
  spanOf: (inside: Span, n: number) => Span = around,
): Region | null {
  const inside = insideOf(spans, map, extent)
  if (inside === null) return null
  const start = [...region.start]
  const shape = [...region.shape]
  map.axes.forEach((axis, k) => {
    const { first, last } = spanOf(inside[k] as Span, extent[axis] as number)
    start[axis] = first
    shape[axis] = last - first + 1
  })
  return { start, shape }
}
