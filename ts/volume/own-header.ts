import type { Affine } from '../geometry/affine.ts'
import { moveAffine } from '../geometry/geometry.ts'
import { composeMaps, type IndexMap, isIdentity } from '../geometry/index-map.ts'
import type { Direction } from '../geometry/orientation.ts'
import type { Header, HeaderForm } from './header.ts'

type Timing = NonNullable<Header['timing']>

interface MovedForm {
  readonly form: HeaderForm
  readonly directions: readonly Direction[]
  readonly map: IndexMap
}

// Forms made by moving remember what they were made from, so that moving them back restores every bit.
const origins = new WeakMap<HeaderForm, MovedForm>()

/** The axes a header's forms and timing speak of. */
export interface HeaderAxes {
  readonly geometry: { readonly directions: readonly Direction[] }
  readonly shape: readonly number[]
}

/**
 * The header as it reads in other axes, `map` leading from new voxels to those of `from`.
 *
 * Both forms follow the voxels and keep their codes. Frequency, phase and slice axes follow; a reversed slice
 * axis reverses the slice order; when the slice axis is cut, slice order and duration are dropped, since they
 * describe whole axes. All else is kept.
 */
export function moveHeader(
  header: Header,
  from: HeaderAxes,
  map: IndexMap,
  shape: readonly number[],
): Header {
  const moved: { -readonly [K in keyof Header]: Header[K] } = { ...header }
  if (header.qform) moved.qform = moveForm(header.qform, from.geometry.directions, map)
  if (header.sform) moved.sform = moveForm(header.sform, from.geometry.directions, map)
  if (header.timing) moved.timing = moveTiming(header.timing, from.shape, map, shape)
  return moved
}

function moveForm(form: HeaderForm, directions: readonly Direction[], map: IndexMap): HeaderForm {
  const known = origins.get(form)
  const origin = known ? { ...known, map: composeMaps(known.map, map) } : { form, directions, map }
  if (isIdentity(origin.map)) return origin.form
  const affine: Affine = moveAffine(origin.form.affine, origin.directions, origin.map)
  const moved = { code: form.code, affine }
  origins.set(moved, origin)
  return moved
}

/** Of a header whose slice axis is no longer whole. */
export const noSlices = { sliceCode: 0, sliceStart: 0, sliceEnd: 0, sliceDuration: 0 } as const

/** Of a header that knows no more than when its volume begins. */
export const noTiming: Timing = {
  offset: 0,
  ...noSlices,
  frequencyAxis: null,
  phaseAxis: null,
  sliceAxis: null,
}

// NIfTI slice codes: sequential 1 up, 2 down; alternating 3 up, 4 down; alternating from the second 5 up, 6
// down.
const reversedSliceCodes = [0, 2, 1, 4, 3, 6, 5]

function moveTiming(
  timing: Timing,
  oldShape: readonly number[],
  map: IndexMap,
  shape: readonly number[],
): Timing {
  const follow = (axis: number | null) => (axis === null ? null : nullIfAbsent(map.axes.indexOf(axis)))
  const axes = {
    frequencyAxis: follow(timing.frequencyAxis),
    phaseAxis: follow(timing.phaseAxis),
    sliceAxis: follow(timing.sliceAxis),
  }
  const slice = axes.sliceAxis
  const moved = { ...timing, ...axes }
  if (slice === null || timing.sliceAxis === null) return moved
  const length = oldShape[timing.sliceAxis] as number
  if (shape[slice] !== length) return { ...moved, ...noSlices }
  if ((map.signs[slice] as number) > 0 || timing.sliceCode <= 0) return moved
  return {
    ...moved,
    sliceCode: reversedSliceCodes[timing.sliceCode] ?? timing.sliceCode,
    sliceStart: length - 1 - timing.sliceEnd,
    sliceEnd: length - 1 - timing.sliceStart,
  }
}

function nullIfAbsent(axis: number): number | null {
  return axis < 0 ? null : axis
}

/** The header of one volume: a copy of its own, moved to the volume's axes when it is first looked at. */
export class OwnHeader {
  #header: Header
  #axes: HeaderAxes
  #pending: IndexMap | null
  readonly #target: HeaderAxes

  constructor(header: Header, axes: HeaderAxes, pending: IndexMap | null = null, target: HeaderAxes = axes) {
    this.#header = { ...header }
    this.#axes = axes
    this.#pending = pending
    this.#target = target
  }

  get value(): Header {
    if (this.#pending !== null) {
      this.#header = moveHeader(this.#header, this.#axes, this.#pending, this.#target.shape)
      this.#axes = this.#target
      this.#pending = null
    }
    return this.#header
  }

  set value(header: Header) {
    this.#header = { ...header }
    this.#axes = this.#target
    this.#pending = null
  }

  /** A copy for a volume whose voxels `step` maps to this one's. */
  moved(step: IndexMap, target: HeaderAxes): OwnHeader {
    const map = this.#pending === null ? step : composeMaps(this.#pending, step)
    return new OwnHeader(this.#header, this.#axes, map, target)
  }
}
