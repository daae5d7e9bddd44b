/**
 * An integer map between the voxels of two volumes over the same grid.
 *
 * Axis k here is axis `axes[k]` there: `there[axes[k]] = starts[k] + signs[k] · here[k]`. Views, flips and
 * permutations are such maps, and so is a volume's relation to the file it came from; kept as integers, they
 * compose and invert without rounding.
 */
export interface IndexMap {
  readonly axes: readonly number[]
  readonly signs: readonly number[]
  readonly starts: readonly number[]
}

/** The map that changes nothing. */
export function identityMap(rank: number): IndexMap {
  return translation(new Array<number>(rank).fill(0))
}

/** The map of a view that starts at `start`. */
export function translation(start: readonly number[]): IndexMap {
  return { axes: start.map((_, axis) => axis), signs: start.map(() => 1), starts: start }
}

/** First `inner` (here → middle), then `outer` (middle → there). */
export function composeMaps(outer: IndexMap, inner: IndexMap): IndexMap {
  const rank = inner.axes.length
  const axes = new Array<number>(rank)
  const signs = new Array<number>(rank)
  const starts = new Array<number>(rank)
  for (let k = 0; k < rank; k++) {
    const middle = inner.axes[k] as number
    const sign = outer.signs[middle] as number
    axes[k] = outer.axes[middle] as number
    signs[k] = sign * (inner.signs[k] as number)
    starts[k] = (outer.starts[middle] as number) + sign * (inner.starts[k] as number)
  }
  return { axes, signs, starts }
}

/** The map back. */
export function inverseMap(map: IndexMap): IndexMap {
  const rank = map.axes.length
  const axes = new Array<number>(rank)
  const signs = new Array<number>(rank)
  const starts = new Array<number>(rank)
  for (let k = 0; k < rank; k++) {
    const there = map.axes[k] as number
    const start = map.starts[k] as number
    axes[there] = k
    signs[there] = map.signs[k] as number
    starts[there] = (map.signs[k] as number) > 0 ? 0 - start : start
  }
  return { axes, signs, starts }
}

export function isIdentity(map: IndexMap): boolean {
  return map.axes.every((axis, k) => axis === k && map.signs[k] === 1 && map.starts[k] === 0)
}

/** Where an index here lies there. */
export function mapIndex(map: IndexMap, index: readonly number[]): readonly number[] {
  const there = new Array<number>(index.length)
  for (let k = 0; k < index.length; k++) {
    there[map.axes[k] as number] = (map.starts[k] as number) + (map.signs[k] as number) * (index[k] as number)
  }
  return there
}

/** The map as a square integer matrix of rank + 1 rows. */
export function matrixOf(map: IndexMap): number[][] {
  const rank = map.axes.length
  const rows = Array.from({ length: rank + 1 }, () => new Array<number>(rank + 1).fill(0))
  map.axes.forEach((there, k) => {
    const row = rows[there] as number[]
    row[k] = map.signs[k] as number
    row[rank] = map.starts[k] as number
  })
  const last = rows[rank] as number[]
  last[rank] = 1
  return rows
}

/** Lengths per axis here of a box whose lengths there are given. */
export function mapLengths(map: IndexMap, there: readonly number[]): readonly number[] {
  return map.axes.map((axis) => there[axis] as number)
}
