import { axesByStride } from '../core/shape.ts'
import type { VolumeParts } from './parts.ts'

/**
 * An axis of the walk: `axis` is the index axis, or -1 for the components. Reversed ones start at their last
 * voxel.
 */
interface WalkAxis {
  readonly axis: number
  readonly length: number
  readonly stride: number
  readonly reversed: boolean
}

/** The order in which lines are walked. */
export interface LinePlan {
  readonly length: number
  /** Elements from one value of a line to the next. */
  readonly stride: number
  /** Element of the allocation where the first line starts. */
  readonly first: number
  /** The other axes, fastest first. */
  readonly outer: readonly WalkAxis[]
  /** Axes merged into the line that start at their last voxel. */
  readonly reversedInLine: readonly number[]
  readonly shape: readonly number[]
}

type Walked = Pick<VolumeParts, 'shape' | 'strides' | 'offset' | 'components'>

/**
 * Lines in address order: smallest stride first, merged with every axis that continues it up to `longest` elements;
 * negative axes start at their far end.
 */
export function planByAddress(parts: Walked, longest = Number.POSITIVE_INFINITY): LinePlan {
  const { shape, strides, components } = parts
  const axes = axesByStride(shape, strides).map((axis): WalkAxis => {
    const stride = strides[axis] as number
    return { axis, length: shape[axis] as number, stride: Math.abs(stride), reversed: stride < 0 }
  })
  if (components > 1) axes.unshift({ axis: -1, length: components, stride: 1, reversed: false })
  let first = parts.offset
  for (const { reversed, stride, length } of axes) if (reversed) first -= stride * (length - 1)
  const { stride } = axes[0] ?? { stride: 1 }
  let length = 1
  let merged = 0
  for (const next of axes) {
    if (next.stride !== stride * length) break
    if (merged > 0 && next.stride * next.length > longest) break
    length *= next.length
    merged++
  }
  const inLine = axes.slice(0, merged)
  const reversedInLine = inLine.flatMap(({ axis, reversed }) => (reversed ? [axis] : []))
  return { length, stride, first, outer: axes.slice(merged), reversedInLine, shape }
}

/** Lines along one axis in index order, axis 0 fastest, one component after another. */
export function planAlong(parts: Walked, axis: number): LinePlan {
  const { shape, strides, components } = parts
  const others = shape.flatMap((length, other): WalkAxis[] =>
    other === axis || length === 1
      ? []
      : [{ axis: other, length, stride: strides[other] as number, reversed: false }],
  )
  if (components > 1) others.unshift({ axis: -1, length: components, stride: 1, reversed: false })
  return {
    length: shape[axis] as number,
    stride: strides[axis] as number,
    first: parts.offset,
    outer: others,
    reversedInLine: [],
    shape,
  }
}

/** Voxel index of a line's first value, given how far each outer axis has come. */
export function startOf(plan: LinePlan, counts: readonly number[]): number[] {
  const start = new Array<number>(plan.shape.length).fill(0)
  for (const axis of plan.reversedInLine) start[axis] = (plan.shape[axis] as number) - 1
  plan.outer.forEach(({ axis, length, reversed }, k) => {
    const count = counts[k] as number
    if (axis >= 0) start[axis] = reversed ? length - 1 - count : count
  })
  return start
}

/** Steps to the next line: changes `counts`, returns the line's element, or NaN after the last. */
export function advance(plan: LinePlan, counts: number[], at: number): number {
  let element = at
  for (let k = 0; k < counts.length; k++) {
    const axis = plan.outer[k] as WalkAxis
    const count = (counts[k] as number) + 1
    element += axis.stride
    if (count < axis.length) {
      counts[k] = count
      return element
    }
    counts[k] = 0
    element -= axis.stride * axis.length
  }
  return Number.NaN
}
