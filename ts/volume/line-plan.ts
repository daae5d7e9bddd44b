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
  /** Elements between a line's first value and its lowest: 0 unless the stride is negative. */
  readonly back: number
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
  return { length, back: 0, stride, first, outer: axes.slice(merged), reversedInLine, shape }
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
  const [length, stride] = [shape[axis] as number, strides[axis] as number]
  return {
    length,
    back: stride < 0 ? -stride * (length - 1) : 0,
    stride,
    first: parts.offset,
    outer: others,
    reversedInLine: [],
    shape,
  }
}

/** Voxel index and component of the first value of a line, given how many lines come before it. */
export function startOf(plan: LinePlan, number: number): { start: number[]; component: number } {
  const start = new Array<number>(plan.shape.length).fill(0)
  for (const axis of plan.reversedInLine) start[axis] = (plan.shape[axis] as number) - 1
  let [left, component] = [number, 0]
  for (const { axis, length, reversed } of plan.outer) {
    const count = left % length
    left = Math.floor(left / length)
    if (axis < 0) component = count
    else start[axis] = reversed ? length - 1 - count : count
  }
  return { start, component }
}

/** Where the walk is: the element its line starts at, and how many lines came before it. */
export class LineSteps {
  element: number
  number = 0
  readonly #plan: LinePlan
  readonly #counts: number[]
  // Of the fastest outer axis.
  readonly #length: number
  readonly #stride: number
  #count = 0

  constructor(plan: LinePlan) {
    this.element = plan.first
    this.#plan = plan
    this.#counts = plan.outer.map(() => 0)
    this.#length = plan.outer[0]?.length ?? 1
    this.#stride = plan.outer[0]?.stride ?? 0
  }

  /** Goes to the next line; whether there is one. */
  advance(): boolean {
    this.number++
    this.#count++
    if (this.#count < this.#length) {
      this.element += this.#stride
      return true
    }
    this.#count = 0
    this.element -= this.#stride * (this.#length - 1)
    return this.#carry()
  }

  #carry(): boolean {
    const counts = this.#counts
    for (let k = 1; k < counts.length; k++) {
      const { length, stride } = this.#plan.outer[k] as WalkAxis
      const count = (counts[k] as number) + 1
      counts[k] = count < length ? count : 0
      if (count < length) {
        this.element += stride
        return true
      }
      this.element -= stride * (length - 1)
    }
    return false
  }
}
