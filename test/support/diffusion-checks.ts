import * as assert from 'node:assert/strict'
import type { curvatureAnisotropicDiffusion, gradientAnisotropicDiffusion } from '../../ts/filters/index.ts'
import { type AnyStep, Volume } from '../../ts/index.ts'
import { callNative } from '../../ts/native/errors.ts'
import { type Equation, naiveDiffusion } from './naive-diffusion.ts'
import { fieldOf, largestDifference, noise } from './naive-filters.ts'
import { refusal } from './refusal.ts'
import { type RegionalRun, runRegional, slabsOf } from './run-regional.ts'

/** A diffusion, and the largest difference from its definition that float32 may make. */
export interface Diffusion {
  readonly filter: typeof gradientAnisotropicDiffusion | typeof curvatureAnisotropicDiffusion
  readonly equation: Equation
  readonly mostFloat32: number
}

/** Registers a test. */
export type Tests = (name: string, check: () => Promise<void>) => void

const spacing = [0.7, 1.3, 2.1]
const { levels } = callNative((addon) => addon.settings())

const bytesOf = (values: ArrayBufferView) => Buffer.from(values.buffer, values.byteOffset, values.byteLength)

async function valuesOf(volume: Volume, step: AnyStep, run?: RegionalRun): Promise<readonly number[]> {
  return Array.from(await runRegional(volume, step, run), Number)
}

/** What is to hold for every anisotropic diffusion. */
export function diffusionTests(test: Tests, { filter, equation, mostFloat32 }: Diffusion): void {
  test('it follows its definition for volumes of one to three axes', async () => {
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
          const all = { ...options, timeStep: 0.03 }
          const made = await valuesOf(volume, filter(all))
          const { values } = naiveDiffusion(fieldOf(volume), steps, equation, all)
          const difference = largestDifference(made, values)
          const most = dtype === 'int16' ? mostFloat32 : 1e-10
          assert.ok(difference < most, `[${shape}] ${dtype} ${JSON.stringify(options)}: ${difference}`)
        }
  })

  test('axes that are not named are independent, but for the mean gradient', async () => {
    const volume = noise([9, 8, 7, 3], 'float64', { spacing: [...spacing, 1] })
    const options = { iterations: 3, conductance: 1, timeStep: 0.03 }
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
      const step = filter({ ...options, axes })
      const { values } = naiveDiffusion(fieldOf(volume), steps, equation, options)
      for (const budget of [2 ** 30, 3000])
        assert.ok(largestDifference(await valuesOf(volume, step, { budget }), values) < 1e-10, `axes ${axes}`)
    }
  })

  test('it gives the same bytes for any region, budget, thread count and level, in memory and in files', async () => {
    for (const dtype of ['float32', 'float64'] as const)
      for (const shape of [
        [37, 11, 12],
        [70, 9],
      ])
        for (const options of [{}, { meanGradient: 12 }, { meanGradient: 12, iterations: 18 }]) {
          const step = filter({ ...options, timeStep: 0.02 })
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
    for (const options of [{}, { meanGradient: 30 }])
      for (const budget of [2 ** 30, 2000]) {
        const made = await valuesOf(volume, filter({ ...options, iterations: 2 }), { budget })
        const { values } = fieldOf(volume)
        for (const c of [0, 1]) {
          const field = { shape: [9, 8, 5], values: values.slice(c * 360, (c + 1) * 360) }
          const all = { ...options, iterations: 2, conductance: 1, timeStep: 0.0625 }
          const expected = naiveDiffusion(field, [1, 1, 1], equation, all).values
          const own = made.filter((_, i) => i % 2 === c)
          assert.ok(largestDifference(own, expected) < 1e-3, `${budget} bytes`)
        }
      }
  })

  test('a NaN stays among its neighbours and is left out of the mean gradient', async () => {
    const volume = noise([11, 9, 7], 'float64')
    volume.set(Number.NaN, 5, 4, 3)
    const made = await valuesOf(volume, filter({ iterations: 1 }))
    const lost = made.filter(Number.isNaN).length
    assert.ok(lost > 1 && lost <= 27, `${lost} voxels are NaN`)
  })

  test('a volume without slopes stays as it is', async () => {
    const volume = Volume.create({ shape: [5, 4, 3], dtype: 'float32' })
    await volume.fill(7)
    for (const options of [{}, { meanGradient: 3 }]) {
      const made = await valuesOf(volume, filter(options))
      assert.ok(made.every((value) => value === 7))
    }
  })

  test('an unstable time step is warned of', async () => {
    const warned: string[] = []
    const note = (warning: Error) => warned.push(warning.message)
    process.on('warning', note)
    try {
      await runRegional(noise([5, 4, 3], 'float32'), filter({ timeStep: 0.0626, iterations: 1 }))
      await runRegional(noise([5, 4, 3], 'float32'), filter({ timeStep: 0.0625, iterations: 1 }))
      await new Promise((resolve) => setImmediate(resolve))
    } finally {
      process.off('warning', note)
    }
    assert.equal(warned.length, 1)
    assert.ok(warned[0]?.startsWith(`${filter.name}.timeStep 0.0626`), warned[0])
  })

  test('options that do not fit are refused', async () => {
    const name = (option: string) => refusal('InvalidArgument', `${filter.name}.${option}`)
    assert.throws(() => filter({ timeStep: 0 }), name('timeStep'))
    assert.throws(() => filter({ conductance: 0 }), name('conductance'))
    assert.throws(() => filter({ iterations: -1 }), name('iterations'))
    assert.throws(() => filter({ updateInterval: 0 }), name('updateInterval'))
    const volume = noise([2, 2, 2, 2], 'uint8')
    const step = filter({ axes: [0, 1, 2, 3] })
    assert.throws(() => step.bind().regional?.(volume, new Map()), name('axes'))
  })
}
