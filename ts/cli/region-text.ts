import type { RegionOptions } from '../index.ts'
import { UsageError } from './usage-error.ts'

/** A stretch of one axis, the end not included; without an end up to the axis' own. */
interface Span {
  readonly first: number
  readonly end: number | undefined
}

/** Reads `0:64,10:20,:`, one stretch per axis, the ends not included; a single number is one plane. */
export function readSpans(text: string): readonly Span[] {
  return text.split(',').map((part) => {
    const match = /^\s*(\d*)(:?)(\d*)\s*$/.exec(part)
    if (match === null || (match[1] === '' && match[2] === '')) throw malformed(text)
    const first = match[1] === '' ? 0 : Number(match[1])
    const end = match[2] === '' ? first + 1 : match[3] === '' ? undefined : Number(match[3])
    if (end !== undefined && end <= first) throw malformed(text)
    return { first, end }
  })
}

function malformed(text: string): UsageError {
  const wanted = 'a stretch FIRST:END, N or : per axis with FIRST < END, such as 0:64,10:20,:'
  return new UsageError(`--region must be ${wanted}, received ${JSON.stringify(text)}`)
}

/** The region of a volume of this shape; whether it lies inside is for the reader to say. */
export function regionOf(spans: readonly Span[], shape: readonly number[]): Required<RegionOptions> {
  if (spans.length !== shape.length)
    throw new UsageError(
      `--region must have one stretch for each of ${shape.length} axes, received ${spans.length}`,
    )
  const start = spans.map(({ first }) => first)
  return {
    start,
    shape: spans.map(({ first, end }, axis) => Math.max(1, (end ?? (shape[axis] as number)) - first)),
  }
}
