import * as assert from 'node:assert/strict'
import {
  type AnyStep,
  add,
  cast,
  gamma,
  gradientMagnitude,
  greater,
  linear,
  mask,
  pipe,
  rescaleIntensity,
  threshold,
  Volume,
} from '../../../ts/index.ts'
import { noise } from '../../support/naive-filters.ts'
import { suite } from '../../support/suite.ts'

// Stages that look at single voxels take rows of memory in strips; what they give must not depend on it.
const test = suite('pipeline/strips')

const bytesOf = ({ data }: Volume) => Buffer.from(data.buffer, data.byteOffset, data.byteLength)

async function checkSame(source: Volume, ...steps: readonly AnyStep<Volume>[]): Promise<void> {
  const wanted = (await pipe(source, ...steps).compute({ executor: 'reference' })) as Volume
  for (const way of [{ threads: 1 }, { threads: 2, divisions: 3 }, { simd: 'baseline' as const }]) {
    const found = (await pipe(source, ...steps).compute(way)) as Volume
    const names = steps.map(({ filter }) => filter.name)
    assert.ok(bytesOf(found).equals(bytesOf(wanted)), `${names} of ${source.dtype} ${source.shape}`)
  }
}

// Large enough for stores that go past the caches; rows that no strip divides.
const large = [211, 101, 107]

test('volumes larger than the caches come out as by the reference', async () => {
  const integers = noise(large, 'int16', { low: -3000, high: 3000 })
  const floats = noise(large, 'float32', { seed: 3 })
  await checkSame(integers, cast({ dtype: 'float32' }))
  await checkSame(integers, threshold({ below: 150 }))
  await checkSame(integers, add(floats), mask(floats), linear({ scale: 0.1, dtype: 'int8' }))
  await checkSame(integers, add(integers, { dtype: 'same' }))
  await checkSame(floats, greater(integers))
  await checkSame(floats, rescaleIntensity({ min: 0, max: 255, dtype: 'uint8' }))
})

test('views, flips and permutations of large volumes come out as by the reference', async () => {
  const volume = noise(large, 'int16', { low: -3000, high: 3000 })
  const part = volume.view({ start: [3, 1, 2], shape: [200, 99, 104] })
  for (const source of [part, volume.flip([1]), volume.flip([0, 2]), volume.permute([2, 0, 1])])
    await checkSame(source, linear({ scale: 0.25 }), threshold({ above: 400 }))
})

test('a NaN of any kind is stored as the positive quiet one, also where nothing else is computed', async () => {
  const volume = noise(large, 'float32')
  const words = new Uint32Array(volume.data.buffer, volume.data.byteOffset, volume.data.length)
  for (let i = 0; i < words.length; i += 997) words[i] = 0xffc00000 + (i % 1000)
  volume.touch()
  for (const step of [
    threshold({ below: -1e9, outsideValue: 5 }),
    cast({ dtype: 'float64' }),
    linear({ scale: 2 }),
    mask(1),
  ]) {
    const made = await pipe(volume, step).compute()
    const isDouble = made.dtype === 'float64'
    const bits = isDouble
      ? new BigUint64Array(made.data.buffer, made.data.byteOffset, made.data.length)
      : new Uint32Array(made.data.buffer, made.data.byteOffset, made.data.length)
    const quiet = isDouble ? 0x7ff8000000000000n : 0x7fc00000
    const wrong = [...bits.keys()].find((i) => Number.isNaN(Number(made.data[i])) && bits[i] !== quiet)
    assert.equal(wrong, undefined, step.filter.name)
  }
})

test('gradients of integers hold no NaN, however small a voxel is', async () => {
  const volume = noise([40, 30, 20], 'int16', { low: 0, high: 1 })
  const tiny = Volume.wrap(volume.data, { shape: volume.shape, spacing: [1e-42, 1e-42, 1e-42] })
  const made = await pipe(tiny, gradientMagnitude()).compute()
  const found = new Set([...made.data].map((x) => (Number.isFinite(x) ? 0 : Number(x))))
  assert.deepEqual([...found].sort(), [0, Number.POSITIVE_INFINITY])
})

test('a TypeScript function among the stages sees chunks as before', async () => {
  const volume = noise([600, 7, 5], 'float32')
  await checkSame(volume, gamma({ gamma: 0.7, min: -200, max: 300 }), add(1))
})

test('nothing around the voxels asked for is written', async () => {
  const source = noise([600, 5, 3], 'int16')
  const around = Volume.create({ shape: [640, 9, 5], dtype: 'int16' })
  around.data.fill(77)
  around.touch()
  const into = around.view({ start: [13, 2, 1], shape: [600, 5, 3] })
  const wanted = await pipe(source, threshold({ below: 10 })).compute({ executor: 'reference' })
  await pipe(source, threshold({ below: 10 })).compute({ into })
  assert.ok(await into.equals(wanted))
  const outside = around.data.filter((x) => Number(x) === 77).length
  const inside = wanted.data.filter((x) => Number(x) === 77).length
  assert.equal(outside - inside, 640 * 9 * 5 - 600 * 5 * 3)
})

test('a volume may be computed into itself', async () => {
  const volume = noise([700, 9, 5], 'int16')
  const wanted = await pipe(volume, add(3, { dtype: 'same' })).compute({ executor: 'reference' })
  const made = await pipe(volume, add(3, { dtype: 'same' })).compute({ into: volume })
  assert.ok(await made.equals(wanted))
})

test.run()
