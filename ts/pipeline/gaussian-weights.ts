/**
 * Weights of the discrete Gaussian, centre first: e^-t I_k(t), I_k the modified Bessel functions.
 *
 * k grows from 1 until the weights leave out at most `maximumError` or k is `maximumRadius`; then they are divided by their sum
 * (T. Lindeberg, Scale-space for discrete signals, 1990).
 */
export function discreteGaussian(t: number, maximumError: number, maximumRadius: number): readonly number[] {
  const all = t < 1 ? besselSeries(t, maximumRadius) : besselRecurrence(t, maximumRadius)
  const weights = [all[0] as number]
  let sum = weights[0] as number
  for (let k = 1; k <= maximumRadius; k++) {
    const weight = all[k] as number
    weights.push(weight)
    sum += 2 * weight
    if (sum >= 1 - maximumError) break
  }
  return weights.map((weight) => weight / sum)
}

/** Samples of a Gaussian, centre first, up to ⌊truncate · sigma + ½⌋ voxels; they sum to 1. */
export function sampledGaussian(sigma: number, truncate: number): readonly number[] {
  const radius = Math.floor(truncate * sigma + 0.5)
  const samples = Array.from({ length: radius + 1 }, (_, k) => Math.exp((-k * k) / (2 * sigma * sigma)))
  const sum = samples.reduceRight((total, sample, k) => total + (k === 0 ? sample : 2 * sample), 0)
  return samples.map((sample) => sample / sum)
}

// e^-t I_k(t) = e^-t Σ_m (t/2)^(k+2m) / (m! (m+k)!), for small t: all terms are positive.
function besselSeries(t: number, most: number): readonly number[] {
  const weights: number[] = []
  let first = Math.exp(-t)
  for (let k = 0; k <= most; k++) {
    if (k > 0) first *= t / 2 / k
    let term = first
    let sum = first
    for (let m = 1; term > sum * 1e-18; m++) {
      term *= ((t / 2) * (t / 2)) / (m * (m + k))
      sum += term
    }
    weights.push(sum)
  }
  return weights
}

// Miller's backward recurrence I_(k-1) = I_(k+1) + (2k/t) I_k, normalised by e^-t (I_0 + 2 Σ I_k) = 1.
function besselRecurrence(t: number, most: number): readonly number[] {
  const start = Math.ceil(Math.max(most, 12 * Math.sqrt(t))) + 40
  const values = new Float64Array(start + 2)
  values[start] = 1e-280
  let sum = 0
  for (let k = start; k > 0; k--) {
    sum += 2 * (values[k] as number)
    values[k - 1] = (values[k + 1] as number) + ((2 * k) / t) * (values[k] as number)
    if ((values[k - 1] as number) < 1e200) continue
    sum *= 1e-250
    for (let j = k - 1; j <= start; j++) values[j] = (values[j] as number) * 1e-250
  }
  sum += values[0] as number
  return Array.from(values.subarray(0, most + 1), (value) => value / sum)
}
