import * as assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { median, pipe, statistics, Volume, VoxlineError } from '../../../ts/index.ts'
import { noise } from '../../support/naive-filters.ts'
import { refusal } from '../../support/refusal.ts'
import { suite } from '../../support/suite.ts'
import { temporaryFiles } from '../../support/temporary.ts'

const test = suite('pipeline/settings')
const shape = [19, 7, 5]

test('options of a run are checked before any work', async () => {
  const pipeline = pipe(noise(shape, 'int16'), median())
  const bad: readonly [object, string][] = [
    [{ divisions: 0 }, 'compute.divisions'],
    [{ threads: 1.5 }, 'compute.threads'],
    [{ threads: -1 }, 'compute.threads'],
    [{ memory: 'lots' }, 'compute.memory'],
    [{ split: 'rows' }, 'compute.split'],
    [{ executor: 'fast' }, 'compute.executor'],
    [{ simd: 'v9' }, 'compute.simd'],
    [{ tile: [0, 1, 1] }, 'compute.tile[0]'],
    [{ signal: {} }, 'compute.signal'],
    [{ onProgress: 1 }, 'compute.onProgress'],
    [{ colour: 1 }, 'compute.colour'],
    [{ region: { start: [0, 0], shape: [1, 1] } }, 'compute.region.start'],
    [{ region: { shape: [0, 1, 1] } }, 'compute.region.shape[0]'],
  ]
  for (const [options, argument] of bad)
    await assert.rejects(pipeline.compute(options), refusal('InvalidArgument', argument))
  const outside = { region: { start: [10, 0, 0], shape: [10, 7, 5] } }
  await assert.rejects(pipeline.compute(outside), (error) => {
    assert.ok(error instanceof VoxlineError && error.code === 'OutOfBounds')
    assert.deepEqual([error.details.region, error.details.extent], [outside.region, shape])
    return true
  })
})

test('wrong steps and sources are refused when a pipeline is made', () => {
  assert.throws(() => pipe(3 as never), refusal('InvalidArgument', 'source'))
  assert.throws(() => pipe('a.nii', median as never), refusal('InvalidArgument', 'steps[0]'))
  assert.throws(() => pipe('a.nii', statistics(), median()), refusal('InvalidArgument', 'steps[0]'))
})

test('case 46: the environment chooses executor and threads, and options override it', async () => {
  const pipeline = pipe(noise(shape, 'int16'), median())
  try {
    process.env.VOXLINE_EXECUTOR = 'Reference'
    process.env.VOXLINE_THREADS = '1'
    const { passes } = await pipeline.explain()
    assert.deepEqual([passes[0].threads, passes[0].tile], [1, shape])
    assert.ok((await pipeline.explain({ executor: 'fused' })).passes[0].threads >= 1)
    process.env.VOXLINE_EXECUTOR = 'FUSED'
    await pipeline.compute()
    assert.deepEqual((await pipeline.explain({ executor: 'reference' })).passes[0].tile, shape)
    process.env.VOXLINE_EXECUTOR = 'slow'
    await assert.rejects(pipeline.compute(), refusal('InvalidArgument', 'VOXLINE_EXECUTOR'))
    process.env.VOXLINE_EXECUTOR = ''
    process.env.VOXLINE_THREADS = 'many'
    await assert.rejects(pipeline.compute(), refusal('InvalidArgument', 'VOXLINE_THREADS'))
    await pipeline.compute({ threads: 2 })
  } finally {
    delete process.env.VOXLINE_EXECUTOR
    delete process.env.VOXLINE_THREADS
  }
})

test('a budget that cannot work is refused with the least one that does', async () => {
  const file = temporaryFiles()
  await noise([64, 48, 40], 'int16').write(file('a.nii'))
  const pipeline = pipe(file('a.nii'), median())
  let required = 0
  await assert.rejects(pipeline.write(file('b.nii'), { memory: 1000 }), (error) => {
    assert.ok(error instanceof VoxlineError && error.code === 'Memory')
    required = error.details.required as number
    return required > 1000
  })
  assert.deepEqual(readdirSync(dirname(file('a.nii'))), ['a.nii'])
  await pipeline.write(file('b.nii'), { memory: required })
  assert.ok(await (await Volume.read(file('b.nii'))).equals(await pipeline.compute()))
  // The result counts.
  await assert.rejects(pipeline.compute({ memory: 64 * 48 * 40 * 2 }), refusal('Memory', 'compute.memory'))
})

test.run()
