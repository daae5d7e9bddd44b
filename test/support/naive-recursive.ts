import { eachIndex, type Field } from './naive-filters.ts'

// The table of ../shared/spec: per section ω, λ, then A and B of the orders 0, 1, 2.
const table = [
  [0.6681, -1.3932, [1.353, 1.8151], [-0.6724, -3.4327], [-1.3563, 5.2318]],
  [2.0787, -1.3732, [-0.3531, 0.0902], [0.6724, 0.61], [0.3446, -2.2355]],
] as const

/** Weights of the recursive Gaussian at 0, 1, 2, … by their definition: sums over as many terms as count. */
export function responseOf(sigma: number, order: number): readonly number[] {
  const count = Math.ceil(40 * sigma) + 10
  const g = (o: number, k: number) =>
    table.reduce((sum, [omega, lambda, ...pairs]) => {
      const [a, b] = pairs[o]
      const angle = (omega * k) / sigma
      return sum + (a * Math.cos(angle) + b * Math.sin(angle)) * Math.exp((lambda * k) / sigma)
    }, 0)
  const terms = Array.from({ length: count }, (_, k) => k)
  const both = (f: (k: number) => number) => 2 * terms.reduce((sum, k) => sum + f(k), 0) - f(0)
  if (order === 0) return terms.map((k) => g(0, k) / both((n) => g(0, n)))
  if (order === 1) {
    const slope = terms.reduce((sum, k) => sum + k * g(1, k), 0)
    return terms.map((k) => -g(1, k) / (2 * slope))
  }
  const beta = -both((k) => g(2, k)) / both((k) => g(0, k))
  const q = (k: number) => g(2, k) + beta * g(0, k)
  const size = terms.reduce((sum, k) => sum + k * k * q(k), 0)
  return terms.map((k) => q(k) / size)
}

/** The recursive Gaussian along one axis as the convolution it stands for; sigma in voxels, derivatives per voxel. */
export function naiveLines({ shape, values }: Field, axis: number, sigma: number, order: number): Field {
  const h = responseOf(sigma, order)
  const stride = shape.slice(0, axis).reduce((product, n) => product * n, 1)
  const result: number[] = []
  eachIndex(shape, (index, at) => {
    const i = index[axis]
    const line = at - i * stride
    const x = (k: number) => values[line + Math.min(Math.max(k, 0), shape[axis] - 1) * stride]
    let sum = h[0] * x(i)
    for (let k = 1; k < h.length; k++) sum += h[k] * (order === 1 ? x(i - k) - x(i + k) : x(i - k) + x(i + k))
    result.push(sum)
  })
  return { shape, values: result }
}
