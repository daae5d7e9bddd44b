import { invalidArgument } from '../core/errors.ts'
import {
  type Affine,
  affineOf,
  apply,
  columnOf,
  lengthOf,
  positiveZero,
  solve,
  type Vector,
} from './affine.ts'
import { composeMaps, type IndexMap, identityMap, isIdentity } from './index-map.ts'
import { type Direction, formatOrientation, spatialAxes } from './orientation.ts'

/** Where a grid lies: the affine's columns are the spatial axes as they appear in `directions`. */
export interface Grid {
  readonly affine: Affine
  /** One per axis: millimetres, or the unit of an extra axis. */
  readonly spacing: readonly number[]
  readonly directions: readonly Direction[]
}

/**
 * A volume's place in the world: the grid it was made on, and the integer map from its voxels to that grid's.
 *
 * Everything derives from the two without rounding more than once, so flips there and back restore every bit.
 */
export class Geometry {
  /** The axes as they were before any flip, permutation or crop. */
  readonly grid: Grid
  /** Own voxel → voxel of `grid`. */
  readonly map: IndexMap
  #affine: Affine | undefined

  constructor(grid: Grid, map: IndexMap = identityMap(grid.directions.length)) {
    this.grid = grid
    this.map = map
  }

  /** The geometry of a volume whose voxels `step` maps to this one's. */
  moved(step: IndexMap): Geometry {
    return new Geometry(this.grid, composeMaps(this.map, step))
  }

  /** Number of axes. */
  get rank(): number {
    return this.map.axes.length
  }

  /** Voxel → RAS millimetres, 4×4 rows; the columns are the spatial axes as they appear. */
  get affine(): Affine {
    this.#affine ??= moveAffine(this.grid.affine, this.grid.directions, this.map)
    return this.#affine
  }

  /** Distance between neighbours per axis: millimetres, or the unit of an extra axis. */
  get spacing(): readonly number[] {
    return this.map.axes.map((axis) => this.grid.spacing[axis] as number)
  }

  /** Position of voxel 0 in RAS millimetres. */
  get origin(): Vector {
    return columnOf(this.affine, 3)
  }

  /** The affine's columns at length 1, as 3 rows. */
  get direction(): readonly (readonly number[])[] {
    const lengths = [0, 1, 2].map((k) => lengthOf(columnOf(this.affine, k)))
    return this.affine
      .slice(0, 3)
      .map((row) => row.slice(0, 3).map((value, k) => value / (lengths[k] as number)))
  }

  /** Per axis, where it points to as its index grows. */
  get directions(): readonly Direction[] {
    const { axes, signs } = this.map
    return axes.map((axis, k) => (this.grid.directions[axis] as number) * (signs[k] as number))
  }

  /** Letters for where the axes point to. */
  get orientation(): string {
    return formatOrientation(this.directions)
  }

  /**
   * Position in RAS millimetres of an index, given for all axes or for the spatial ones alone; fractions are
   * welcome.
   */
  indexToWorld(index: readonly number[]): Vector {
    const axes = spatialAxes(this.directions)
    if (!Array.isArray(index) || (index.length !== this.rank && index.length !== axes.length))
      throw invalidArgument('index', `a list of ${this.rank} numbers`, index)
    const spatial = index.length === this.rank ? axes.map((axis) => index[axis] as number) : index
    return apply(this.affine, [spatial[0] ?? 0, spatial[1] ?? 0, spatial[2] ?? 0])
  }

  /** Index along the spatial axes, fractions included, of a position in RAS millimetres. */
  worldToIndex(position: readonly number[]): readonly number[] {
    if (!Array.isArray(position) || position.length !== 3)
      throw invalidArgument('position', 'a list of 3 numbers', position)
    return solve(this.affine, position as unknown as Vector).slice(0, Math.min(3, this.rank))
  }
}

/**
 * affine · map, where `map` leads from new voxels to those of `affine`, whose axes point to `directions`.
 *
 * Columns beyond the spatial axes (ranks 1 and 2) stay.
 */
export function moveAffine(affine: Affine, directions: readonly Direction[], map: IndexMap): Affine {
  if (isIdentity(map)) return affine
  const old = spatialAxes(directions)
  const columns = [columnOf(affine, 0), columnOf(affine, 1), columnOf(affine, 2)]
  const moved = columns.slice()
  const [x, y, z] = columnOf(affine, 3)
  const origin: [number, number, number] = [x, y, z]
  let next = 0
  map.axes.forEach((axis, k) => {
    const from = old.indexOf(axis)
    if (from < 0) return
    const column = columns[from] as Vector
    const start = map.starts[k] as number
    moved[next++] = (map.signs[k] as number) > 0 ? column : [0 - column[0], 0 - column[1], 0 - column[2]]
    for (let i = 0; i < 3; i++) origin[i] = (origin[i] as number) + start * (column[i] as number)
  })
  return affineOf(moved, origin.map(positiveZero) as unknown as Vector)
}
