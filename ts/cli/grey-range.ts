/** Values that become black and white. */
export interface GreyRange {
  readonly low: number
  readonly high: number
}

const mostSamples = 1_000_000

/**
 * The range between two percentiles of the finite values, found from at most a million of them, evenly spread.
 *
 * All values equal, or none finite: a range of length 1 around the value.
 */
export function percentileRange(parts: readonly Float64Array[], lower: number, upper: number): GreyRange {
  const total = parts.reduce((sum, { length }) => sum + length, 0)
  const step = Math.max(1, Math.ceil(total / mostSamples))
  const samples: number[] = []
  for (const part of parts)
    for (let i = 0; i < part.length; i += step) if (Number.isFinite(part[i])) samples.push(part[i] as number)
  const sorted = Float64Array.from(samples).sort()
  const at = (percent: number) => sorted[Math.round(((sorted.length - 1) * percent) / 100)] ?? 0
  const [low, high] = [at(lower), at(upper)]
  return high > low ? { low, high } : { low: low - 0.5, high: low + 0.5 }
}

/** Grey levels 0 to 255 of values; NaN is black. */
export function toGrey(values: Float64Array, { low, high }: GreyRange): Uint8Array {
  const scale = 255 / (high - low)
  const grey = new Uint8Array(values.length)
  for (let i = 0; i < values.length; i++) {
    const level = Math.round(((values[i] as number) - low) * scale)
    grey[i] = level > 0 ? Math.min(255, level) : 0
  }
  return grey
}
