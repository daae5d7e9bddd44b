import * as assert from 'node:assert/strict'
import { curvatureAnisotropicDiffusion } from '../../../ts/filters/index.ts'
import { pipe, Volume } from '../../../ts/index.ts'
import { diffusionTests } from '../../support/diffusion-checks.ts'
import { noise } from '../../support/naive-filters.ts'
import { runRegional } from '../../support/run-regional.ts'
import { suite } from '../../support/suite.ts'

const test = suite('filters/curvature-anisotropic-diffusion')

// The difference from which side level sets come turns a rounding into another step.
diffusionTests(test, { filter: curvatureAnisotropicDiffusion, equation: 'curvature', mostFloat32: 5e-3 })

test('a step edge keeps its height where noise beside it is smoothed', async () => {
  const shape = [32, 32, 8]
  const values = Float32Array.from(
    noise(shape, 'float32').data as Float32Array,
    (value, k) => (value % 5) + (k % 32 < 16 ? 0 : 200),
  )
  const volume = Volume.wrap(values, { shape })
  using made = (await pipe(volume, curvatureAnisotropicDiffusion({ iterations: 10 })).compute()) as Volume
  const spread = (of: ArrayLike<number | bigint>, low: number, high: number) => {
    const part = Array.from(of, Number).filter((_, k) => k % 32 >= low && k % 32 < high)
    const mean = part.reduce((sum, value) => sum + value, 0) / part.length
    const square = part.reduce((sum, value) => sum + (value - mean) ** 2, 0) / part.length
    return { mean, deviation: Math.sqrt(square) }
  }
  for (const [low, high] of [
    [0, 16],
    [16, 32],
  ] as const) {
    const [before, after] = [spread(values, low, high), spread(made.data, low, high)]
    assert.ok(Math.abs(after.mean - before.mean) < 1)
    assert.ok(after.deviation < before.deviation / 2, `${after.deviation} of ${before.deviation}`)
  }
})

test('voxels that do not move stay beside differences whose squares no float holds', async () => {
  const volume = Volume.create({ shape: [8, 4, 4], dtype: 'float32' })
  const { data } = volume
  for (let k = 0; k < data.length; k++) data[k] = k % 8 < 4 ? 0 : -1e30
  const made = await runRegional(volume, curvatureAnisotropicDiffusion({ meanGradient: 12 }))
  assert.deepEqual(Array.from(made, Number), Array.from(data, Number))
})

test.run()
