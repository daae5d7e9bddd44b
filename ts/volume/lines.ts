import { checkInteger, checkOptions } from '../core/check.ts'
import type { DType, TypedArray } from '../core/dtype.ts'
import { advance, type LinePlan, planAlong, planByAddress, startOf } from './line-plan.ts'
import { allocationOf, type VolumeParts } from './parts.ts'

/** How lines are walked. */
export interface LineOptions {
  /** Walk along this axis in index order, instead of along the smallest stride in address order. */
  readonly axis?: number
}

/**
 * A line of values: value i is `data[first + i * stride]`, and also `array[offset + i * stride]`.
 *
 * `data` covers the line alone; `array` covers the whole allocation and is the same for every line, which
 * saves a typed array per line.
 */
export class Line<D extends DType = DType> {
  /** The array over the memory that the line lies in. */
  readonly array: TypedArray<D>
  /** Voxels of the line. */
  readonly length: number
  /**
   * Elements from one value to the next; 1 means that `data` is the line; negative only where `axis` was
   * asked for.
   */
  readonly stride: number
  /** Position of the first value in `data`: 0 unless the stride is negative. */
  readonly first: number
  readonly #plan: LinePlan
  #counts: readonly number[]
  #offset: number
  #data: TypedArray<D> | null = null

  /** @internal */
  constructor(plan: LinePlan, array: TypedArray<D>, offset: number, counts: readonly number[]) {
    this.array = array
    this.length = plan.length
    this.stride = plan.stride
    this.first = plan.stride < 0 ? -plan.stride * (plan.length - 1) : 0
    this.#plan = plan
    this.#counts = counts
    this.#offset = offset
  }

  /** Position of the first value in `array`. */
  get offset(): number {
    return this.#offset
  }

  /** The line's stretch of the volume's memory. */
  get data(): TypedArray<D> {
    if (this.#data !== null) return this.#data
    const low = this.#offset - this.first
    const span = Math.abs(this.stride) * (this.length - 1) + 1
    this.#data = this.array.subarray(low, low + span) as TypedArray<D>
    return this.#data
  }

  /** Index of the first voxel. */
  get start(): readonly number[] {
    return startOf(this.#plan, this.#counts)
  }

  /** Component of the first value. */
  get component(): number {
    return this.#plan.outer[0]?.axis === -1 ? (this.#counts[0] as number) : 0
  }

  /** @internal */
  static move(line: Line, offset: number): void {
    line.#offset = offset
    line.#data = null
  }
}

function plan(parts: VolumeParts, options: LineOptions): LinePlan {
  checkOptions('options', options, ['axis'])
  if (options.axis === undefined) return planByAddress(parts)
  return planAlong(parts, checkInteger('axis', options.axis, 0, parts.shape.length - 1))
}

/** The lines of a volume, each its own object. */
export function linesOf<D extends DType>(
  parts: VolumeParts<D>,
  options: LineOptions,
): IterableIterator<Line<D>> {
  const array = allocationOf(parts, 'lines').handedOut(parts.dtype)
  return walk(plan(parts, options), array)
}

function* walk<D extends DType>(order: LinePlan, array: TypedArray<D>): IterableIterator<Line<D>> {
  const counts = order.outer.map(() => 0)
  for (let at = order.first; !Number.isNaN(at); at = advance(order, counts, at))
    yield new Line(order, array, at, counts.slice())
}

/** Calls `visit` for every line with one object that is moved along: it holds during the call only. */
export function forEachLine<D extends DType>(
  parts: VolumeParts<D>,
  visit: (line: Line<D>) => void,
  options: LineOptions,
): void {
  const allocation = allocationOf(parts, 'forEachLine')
  const array = allocation.handedOut(parts.dtype)
  const order = plan(parts, options)
  const counts = order.outer.map(() => 0)
  const line = new Line(order, array, order.first, counts)
  visit(line)
  for (let at = advance(order, counts, order.first); !Number.isNaN(at); at = advance(order, counts, at)) {
    Line.move(line, at)
    visit(line)
  }
  allocation.checkIntact()
}
