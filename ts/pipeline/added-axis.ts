import { invalidArgument } from '../core/errors.ts'
import { maxRank } from '../core/shape.ts'
import { type Affine, affineOf, columnOf, lengthOf, type Vector } from '../geometry/affine.ts'
import { Geometry } from '../geometry/geometry.ts'
import type { Direction } from '../geometry/orientation.ts'
import type { Header } from '../volume/header.ts'
import { noTiming } from '../volume/own-header.ts'
import { withForms } from '../volume/regrid-header.ts'
import type { Info } from './info.ts'

/** An axis behind those a volume has. */
export interface AddedAxis {
  readonly length: number
  /** Millimetres, or the unit of an axis beyond the spatial ones. */
  readonly spacing: number
  /** Where voxel 0 lies along it. */
  readonly origin: number
}

/**
 * What is known of a volume with one more axis, its last; `step` names the filter in errors.
 *
 * Below rank 3 the axis is a spatial one and points where the affine's next column does. The fourth is time, and the header says when it
 * begins.
 */
export function withAddedAxis(input: Info, added: AddedAxis, step: string): Info {
  const { geometry, shape, header } = input
  const rank = shape.length
  if (rank === maxRank)
    throw invalidArgument(`${step} input`, `a volume of at most ${maxRank - 1} axes`, rank)
  const change = rank < 3 ? (affine: Affine) => withColumn(affine, rank, added) : (affine: Affine) => affine
  const grid = {
    affine: change(geometry.affine),
    spacing: [...geometry.spacing, added.spacing],
    directions: [...geometry.directions, addedDirection(geometry)],
  }
  const timed = rank < 3 ? header : begunAt(header, added.origin, rank, step)
  return {
    ...input,
    shape: [...shape, added.length],
    geometry: new Geometry(grid),
    header: withForms(timed, change),
  }
}

function withColumn(affine: Affine, k: number, { spacing, origin }: AddedAxis): Affine {
  const columns = [columnOf(affine, 0), columnOf(affine, 1), columnOf(affine, 2)]
  const column = columns[k] as Vector
  const length = lengthOf(column)
  const along = (by: number): Vector => [
    (column[0] / length) * by,
    (column[1] / length) * by,
    (column[2] / length) * by,
  ]
  const [x, y, z] = columnOf(affine, 3)
  const [dx, dy, dz] = along(origin)
  return affineOf(columns.with(k, along(spacing)), [x + dx, y + dy, z + dz])
}

// In space the world axis nearest to the column among those that are left; beyond it the next letter.
function addedDirection({ affine, directions }: Geometry): Direction {
  const rank = directions.length
  if (rank >= 3) return rank + 1
  const column = columnOf(affine, rank)
  const left = [0, 1, 2].filter((axis) => !directions.some((d) => Math.abs(d) === axis + 1))
  const size = (axis: number) => Math.abs(column[axis] as number)
  const best = left.reduce((a, b) => (size(b) > size(a) ? b : a))
  return (column[best] as number) < 0 ? -(best + 1) : best + 1
}

function begunAt(header: Header, origin: number, axis: number, step: string): Header {
  if (origin === 0) return header
  if (axis > 3)
    throw invalidArgument(`${step}.origin`, `0 along axis ${axis}: a volume keeps none there`, origin)
  return { ...header, timing: { ...noTiming, ...header.timing, offset: origin } }
}
