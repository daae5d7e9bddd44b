import { type Affine, affineOf, columnOf } from '../geometry/affine.ts'
import { Geometry } from '../geometry/geometry.ts'
import { isSpatial, spatialAxes } from '../geometry/orientation.ts'
import type { Header } from '../volume/header.ts'
import { noSlices } from '../volume/own-header.ts'
import { withForms } from '../volume/regrid-header.ts'
import type { Info } from './info.ts'

/**
 * What is known of a volume without an axis of length 1. A spatial axis leaves its column of the affine as the last one; where there are
 * axes beyond the spatial ones, the first of them takes its direction and column, so that three axes remain spatial. The others move up.
 */
export function withoutAxis(input: Info, dropped: number): Info {
  const { geometry } = input
  const kept = <T>(list: readonly T[]) => list.filter((_, axis) => axis !== dropped)
  const heir = heirOf(input, dropped)
  const directions = renumbered(
    kept(
      geometry.directions.map((d, axis) => (axis === heir ? (geometry.directions[dropped] as number) : d)),
    ),
  )
  const spacing = kept(
    geometry.spacing.map((s, axis) => (axis === heir ? (geometry.spacing[dropped] as number) : s)),
  )
  const order = columnOrder(input, dropped, heir)
  const affine = reordered(geometry.affine, order)
  const header = movedHeader(input.header, dropped, order)
  return {
    ...input,
    shape: kept(input.shape),
    geometry: new Geometry({ affine, spacing, directions }),
    header,
  }
}

// The axis that becomes spatial in the place of the one dropped; -1: none does.
function heirOf({ geometry: { directions } }: Info, dropped: number): number {
  return isSpatial(directions[dropped] as number) ? directions.findIndex((d) => !isSpatial(d)) : -1
}

// Axes beyond the spatial ones are T U V W X without gaps.
function renumbered(directions: readonly number[]): readonly number[] {
  const extra = directions.filter((d) => !isSpatial(d)).map(Math.abs)
  extra.sort((a, b) => a - b)
  return directions.map((d) => (isSpatial(d) ? d : Math.sign(d) * (4 + extra.indexOf(Math.abs(d)))))
}

// Which of the affine's columns are its columns now.
function columnOrder({ geometry: { directions } }: Info, dropped: number, heir: number): readonly number[] {
  const spatial = spatialAxes(directions)
  const gone = spatial.indexOf(dropped)
  if (gone < 0) return [0, 1, 2]
  const axes = directions.flatMap((_, axis) =>
    axis === heir || (spatial.includes(axis) && axis !== dropped) ? [axis] : [],
  )
  const order = axes.map((axis) => (axis === heir ? gone : spatial.indexOf(axis)))
  return [...order, ...[0, 1, 2].filter((k) => !order.includes(k) && k !== gone), gone].slice(0, 3)
}

function reordered(affine: Affine, order: readonly number[]): Affine {
  const columns = order.map((k) => columnOf(affine, k))
  return affineOf(columns, columnOf(affine, 3))
}

function movedHeader(header: Header, dropped: number, order: readonly number[]): Header {
  const moved = withForms(header, (affine) => reordered(affine, order))
  if (header.timing === undefined) return moved
  const follow = (axis: number | null) =>
    axis === null || axis === dropped ? null : axis - (axis > dropped ? 1 : 0)
  const { frequencyAxis, phaseAxis, sliceAxis } = header.timing
  const timing = {
    ...header.timing,
    frequencyAxis: follow(frequencyAxis),
    phaseAxis: follow(phaseAxis),
    sliceAxis: follow(sliceAxis),
    ...(sliceAxis === dropped && noSlices),
  }
  return { ...moved, timing }
}
