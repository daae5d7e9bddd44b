import * as assert from 'node:assert/strict'
import { discreteGaussian, sampledGaussian } from '../../../ts/pipeline/gaussian-weights.ts'
import { suite } from '../../support/suite.ts'

const test = suite('pipeline/gaussian-weights')

function close(actual: readonly number[], expected: readonly number[], tolerance: number): void {
  assert.equal(actual.length, expected.length)
  for (const [k, value] of actual.entries())
    assert.ok(Math.abs(value - expected[k]) <= tolerance, `${k}: ${value}, not ${expected[k]}`)
}

// e^-t I_k(t) = (1/π) ∫ e^(t (cos θ − 1)) cos kθ dθ: the trapezoidal rule converges geometrically.
function bessel(t: number, k: number): number {
  const n = 4000
  let sum = 0
  for (let i = 0; i < n; i++) {
    const angle = (Math.PI * (i + 0.5)) / n
    sum += Math.exp(t * (Math.cos(angle) - 1)) * Math.cos(k * angle)
  }
  return sum / n
}

test('discrete weights are scaled Bessel functions', () => {
  for (const t of [1e-6, 0.04, 0.5, 0.999, 1, 2.25, 16, 400, 2500]) {
    const weights = discreteGaussian(t, 1e-9, 1000)
    const whole = bessel(t, 0) + 2 * weights.slice(1).reduce((sum, _, k) => sum + bessel(t, k + 1), 0)
    close(
      weights,
      weights.map((_, k) => bessel(t, k) / whole),
      1e-14,
    )
  }
})

test('discrete weights reach as far as the error allows, at least one voxel, at most the maximum', () => {
  assert.equal(discreteGaussian(1e-9, 0.01, 32).length, 2)
  assert.equal(discreteGaussian(10_000, 0.01, 32).length, 33)
  // e^-1 (I_0 + 2 I_1 + 2 I_2) = 0.9815 < 0.99 ≤ 0.9978, with I_3 too.
  assert.equal(discreteGaussian(1, 0.01, 32).length, 4)
})

test('weights sum to one', () => {
  for (const weights of [discreteGaussian(3.7, 0.01, 32), sampledGaussian(2.5, 4)]) {
    const sum = weights[0] + 2 * weights.slice(1).reduce((total, weight) => total + weight, 0)
    assert.ok(Math.abs(sum - 1) < 1e-15)
  }
})

test('sampled weights equal those of scipy', () => {
  // scipy.ndimage gaussian_filter1d on a unit impulse, sigma 1, truncate 2
  close(sampledGaussian(1, 2), [0.4026199468942474, 0.24420134200323332, 0.05448868454964294], 1e-15)
  assert.equal(sampledGaussian(0.1, 4).length, 1)
})

test.run()
