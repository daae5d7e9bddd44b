import * as assert from 'node:assert/strict'
import { gradientAnisotropicDiffusion } from '../../../ts/filters/index.ts'
import { type AnyStep, type Volume, Volume as Volumes } from '../../../ts/index.ts'
import { callNative } from '../../../ts/native/errors.ts'
import { type NaiveOptions, naiveDiffusion } from '../../support/naive-diffusion.ts'
import { type Field, fieldOf, largestDifference, noise } from '../../support/naive-filters.ts'
import { refusal } from '../../support/refusal.ts'
import { type RegionalRun, runRegional, slabsOf } from '../../support/run-regional.ts'
import { suite } from '../../support/suite.ts'

const test = suite('filters/gradient-anisotropic-diffusion')
const spacing = [0.7, 1.3, 2.1]
const { levels } = callNative((addon) => addon.settings())

const bytesOf = (values: ArrayBufferView) => Buffer.from(values.buffer, values.byteOffset, values.byteLength)

async function valuesOf(volume: Volume, step: AnyStep, run?: RegionalRun): Promise<readonly number[]> {
  return Array.from(await runRegional(volume, step, run), Number)
}

function naive(
  field: Field,
  steps: readonly (number | null)[],
  options: Omit<NaiveOptions, 'timeStep'>,
  timeStep = 0.03,
) {
  return naiveDiffusion(field, steps, 'gradient', { ...options, timeStep })
}

test('gradientAnisotropicDiffusion follows its definition for volumes of one to three axes', async () => {
  const cases = [[19, 7, 5], [33, 6], [40], [1, 5, 4], [130, 3, 2]]
  for (const shape of cases)
    for (const dtype of ['float64', 'int16'] as const)
      for (const options of [
        { iterations: 3, conductance: 0.8 },
        { iterations: 4, conductance: 2, updateInterval: 3 },
        { iterations: 3, conductance: 1, meanGradient: 20 },
        { iterations: 9, conductance: 1, meanGradient: 30 },
        { iterations: 0, conductance: 1 },
      ]) {
        const steps = spacing.slice(0, shape.length)
        const volume = noise(shape, dtype, { spacing: steps })
        const made = await valuesOf(volume, gradientAnisotropicDiffusion({ ...options, timeStep: 0.03 }))
        const { values } = naive(fieldOf(volume), steps, options)
        const difference = largestDifference(made, values)
        const most = dtype === 'int16' ? 3e-4 : 1e-10
        assert.ok(difference < most, `[${shape}] ${dtype} ${JSON.stringify(options)}: ${difference}`)
      }
})

test('axes that are not named are independent, but for the mean gradient', async () => {
  const volume = noise([9, 8, 7, 3], 'float64', { spacing: [...spacing, 1] })
  const options = { iterations: 3, conductance: 1 }
  for (const [axes, steps] of [
    [undefined, [...spacing, null]],
    [[1], [null, 1.3, null, null]],
    [
      [2, 0],
      [0.7, null, 2.1, null],
    ],
    [
      [3, 1],
      [null, 1.3, null, 1],
    ],
  ] as const) {
    const step = gradientAnisotropicDiffusion({ ...options, timeStep: 0.03, axes })
    const { values } = naive(fieldOf(volume), steps, options)
    for (const budget of [2 ** 30, 3000])
      assert.ok(largestDifference(await valuesOf(volume, step, { budget }), values) < 1e-10, `axes ${axes}`)
  }
})

test('diffusion gives the same bytes for any region, budget, thread count and level, in memory and in files', async () => {
  for (const dtype of ['float32', 'float64'] as const)
    for (const shape of [
      [37, 11, 12],
      [70, 9],
    ])
      for (const options of [{}, { meanGradient: 12 }, { meanGradient: 12, iterations: 18 }]) {
        const step = gradientAnisotropicDiffusion({ ...options, timeStep: 0.02 })
        const volume = noise(shape, dtype, { spacing: spacing.slice(0, shape.length) })
        const whole = bytesOf(await runRegional(volume, step))
        for (const [k, level] of levels.entries())
          for (const [axis, height] of [
            [shape.length - 1, 5],
            [0, 16],
          ] as const) {
            const regions = [...slabsOf(shape, axis, height)].reverse()
            const budget = k % 2 === 0 ? 2000 : 2 ** 30
            const parts = await runRegional(volume, step, { regions, budget, level, threads: 1 + (k % 2) })
            assert.ok(bytesOf(parts).equals(whole), `${dtype} [${shape}] ${level} axis ${axis}`)
          }
      }
})

test('components diffuse by themselves, each with its own mean gradient', async () => {
  const volume = noise([9, 8, 5], 'float32', { components: 2 })
  for (const options of [{}, { meanGradient: 30 }]) {
    const made = await valuesOf(volume, gradientAnisotropicDiffusion({ ...options, iterations: 2 }))
    const { values } = fieldOf(volume)
    for (const c of [0, 1]) {
      const field = { shape: [9, 8, 5], values: values.slice(c * 360, (c + 1) * 360) }
      const expected = naive(field, [1, 1, 1], { ...options, iterations: 2, conductance: 1 }, 0.0625).values
      const own = made.filter((_, i) => i % 2 === c)
      assert.ok(largestDifference(own, expected) < 1e-3)
    }
  }
})

test('a NaN stays among its neighbours and is left out of the mean gradient', async () => {
  const volume = noise([11, 9, 7], 'float64')
  volume.set(Number.NaN, 5, 4, 3)
  const made = await valuesOf(volume, gradientAnisotropicDiffusion({ iterations: 1 }))
  const lost = made.filter(Number.isNaN).length
  assert.ok(lost > 1 && lost <= 27, `${lost} voxels are NaN`)
})

test('a volume without slopes stays as it is', async () => {
  const volume = Volumes.create({ shape: [5, 4, 3], dtype: 'float32' })
  volume.fill(7)
  const made = await valuesOf(volume, gradientAnisotropicDiffusion())
  assert.ok(made.every((value) => value === 7))
})

test('an unstable time step is warned of', async () => {
  const warned: string[] = []
  const note = (warning: Error) => warned.push(warning.message)
  process.on('warning', note)
  try {
    await runRegional(
      noise([5, 4, 3], 'float32'),
      gradientAnisotropicDiffusion({ timeStep: 0.0626, iterations: 1 }),
    )
    await runRegional(
      noise([5, 4, 3], 'float32'),
      gradientAnisotropicDiffusion({ timeStep: 0.0625, iterations: 1 }),
    )
    await new Promise((resolve) => setImmediate(resolve))
  } finally {
    process.off('warning', note)
  }
  assert.equal(warned.length, 1)
  assert.match(warned[0], /timeStep 0\.0626/)
})

test('options that do not fit are refused', () => {
  const name = (option: string) => refusal('InvalidArgument', `gradientAnisotropicDiffusion.${option}`)
  assert.throws(() => gradientAnisotropicDiffusion({ timeStep: 0 }), name('timeStep'))
  assert.throws(() => gradientAnisotropicDiffusion({ conductance: 0 }), name('conductance'))
  assert.throws(() => gradientAnisotropicDiffusion({ iterations: -1 }), name('iterations'))
  assert.throws(() => gradientAnisotropicDiffusion({ updateInterval: 0 }), name('updateInterval'))
  const volume = noise([2, 2, 2, 2], 'uint8')
  const step = gradientAnisotropicDiffusion({ axes: [0, 1, 2, 3] })
  assert.throws(() => step.bind().regional?.(volume, new Map()), name('axes'))
})

test.run()
