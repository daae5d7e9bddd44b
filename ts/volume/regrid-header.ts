import { type Affine, inverse, multiply } from '../geometry/affine.ts'
import { type Sampling, sampleAffine } from '../geometry/sampling.ts'
import type { Header, HeaderForm } from './header.ts'
import { type HeaderAxes, noSlices } from './own-header.ts'

/**
 * The header of a volume that samples another along its axes. Both forms follow; slice order and duration are dropped when the slice
 * axis is no longer what it was, since they describe whole axes. All else is kept.
 */
export function sampleHeader(
  header: Header,
  from: HeaderAxes,
  sampling: Sampling,
  shape: readonly number[],
): Header {
  const { directions } = from.geometry
  const moved = withForms(header, (affine) => sampleAffine(affine, directions, sampling))
  const slice = header.timing?.sliceAxis
  if (header.timing === undefined || slice === null || slice === undefined) return moved
  const { starts, steps } = sampling
  const isWhole = starts[slice] === 0 && steps[slice] === 1 && shape[slice] === from.shape[slice]
  return isWhole ? moved : { ...moved, timing: { ...header.timing, ...noSlices } }
}

/**
 * The header of a volume on another grid: both forms become form · from⁻¹ · to, and what it said of frequency, phase and slice axes
 * is dropped.
 */
export function regridHeader(header: Header, from: Affine, to: Affine): Header {
  const step = multiply(inverse(from), to)
  const isFrom = (affine: Affine) => affine.every((row, r) => row.every((value, k) => value === from[r]?.[k]))
  const moved = withForms(header, (affine) => (isFrom(affine) ? to : multiply(affine, step)))
  if (header.timing === undefined) return moved
  const noAxes = { frequencyAxis: null, phaseAxis: null, sliceAxis: null }
  return { ...moved, timing: { ...header.timing, ...noSlices, ...noAxes } }
}

/** The header with both forms' affines changed, their codes kept. */
export function withForms(header: Header, change: (affine: Affine) => Affine): Header {
  const changed = ({ code, affine }: HeaderForm): HeaderForm => ({ code, affine: change(affine) })
  return {
    ...header,
    ...(header.qform && { qform: changed(header.qform) }),
    ...(header.sform && { sform: changed(header.sform) }),
  }
}
