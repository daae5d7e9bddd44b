import { type Border, borders } from '../core/border.ts'
import { checkChoice } from '../core/check.ts'
import { invalidArgument } from '../core/errors.ts'
import { translation } from '../geometry/index-map.ts'
import type { NativeView } from '../native/addon.ts'
import { awaitNative } from '../native/errors.ts'
import { checkValue, writing } from './bulk.ts'
import { moveParts, nativeView, type VolumeParts, writableAllocationOf } from './parts.ts'
import { marginsOf } from './view.ts'

/**
 * Consecutive positions along an axis and where their values come from: source moves by `step` (-1, 0 or 1)
 * per position.
 */
export interface BorderRun {
  readonly to: number
  readonly length: number
  readonly from: number
  readonly step: number
}

/** Where position i of an axis of n voxels takes its value from. */
export function borderSource(border: Exclude<Border, 'constant'>, i: number, n: number): number {
  if (border === 'edge' || n === 1) return Math.min(Math.max(i, 0), n - 1)
  if (border === 'wrap') return modulo(i, n)
  const period = border === 'symmetric' ? 2 * n : 2 * n - 2
  const folded = modulo(i, period)
  return folded < n ? folded : (border === 'symmetric' ? period - 1 : period) - folded
}

function modulo(value: number, by: number): number {
  return ((value % by) + by) % by
}

/** The positions from `begin` to `end`, outside [0, n), as runs. */
export function borderRuns(
  border: Exclude<Border, 'constant'>,
  begin: number,
  end: number,
  n: number,
): readonly BorderRun[] {
  const runs: BorderRun[] = []
  let to = begin
  while (to < end) {
    const from = borderSource(border, to, n)
    const step = to + 1 < end ? borderSource(border, to + 1, n) - from : 0
    const steady = Math.abs(step) <= 1
    let length = 1
    while (steady && to + length < end && borderSource(border, to + length, n) === from + step * length)
      length++
    runs.push({ to, length, from, step: steady ? step : 0 })
    to += length
  }
  return runs
}

/**
 * Fills what the parent has around a view, axis after axis, so that corners take the values of the sides
 * already filled.
 */
export async function fillMarginOf(parts: VolumeParts, mode: unknown, value: unknown): Promise<void> {
  const allocation = writableAllocationOf(parts, 'fillMargin')
  const border = checkChoice('mode', mode, borders)
  if (value !== undefined && border !== 'constant')
    throw invalidArgument('value', "absent unless mode is 'constant'", value)
  const filler = checkValue('value', value ?? 0, parts.dtype)
  const margins = marginsOf(parts)
  const outerShape = parts.shape.map((length, axis) => length + margins[axis]![0] + margins[axis]![1])
  const outer = moveParts(parts, translation(margins.map(([low]) => 0 - low)), outerShape)
  const view = nativeView(outer, 'fillMargin')
  await writing(allocation, [], async () => {
    for (let axis = 0; axis < parts.shape.length; axis++) {
      const box = new Box(view, parts, margins, axis)
      if (border === 'constant') await fillSides(box, filler)
      else await copySides(box, border)
    }
  })
}

async function fillSides(box: Box, value: number | bigint): Promise<void> {
  for (const [begin, end] of box.sides)
    if (end > begin) await awaitNative((addon) => addon.fill(box.slab(begin, end - begin, 1), value))
}

async function copySides(box: Box, border: Exclude<Border, 'constant'>): Promise<void> {
  for (const [begin, end] of box.sides)
    for (const { to, length, from, step } of borderRuns(border, begin, end, box.length))
      await awaitNative((addon) => addon.copy(box.slab(from, length, step), box.slab(to, length, 1), 0))
}

/** Slabs across one axis: whole along the axes filled before it, the volume alone along those after it. */
class Box {
  readonly length: number
  readonly sides: readonly (readonly [begin: number, end: number])[]
  readonly #view: NativeView
  readonly #parts: VolumeParts
  readonly #margins: readonly (readonly [number, number])[]
  readonly #axis: number

  constructor(
    view: NativeView,
    parts: VolumeParts,
    margins: readonly (readonly [number, number])[],
    axis: number,
  ) {
    const [low, high] = margins[axis] as readonly [number, number]
    this.length = parts.shape[axis] as number
    this.sides = [
      [0 - low, 0],
      [this.length, this.length + high],
    ]
    this.#view = view
    this.#parts = parts
    this.#margins = margins
    this.#axis = axis
  }

  /** The slab from position `first` (0 is the volume's first voxel) of `length` positions, `step` apart. */
  slab(first: number, length: number, step: number): NativeView {
    const inner = this.#view.shape.length - this.#parts.shape.length
    const shape = [...this.#view.shape]
    const strides = [...this.#view.strides]
    let { offset } = this.#view
    for (let axis = 0; axis < this.#parts.shape.length; axis++) {
      const low = this.#margins[axis]![0]
      const start = axis < this.#axis ? 0 : axis === this.#axis ? low + first : low
      offset += start * (strides[inner + axis] as number)
      if (axis > this.#axis) shape[inner + axis] = this.#parts.shape[axis] as number
    }
    shape[inner + this.#axis] = length
    strides[inner + this.#axis] = (strides[inner + this.#axis] as number) * step
    return { ...this.#view, offset, shape, strides }
  }
}
