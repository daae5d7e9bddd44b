import * as assert from 'node:assert/strict'
import {
  add,
  cast,
  crop,
  expand,
  median,
  monitor,
  pad,
  pipe,
  type RunOptions,
  resample,
  shrink,
  Volume,
  warp,
} from '../../../../ts/index.ts'
import { madeSource } from '../../../support/made-source.ts'
import { noise } from '../../../support/naive-filters.ts'
import { suite } from '../../../support/suite.ts'
import { temporaryFiles } from '../../../support/temporary.ts'

const test = suite('pipeline/cases/streaming')
const file = temporaryFiles()

/** What a pipeline writes, read back. */
async function written(
  pipeline: { write: (path: string, options: object) => Promise<void> },
  run: RunOptions,
) {
  const path = file(`${Math.random()}.nii`)
  await pipeline.write(path, run)
  return await Volume.read(path)
}

test('case 6: shrink streams exactly, and needs no more than the voxels it samples', async () => {
  const ramp = (x: number, y: number) => x + 80 * y
  const source = madeSource([80, 122], 'int16', ramp)
  const step = shrink({ factor: [3, 5] })
  const [read, made] = [monitor(source), monitor(step)]
  const pipeline = pipe(source, step)
  const info = await pipeline.info()
  assert.deepEqual(info.shape, [26, 24])
  assert.deepEqual(info.geometry.spacing.slice(0, 2), [3, 5])
  const before = Volume.create({ shape: [80, 122], dtype: 'int16' }).geometry
  assert.deepEqual(info.geometry.indexToWorld([0, 0]), before.indexToWorld([2, 3]))
  const result = await written(pipeline, { divisions: 4 })
  assert.equal(made.runs, 4)
  assert.deepEqual(
    read.needed,
    [0, 1, 2, 3].map((k) => ({ start: [2, 3 + 30 * k], shape: [76, 26] })),
  )
  for (let r = 0; r < 24; r++)
    for (let c = 0; c < 26; c++) assert.equal(result.get(c, r), ramp(3 * c + 2, 5 * r + 3))
})

for (const [asked, runs] of [
  [10, 9],
  [1000, 972],
] as const)
  test(`case 7: ${asked} blocks of a source without regions are ${runs} runs of the step, one of the source`, async () => {
    const source = madeSource([61, 47], 'int16', (x, y) => x - 7 * y, { canReadRegion: false })
    const step = cast({ dtype: 'float32' })
    const [read, made] = [monitor(source), monitor(step)]
    const result = await written(pipe(source, step), { divisions: asked, split: 'blocks' })
    assert.deepEqual([made.runs, read.runs], [runs, 1])
    assert.ok(await result.equals(await pipe(source, step).compute({ divisions: 1 })))
  })

test('case 8: a crop behind which shrink samples single rows needs those rows', async () => {
  const source = madeSource([200, 200], 'int16', (x, y) => x * 100 + y)
  const step = shrink({ factor: [2, 3] })
  const [read, made] = [monitor(source), monitor(step)]
  const result = await written(pipe(source, crop({ start: [100, 100], shape: [8, 12] }), step), {
    divisions: 4,
  })
  assert.equal(made.runs, 4)
  assert.deepEqual(
    read.needed,
    [0, 1, 2, 3].map((k) => ({ start: [101, 101 + 3 * k], shape: [7, 1] })),
  )
  assert.equal(result.get(1, 2), 103 * 100 + 107)
})

test('case 10: expand gives the same in three divisions', async () => {
  const pipeline = pipe(noise([13, 11], 'int16'), cast({ dtype: 'float32' }), expand({ factor: [2, 3] }))
  const result = await written(pipeline, { divisions: 3 })
  assert.deepEqual(result.shape, [26, 33])
  assert.ok(await result.equals(await pipeline.compute({ divisions: 1 })))
})

test('case 12: what lies wholly in constant padding needs nothing', async () => {
  const source = madeSource([8, 12], 'float32', (x, y) => x + 10 * y)
  const step = pad({ lower: [10, 2], upper: [3, 15], value: 13.3 })
  const [read, made] = [monitor(source), monitor(step)]
  const pipeline = pipe(source, step)
  const { shape, geometry } = await pipeline.info()
  assert.deepEqual(shape, [21, 29])
  const before = Volume.create({ shape: [8, 12], dtype: 'float32' }).geometry
  assert.deepEqual(geometry.indexToWorld([0, 0]), before.indexToWorld([-10, -2]))
  const result = await written(pipeline, { divisions: 2 })
  assert.deepEqual([made.runs, read.runs], [2, 1])
  assert.ok(await result.equals(await pipeline.compute({ divisions: 1 })))
  assert.deepEqual([result.get(0, 0), result.get(10, 2), result.get(17, 13)], [Math.fround(13.3), 0, 117])
})

for (const mode of ['symmetric', 'wrap', 'edge'] as const)
  test(`case 13: a ${mode} pad wider than its input gives the same in three divisions`, async () => {
    const source = madeSource([5, 12], 'int16', (x, y) => x + 10 * y)
    const pipeline = pipe(source, pad({ lower: [0, 16], upper: [0, 16], mode }))
    const result = await written(pipeline, { divisions: 3 })
    assert.ok(await result.equals(await pipeline.compute({ divisions: 1 })))
    const read = (position: number) => result.get(0, 16 + position)
    const expected = { symmetric: [0, 10], wrap: [110, 100], edge: [0, 0] }[mode]
    assert.deepEqual([read(-1), read(-2)], expected)
  })

for (const interpolation of ['nearest', 'linear', 'cubic'] as const)
  test(`case 15: ${interpolation} resampling by a rotation gives the same in eight divisions`, async () => {
    const [c, s] = [Math.cos(0.3), Math.sin(0.3)]
    const transform = [
      [c, -s, 0, 1.5],
      [s, c, 0, -2],
      [0, 0, 1, 0.25],
      [0, 0, 0, 1],
    ] as const
    const step = resample({ transform, interpolation })
    const made = monitor(step)
    const pipeline = pipe(noise([32, 32, 32], 'int16'), cast({ dtype: 'float32' }), step)
    const result = await written(pipeline, { divisions: 8 })
    assert.equal(made.runs, 8)
    assert.ok(await result.equals(await pipeline.compute({ divisions: 1 })))
    assert.ok(result.data.every((value) => !Number.isNaN(value)))
    assert.ok(result.data.some((value) => value !== 0))
  })

test('case 16: a field of half the resolution moves every voxel as the full one does', async () => {
  const shape = [16, 16, 16]
  const voxels = noise(shape, 'int16')
  const results: Volume[] = []
  for (const step of [1, 2]) {
    const field = Volume.create({
      shape: shape.map((n) => n / step),
      dtype: 'float32',
      components: 3,
      spacing: shape.map(() => step),
    })
    await field.fill(1)
    const moved = warp(field)
    const made = monitor(moved)
    results.push(await written(pipe(voxels, cast({ dtype: 'float32' }), moved), { divisions: 4 }))
    assert.equal(made.runs, 4)
  }
  const [full, half] = results as [Volume, Volume]
  assert.ok(await half.equals(full))
  // Indices run to the left, posterior and down.
  assert.deepEqual([full.get(3, 2, 1), full.get(0, 5, 5)], [voxels.get(2, 1, 0), 0])
})

test('case 17: a sum of files of two element types runs each four times', async () => {
  const [path, other] = [file('a.nii'), file('b.nii')]
  await noise([19, 7, 8], 'float32').write(path)
  await noise([19, 7, 8], 'uint16', { seed: 9 }).write(other)
  const [left, right] = [cast({ dtype: 'float32' }), cast({ dtype: 'uint16' })]
  const [lefts, rights] = [monitor(left), monitor(right)]
  const pipeline = pipe(path, left, add(pipe(other, right)))
  const result = await written(pipeline, { divisions: 4 })
  assert.deepEqual([lefts.runs, rights.runs], [4, 4])
  assert.ok(await result.equals(await pipeline.compute({ divisions: 1 })))
})

test('case 19: one inner voxel of a flat median needs nine', async () => {
  const first = cast({ dtype: 'float32' })
  const seen = monitor(first)
  const pipeline = pipe(noise([9, 8, 7], 'int16'), first, median({ radius: [1, 1, 0] }))
  await pipeline.compute({ region: { start: [4, 3, 2], shape: [1, 1, 1] } })
  assert.deepEqual(seen.needed, [{ start: [3, 2, 2], shape: [3, 3, 1] }])
  assert.equal(seen.runs, 1)
})

test.run()
