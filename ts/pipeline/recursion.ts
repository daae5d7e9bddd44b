import type { DType } from '../core/dtype.ts'

/** Numbers of the recursive Gaussian along an axis, as its kernels take them. */
export interface Recursion {
  /** Re and im of the two poles. */
  readonly poles: readonly number[]
  /** Re and im of 1 / (1 - p). */
  readonly gains: readonly number[]
  /** p^0 … p^64, re and im, both sections side by side. */
  readonly powers: readonly number[]
}

/** A filter on a recursion: h0, then the factors of the causal and of the anticausal state. */
export type RecursionWeights = readonly number[]

interface Complex {
  readonly re: number
  readonly im: number
}

const segment = 64

// R. Deriche, Recursively implementing the Gaussian and its derivatives, 1993; parameters of G. Farnebäck and C.-F. Westin, Improving
// Deriche-style recursive Gaussian filters, 2006: g(k) = Σ (A cos ωk/σ + B sin ωk/σ) e^(λk/σ) for the orders 0, 1, 2.
const sections = [
  { omega: 0.6681, lambda: -1.3932, a: [1.353, -0.6724, -1.3563], b: [1.8151, -3.4327, 5.2318] },
  { omega: 2.0787, lambda: -1.3732, a: [-0.3531, 0.6724, 0.3446], b: [0.0902, 0.61, -2.2355] },
] as const

// Below, every filter has reached its limit: the voxel itself, or its differences.
const leastSigma = 0.01

// A step asks for those of its axes whenever it runs.
const knownRecursions = new Map<string, Recursion>()
const knownWeights = new Map<string, RecursionWeights>()
const mostKnown = 64

const one: Complex = { re: 1, im: 0 }
const times = (x: Complex, y: Complex): Complex => ({
  re: x.re * y.re - x.im * y.im,
  im: x.re * y.im + x.im * y.re,
})
const plus = (x: Complex, y: Complex): Complex => ({ re: x.re + y.re, im: x.im + y.im })
const scaled = (x: Complex, factor: number): Complex => ({ re: x.re * factor, im: x.im * factor })
const inverse = ({ re, im }: Complex): Complex => {
  const square = re * re + im * im
  return { re: re / square, im: -im / square }
}

/**
 * The recursion for a standard deviation in voxels. Poles are rounded to the element type that will compute with them, so that all
 * else follows from the very poles in use.
 */
export function recursionFor(sigma: number, real: DType): Recursion {
  return memo(knownRecursions, `${sigma} ${real}`, () => foundRecursion(sigma, real))
}

function memo<T>(known: Map<string, T>, key: string, find: () => T): T {
  const before = known.get(key)
  if (before !== undefined) return before
  const found = find()
  if (known.size >= mostKnown) known.clear()
  known.set(key, found)
  return found
}

function foundRecursion(sigma: number, real: DType): Recursion {
  const poles = polesFor(sigma, real)
  const powers = [poles.map(() => one)]
  for (let k = 0; k < segment; k++)
    powers.push(poles.map((pole, j) => times(pole, powers[k]?.[j] as Complex)))
  return {
    poles: flat(poles),
    gains: flat(poles.map((pole) => inverse(plus(one, scaled(pole, -1))))),
    powers: powers.flatMap(flat),
  }
}

function polesFor(sigma: number, real: DType): readonly Complex[] {
  const round = real === 'float32' ? Math.fround : (x: number) => x
  const s = Math.max(sigma, leastSigma)
  return sections.map(({ omega, lambda }) => {
    const size = Math.exp(lambda / s)
    return { re: round(size * Math.cos(omega / s)), im: round(size * Math.sin(omega / s)) }
  })
}

const flat = (list: readonly Complex[]) => list.flatMap(({ re, im }) => [re, im])

/** The weights of a derivative of order 0, 1 or 2 per voxel, times `factor`. */
export function weightsFor(sigma: number, real: DType, order: number, factor: number): RecursionWeights {
  return memo(knownWeights, `${sigma} ${real} ${order} ${factor}`, () =>
    foundWeights(sigma, real, order, factor),
  )
}

function foundWeights(sigma: number, real: DType, order: number, factor: number): RecursionWeights {
  const poles = polesFor(sigma, real)
  const plain = (o: number) => sections.map(({ a, b }) => ({ re: a[o] as number, im: -(b[o] as number) }))
  const sum = (weights: readonly Complex[], power: number) =>
    weights.reduce((total, w, j) => total + times(w, moment(poles[j] as Complex, power)).re, 0)
  const atZero = (weights: readonly Complex[]) => weights.reduce((total, { re }) => total + re, 0)
  const both = (weights: readonly Complex[]) => 2 * sum(weights, 0) - atZero(weights)

  let weights = plain(order)
  if (order === 2) {
    const beta = -both(weights) / both(plain(0))
    weights = weights.map((w, j) => plus(w, scaled(plain(0)[j] as Complex, beta)))
  }
  const size = order === 0 ? both(weights) : order === 1 ? -2 * sum(weights, 1) : sum(weights, 2)
  const causal = weights.map((w, j) => times(scaled(w, factor / size), poles[j] as Complex))
  const factors = causal.flatMap(({ re, im }) => [re, -im])
  // A derivative of order 1 is odd: the voxel itself has no weight, and that must not come of rounding.
  const h0 = order === 1 ? 0 : (atZero(weights) * factor) / size
  return [h0, ...factors, ...factors.map((w) => (order === 1 ? -w : w))]
}

// Σ k^power p^k over k ≥ 0.
function moment(pole: Complex, power: number): Complex {
  const gain = inverse(plus(one, scaled(pole, -1)))
  if (power === 0) return gain
  const first = times(pole, times(gain, gain))
  return power === 1 ? first : times(first, times(plus(one, pole), gain))
}
