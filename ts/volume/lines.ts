import { checkInteger, checkOptions } from '../core/check.ts'
import { bytesOf, type DType, type TypedArray } from '../core/dtype.ts'
import { type Allocation, arrayLimit, type Stretch, stretchLimit } from './allocation.ts'
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
 * saves a typed array per line. Of an allocation larger than an array can be it covers a part, the same for many lines.
 */
export class Line<D extends DType = DType> {
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
  #array: TypedArray<D>
  #offset: number
  #data: TypedArray<D> | null = null

  /** @internal */
  constructor(plan: LinePlan, { array, begin }: Stretch<D>, element: number, counts: readonly number[]) {
    this.length = plan.length
    this.stride = plan.stride
    this.first = plan.stride < 0 ? -plan.stride * (plan.length - 1) : 0
    this.#plan = plan
    this.#counts = counts
    this.#array = array
    this.#offset = element - begin
  }

  /** The array over the memory that the line lies in. */
  get array(): TypedArray<D> {
    return this.#array
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
    this.#data = this.#array.subarray(low, low + span) as TypedArray<D>
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
  static move<D extends DType>(line: Line<D>, { array, begin }: Stretch<D>, element: number): void {
    line.#array = array
    line.#offset = element - begin
    line.#data = null
  }
}

function plan(parts: VolumeParts, options: LineOptions): LinePlan {
  checkOptions('options', options, ['axis'])
  if (options.axis !== undefined)
    return planAlong(parts, checkInteger('axis', options.axis, 0, parts.shape.length - 1))
  const isLarge = (parts.allocation?.bytes ?? 0) > arrayLimit
  return isLarge ? planByAddress(parts, stretchLimit / bytesOf(parts.dtype)) : planByAddress(parts)
}

/** The arrays that lines lie in, one after another. */
class LineArrays<D extends DType> {
  readonly #allocation: Allocation
  readonly #dtype: D
  readonly #before: number
  readonly #span: number
  #current: Stretch<D>

  constructor(parts: VolumeParts<D>, { length, stride, first }: LinePlan, what: string) {
    this.#allocation = allocationOf(parts, what)
    this.#dtype = parts.dtype
    this.#before = stride < 0 ? -stride * (length - 1) : 0
    this.#span = Math.abs(stride) * (length - 1) + 1
    this.#current = this.#take(first - this.#before)
  }

  #take(low: number): Stretch<D> {
    return this.#allocation.handedOut(this.#dtype, low, this.#span)
  }

  /** The one for the line that starts at an element of the allocation. */
  at(element: number): Stretch<D> {
    const { array, begin } = this.#current
    const low = element - this.#before
    if (low < begin || low + this.#span > begin + array.length) this.#current = this.#take(low)
    return this.#current
  }

  /** Throws `Io` when what was read or written is no longer the mapped file's. */
  end(): void {
    this.#allocation.checkIntact()
  }
}

/** The lines of a volume, each its own object. */
export function linesOf<D extends DType>(
  parts: VolumeParts<D>,
  options: LineOptions,
): IterableIterator<Line<D>> {
  const order = plan(parts, options)
  return walk(order, new LineArrays(parts, order, 'lines'))
}

function* walk<D extends DType>(order: LinePlan, arrays: LineArrays<D>): IterableIterator<Line<D>> {
  const counts = order.outer.map(() => 0)
  for (let at = order.first; !Number.isNaN(at); at = advance(order, counts, at))
    yield new Line(order, arrays.at(at), at, counts.slice())
  arrays.end()
}

/** Calls `visit` for every line with one object that is moved along: it holds during the call only. */
export function forEachLine<D extends DType>(
  parts: VolumeParts<D>,
  visit: (line: Line<D>) => void,
  options: LineOptions,
): void {
  const order = plan(parts, options)
  const arrays = new LineArrays(parts, order, 'forEachLine')
  const counts = order.outer.map(() => 0)
  const line = new Line(order, arrays.at(order.first), order.first, counts)
  visit(line)
  for (let at = advance(order, counts, order.first); !Number.isNaN(at); at = advance(order, counts, at)) {
    Line.move(line, arrays.at(at), at)
    visit(line)
  }
  arrays.end()
}
