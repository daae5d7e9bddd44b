import * as assert from 'node:assert/strict'
import {
  type ComputeOptions,
  cast,
  clamp,
  mask,
  median,
  normalize,
  type Pipeline,
  pipe,
  rescaleIntensity,
  Volume,
  VoxlineError,
} from '../../../ts/index.ts'
import { suite } from '../../support/suite.ts'

const test = suite('pipeline/pass-values')
const dtypes = ['uint8', 'int32', 'int64', 'float32'] as const
const ways: readonly ComputeOptions[] = [
  {},
  { divisions: 2, tile: [8, 7], threads: 5 },
  { split: 'blocks', threads: 1 },
]

// What a run asks for when it is given next to nothing, and then gets.
async function inLeastMemory(pipeline: Pipeline, way: ComputeOptions): Promise<Volume> {
  try {
    return await pipeline.compute({ ...way, memory: 1 })
  } catch (error) {
    if (!(error instanceof VoxlineError) || error.code !== 'Memory') throw error
    return await pipeline.compute({ ...way, memory: Number(error.details['required']) })
  }
}

test('the memory a run asks for is enough where all voxels turn out to be equal', async () => {
  for (const dtype of dtypes) {
    const volume = Volume.create({ shape: [17, 11], dtype })
    const first = pipe(volume, normalize())
    const masked = pipe(pipe(volume, mask(volume, { invert: true })).keep(), normalize())
    const pipelines = [
      first,
      pipe(first, clamp(), normalize()),
      pipe(first, normalize({ mask: first, geometry: 'check' })),
      pipe(masked, normalize({ dtype: 'int8', mask: masked, geometry: 'check' })),
    ]
    for (const pipeline of pipelines)
      for (const way of ways) {
        const expected = await pipeline.compute({ executor: 'reference' })
        assert.ok(await (await inLeastMemory(pipeline, way)).equals(expected))
      }
  }
})

test('equal voxels become 0, and so do NaN and infinities where a mask leaves them out', async () => {
  const volume = Volume.wrap(Float32Array.of(3, Number.NaN, 3, Number.POSITIVE_INFINITY), { shape: [4] })
  const under = Volume.wrap(Uint8Array.of(1, 1, 1, 0), { shape: [4] })
  const { data } = await pipe(volume, normalize({ mask: under })).compute()
  assert.deepEqual([...data], [0, 0, 0, 0])
})

// Values far from 0 with a small spread are read twice: a pass that no plan knows of beforehand.
test('what passes keep is theirs where values make another pass necessary', async () => {
  const far = Float32Array.from({ length: 19 * 17 * 13 }, (_, i) => 20000 + ((i * 7919) % 13) * 0.01)
  const volume = Volume.wrap(far, { shape: [19, 17, 13] })
  const range = { min: -1, max: 1, dtype: 'float32' } as const
  const steps = [
    median(),
    normalize(),
    median(),
    cast({ dtype: 'int8' }),
    median(),
    rescaleIntensity(range),
  ] as const
  const pipeline = pipe(volume, ...steps)
  assert.deepEqual(
    (await pipeline.explain()).passes.map(({ keeps }) => keeps),
    [true, true, false],
  )
  let expected: Volume = volume
  for (const step of steps) expected = await pipe(expected, step).compute()
  for (const way of ways) {
    assert.ok(await (await pipeline.compute(way)).equals(expected))
    assert.ok(await (await inLeastMemory(pipeline, way)).equals(expected))
  }
})

test.run()
