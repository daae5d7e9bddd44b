import * as assert from 'node:assert/strict'
import {
  add,
  concurrency,
  crop,
  gaussian,
  linear,
  mask,
  median,
  pipe,
  statistics,
  subtract,
  VoxlineError,
} from '../../../../ts/index.ts'
import { failing } from '../../../support/failing-filter.ts'
import { madeSource } from '../../../support/made-source.ts'
import { noise } from '../../../support/naive-filters.ts'
import { refusal } from '../../../support/refusal.ts'
import { suite } from '../../../support/suite.ts'

const test = suite('pipeline/cases/errors')
const shape = [19, 7, 16]

test('case 41: a missing input is named, and a crop beyond the extent is refused before any voxel is read', async () => {
  let reads = 0
  const source = madeSource(shape, 'int16', (x, y, z) => x + y - z, { onRead: () => reads++ })
  assert.throws(() => mask(undefined as never), refusal('InvalidArgument', 'mask.operand'))
  const given = await pipe(source, mask(noise(shape, 'uint8', { low: 1, high: 1 }))).compute()
  assert.equal(given.get(3, 2, 1), 4)
  reads = 0
  const beyond = pipe(source, crop({ start: [10, 0, 0], shape: [10, 7, 16] }))
  await assert.rejects(beyond.info(), refusal('OutOfBounds'))
  assert.equal(reads, 0)
})

test('case 42: a pipeline whose source fails once runs right the next time', async () => {
  let reads = 0
  const fails = madeSource(shape, 'int16', (x, y, z) => x * y - z, {
    onRead: () => {
      if (++reads === 2) throw new RangeError('not yet')
    },
  })
  const sound = madeSource(shape, 'int16', (x, y, z) => x * y - z)
  const pipeline = pipe(fails, gaussian())
  await assert.rejects(pipeline.compute({ divisions: 4 }), /not yet/)
  const made = await pipeline.compute({ divisions: 4 })
  assert.ok(await made.equals(await pipe(sound, gaussian()).compute()))
})

test('case 45: any count of threads from one on works, and no more than the pool has are used', async () => {
  const pipeline = pipe(noise([64, 48, 40], 'int16'), median())
  for (const threads of [-1, 0, 1.5]) {
    await assert.rejects(pipeline.compute({ threads }), refusal('InvalidArgument', 'compute.threads'))
    await assert.rejects(pipeline.explain({ threads }), refusal('InvalidArgument', 'explain.threads'))
  }
  const most = concurrency()
  for (const threads of [1, 2, 128, 1000]) {
    const used = (await pipeline.explain({ threads })).passes[0].threads
    assert.ok(used >= 1 && used <= Math.min(threads, most), `${used} of ${threads}`)
  }
})

test('case 47: one worker fails with the same class and details as many', async () => {
  const pipeline = pipe(noise(shape, 'uint8', { low: 1, high: 1 }), failing({ at: 1 }))
  const failures: unknown[] = []
  for (const threads of [1, 2, 16])
    await pipeline.compute({ threads, divisions: 4 }).catch((error: unknown) => {
      assert.ok(error instanceof VoxlineError && error.cause instanceof RangeError)
      failures.push([error.code, error.details, error.message, error.cause.message])
    })
  assert.equal(failures.length, 3)
  assert.deepEqual(failures[1], failures[0])
  assert.deepEqual(failures[2], failures[0])
})

test('case 48: exchanged inputs change the sign, and an option left out is one that is undefined', async () => {
  const [a, b] = [noise(shape, 'int16'), noise(shape, 'int16', { seed: 4 })]
  const one = await pipe(a, subtract(b)).compute()
  const other = await pipe(b, subtract(a), linear({ scale: -1 })).compute()
  // A sum with zero: there is no difference that is -0.
  assert.ok(await (await pipe(one, add(0)).compute()).equals(await pipe(other, add(0)).compute()))
  assert.ok([...one.data].some((value) => value !== 0))
  const without = await pipe(a, statistics()).compute()
  assert.deepEqual(await pipe(a, statistics({ mask: undefined })).compute(), without)
})

test.run()
