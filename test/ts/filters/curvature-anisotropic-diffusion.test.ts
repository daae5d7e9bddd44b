import * as assert from 'node:assert/strict'
import { curvatureAnisotropicDiffusion } from '../../../ts/filters/index.ts'
import { pipe, type Volume, Volume as Volumes } from '../../../ts/index.ts'
import { callNative } from '../../../ts/native/errors.ts'
import { naiveDiffusion } from '../../support/naive-diffusion.ts'
import { fieldOf, largestDifference, noise } from '../../support/naive-filters.ts'
import { refusal } from '../../support/refusal.ts'
import { runRegional, slabsOf } from '../../support/run-regional.ts'
import { suite } from '../../support/suite.ts'

const test = suite('filters/curvature-anisotropic-diffusion')
const spacing = [0.7, 1.3, 2.1]
const { levels } = callNative((addon) => addon.settings())

const bytesOf = (values: ArrayBufferView) => Buffer.from(values.buffer, values.byteOffset, values.byteLength)

test('curvatureAnisotropicDiffusion follows its definition for volumes of one to three axes', async () => {
  for (const shape of [[19, 7, 5], [33, 6], [40], [1, 5, 4], [130, 3, 2]])
    for (const dtype of ['float64', 'int16'] as const)
      for (const options of [
        { iterations: 3, conductance: 0.8 },
        { iterations: 4, conductance: 2, updateInterval: 3 },
        { iterations: 3, conductance: 1, meanGradient: 20 },
        { iterations: 18, conductance: 1, meanGradient: 30 },
        { iterations: 0, conductance: 1 },
      ]) {
        const steps = spacing.slice(0, shape.length)
        const volume = noise(shape, dtype, { spacing: steps })
        const all = { ...options, timeStep: 0.03 }
        const made = Array.from(await runRegional(volume, curvatureAnisotropicDiffusion(all)), Number)
        const { values } = naiveDiffusion(fieldOf(volume), steps, 'curvature', all)
        const difference = largestDifference(made, values)
        const most = dtype === 'int16' ? 5e-3 : 1e-10
        assert.ok(difference < most, `[${shape}] ${dtype} ${JSON.stringify(options)}: ${difference}`)
      }
})

test('axes that are not named are independent, but for the mean gradient', async () => {
  const volume = noise([9, 8, 7, 3], 'float64', { spacing: [...spacing, 1] })
  const options = { iterations: 3, conductance: 1, timeStep: 0.03 }
  const steps = [0.7, null, 2.1, null]
  const { values } = naiveDiffusion(fieldOf(volume), steps, 'curvature', options)
  const step = curvatureAnisotropicDiffusion({ ...options, axes: [2, 0] })
  for (const budget of [2 ** 30, 3000]) {
    const made = Array.from(await runRegional(volume, step, { budget }), Number)
    assert.ok(largestDifference(made, values) < 1e-10)
  }
})

test('it gives the same bytes for any region, budget, thread count and level, in memory and in files', async () => {
  for (const dtype of ['float32', 'float64'] as const)
    for (const options of [{}, { meanGradient: 12 }, { meanGradient: 12, iterations: 18 }]) {
      const shape = [37, 11, 12]
      const step = curvatureAnisotropicDiffusion({ ...options, timeStep: 0.02 })
      const volume = noise(shape, dtype, { spacing })
      const whole = bytesOf(await runRegional(volume, step))
      for (const [k, level] of levels.entries())
        for (const [axis, height] of [
          [2, 5],
          [0, 16],
        ] as const) {
          const regions = [...slabsOf(shape, axis, height)].reverse()
          const budget = k % 2 === 0 ? 2000 : 2 ** 30
          const parts = await runRegional(volume, step, { regions, budget, level, threads: 1 + (k % 2) })
          assert.ok(bytesOf(parts).equals(whole), `${dtype} ${level} axis ${axis}`)
        }
    }
})

test('a step edge keeps its height where noise beside it is smoothed', async () => {
  const shape = [32, 32, 8]
  const values = Float32Array.from(
    noise(shape, 'float32').data as Float32Array,
    (value, k) => (value % 5) + (k % 32 < 16 ? 0 : 200),
  )
  const volume = Volumes.wrap(values, { shape })
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

test('a NaN stays among its neighbours, and a volume without slopes stays as it is', async () => {
  const volume = noise([11, 9, 7], 'float64')
  volume.set(Number.NaN, 5, 4, 3)
  const made = Array.from(await runRegional(volume, curvatureAnisotropicDiffusion({ iterations: 1 })), Number)
  const lost = made.filter(Number.isNaN).length
  assert.ok(lost > 1 && lost <= 27, `${lost} voxels are NaN`)
  const flat = Volumes.create({ shape: [5, 4, 3], dtype: 'float32' })
  flat.fill(7)
  const still = await runRegional(flat, curvatureAnisotropicDiffusion({ meanGradient: 3 }))
  assert.ok(Array.from(still, Number).every((value) => value === 7))
})

test('voxels that do not move stay beside differences whose squares no float holds', async () => {
  const volume = Volumes.create({ shape: [8, 4, 4], dtype: 'float32' })
  const { data } = volume
  for (let k = 0; k < data.length; k++) data[k] = k % 8 < 4 ? 0 : -1e30
  const made = await runRegional(volume, curvatureAnisotropicDiffusion({ meanGradient: 12 }))
  assert.deepEqual(Array.from(made, Number), Array.from(data, Number))
})

test('options that do not fit are refused, and an unstable step is warned of, by its name', async () => {
  const name = (option: string) => refusal('InvalidArgument', `curvatureAnisotropicDiffusion.${option}`)
  assert.throws(() => curvatureAnisotropicDiffusion({ timeStep: 0 }), name('timeStep'))
  const step = curvatureAnisotropicDiffusion({ axes: [0, 1, 2, 3] })
  assert.throws(() => step.bind().regional?.(noise([2, 2, 2, 2], 'uint8'), new Map()), name('axes'))
  const warned: string[] = []
  const note = (warning: Error) => warned.push(warning.message)
  process.on('warning', note)
  try {
    await runRegional(
      noise([5, 4, 3], 'float32'),
      curvatureAnisotropicDiffusion({ timeStep: 0.0626, iterations: 1 }),
    )
    await new Promise((resolve) => setImmediate(resolve))
  } finally {
    process.off('warning', note)
  }
  assert.equal(warned.length, 1)
  assert.match(warned[0] as string, /^curvatureAnisotropicDiffusion\.timeStep 0\.0626/)
})

test.run()
