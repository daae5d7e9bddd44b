import { checkInteger, checkOptions } from '../core/check.ts'
import { bytesOf, type DType, type TypedArray } from '../core/dtype.ts'
import { type Allocation, arrayLimit, stretchLimit } from './allocation.ts'
import { type LinePlan, LineSteps, planAlong, planByAddress, startOf } from './line-plan.ts'
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
  declare readonly length: number
  /**
   * Elements from one value to the next; 1 means that `data` is the line; negative only where `axis` was
   * asked for.
   */
  declare readonly stride: number
  /** The array over the memory that the line lies in. */
  declare readonly array: TypedArray<D>
  /** Position of the first value in `array`. */
  declare readonly offset: number
  // Declared, not defined, and no private names: one is made for every line, and those cost several times as much.
  /** @internal */
  declare private readonly plan: LinePlan
  /** @internal */
  declare private readonly number: number
  /** @internal */
  declare private stretch: TypedArray<D> | null

  /** @internal */
  constructor(plan: LinePlan, array: TypedArray<D>, offset: number, number: number) {
    this.length = plan.length
    this.stride = plan.stride
    this.array = array
    this.offset = offset
    this.plan = plan
    this.number = number
    this.stretch = null
  }

  /** Position of the first value in `data`: 0 unless the stride is negative. */
  get first(): number {
    return this.plan.back
  }

  /** The line's stretch of the volume's memory. */
  get data(): TypedArray<D> {
    if (this.stretch !== null) return this.stretch
    const low = this.offset - this.first
    const span = Math.abs(this.stride) * (this.length - 1) + 1
    this.stretch = this.array.subarray(low, low + span) as TypedArray<D>
    return this.stretch
  }

  /** Index of the first voxel. */
  get start(): readonly number[] {
    return startOf(this.plan, this.number).start
  }

  /** Component of the first value. */
  get component(): number {
    return startOf(this.plan, this.number).component
  }
}

function plan(parts: VolumeParts, options: LineOptions): LinePlan {
  checkOptions('options', options, ['axis'])
  if (options.axis !== undefined)
    return planAlong(parts, checkInteger('axis', options.axis, 0, parts.shape.length - 1))
  const isLarge = (parts.allocation?.bytes ?? 0) > arrayLimit
  return isLarge ? planByAddress(parts, stretchLimit / bytesOf(parts.dtype)) : planByAddress(parts)
}

/** Makes the lines of a volume, one after another. */
class LineWalk<D extends DType> implements IterableIterator<Line<D>> {
  readonly #allocation: Allocation
  readonly #dtype: D
  readonly #plan: LinePlan
  readonly #steps: LineSteps
  readonly #span: number
  // The array that lines lie in, its first element of the allocation, and the elements in it that a line may start at.
  #array: TypedArray<D>
  #begin = 0
  #lowest = 0
  #highest = -1
  #state: 'before' | 'within' | 'after' = 'before'

  constructor(parts: VolumeParts<D>, plan: LinePlan, what: string) {
    this.#allocation = allocationOf(parts, what)
    this.#dtype = parts.dtype
    this.#plan = plan
    this.#steps = new LineSteps(plan)
    this.#span = Math.abs(plan.stride) * (plan.length - 1) + 1
    this.#array = this.#arrayAt(plan.first)
  }

  [Symbol.iterator](): this {
    return this
  }

  next(): IteratorResult<Line<D>, undefined> {
    if (!this.#advance()) return { done: true, value: undefined }
    const { element, number } = this.#steps
    const array = this.#arrayAt(element)
    return { done: false, value: new Line(this.#plan, array, element - this.#begin, number) }
  }

  // Throws `Io` at the end when what was read or written is no longer the mapped file's.
  #advance(): boolean {
    if (this.#state === 'within' && this.#steps.advance()) return true
    if (this.#state === 'before') {
      this.#state = 'within'
      return true
    }
    if (this.#state === 'within') this.#allocation.checkIntact()
    this.#state = 'after'
    return false
  }

  #arrayAt(element: number): TypedArray<D> {
    if (element >= this.#lowest && element <= this.#highest) return this.#array
    const { back } = this.#plan
    const { array, begin } = this.#allocation.handedOut(this.#dtype, element - back, this.#span)
    this.#array = array
    this.#begin = begin
    this.#lowest = begin + back
    this.#highest = begin + array.length - this.#span + back
    return array
  }
}

/** The lines of a volume, each its own object. */
export function linesOf<D extends DType>(
  parts: VolumeParts<D>,
  options: LineOptions,
): IterableIterator<Line<D>> {
  return new LineWalk(parts, plan(parts, options), 'lines')
}

/** Calls `visit` for every line. */
export function forEachLine<D extends DType>(
  parts: VolumeParts<D>,
  visit: (line: Line<D>) => void,
  options: LineOptions,
): void {
  for (const line of new LineWalk(parts, plan(parts, options), 'forEachLine')) visit(line)
}
