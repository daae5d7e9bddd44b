import * as assert from 'node:assert/strict'
import { cast, clamp, gradientMagnitude, median, monitor, pipe } from '../../../ts/index.ts'
import { countedSource, spans, voxelCount, voxelsOf } from '../../support/counted-source.ts'
import { eachIndex } from '../../support/naive-filters.ts'
import { suite } from '../../support/suite.ts'

const test = suite('pipeline/keep-regions')
const shape = [19, 7, 12]
const slab = (from: number, count: number) => ({ start: [0, 0, from], shape: [19, 7, count] })

test('only what no run has computed is computed and added', async () => {
  const { source, calls } = countedSource(shape)
  const step = clamp()
  const seen = monitor(step)
  const pipeline = pipe(source, step).keep()
  const asked = async (from: number, count: number) => {
    calls.regions.length = 0
    const volume = await pipeline.compute({ region: slab(from, count), divisions: 1 })
    assert.deepEqual([...volume.data], [...voxelsOf(slab(from, count))])
    return spans(calls.regions)
  }
  assert.deepEqual(await asked(3, 2), [[3, 2]])
  assert.deepEqual(await asked(3, 2), [])
  assert.deepEqual(await asked(4, 3), [[5, 2]])
  assert.deepEqual(await asked(9, 1), [[9, 1]])
  assert.deepEqual(
    (await asked(0, 12)).toSorted(([a], [b]) => a - b),
    [
      [0, 3],
      [7, 2],
      [10, 2],
    ],
  )
  assert.deepEqual(await asked(0, 12), [])
  assert.equal(voxelCount(seen.computed), 19 * 7 * 12)
})

test('a hole of any kind is left out', async () => {
  const { source, calls } = countedSource(shape)
  const pipeline = pipe(source, clamp()).keep()
  const whole = { start: [0, 0, 0], shape }
  for (const region of [
    { start: [5, 2, 3], shape: [4, 3, 5] },
    { start: [0, 0, 0], shape: [6, 3, 4] },
    { start: [8, 1, 7], shape: [11, 6, 5] },
    whole,
  ])
    assert.deepEqual([...(await pipeline.compute({ region })).data], [...voxelsOf(region)])
  const times = new Map<string, number>()
  for (const { start, shape: lengths } of calls.regions)
    eachIndex(lengths, (index) => {
      const key = index.map((i, axis) => i + start[axis]).join()
      times.set(key, (times.get(key) ?? 0) + 1)
    })
  assert.deepEqual([times.size, new Set(times.values())], [19 * 7 * 12, new Set([1])])
})

test('steps below read what a missing part needs around it', async () => {
  const { source, calls } = countedSource(shape)
  const first = cast({ dtype: 'float32' })
  const seen = monitor(first)
  const pipeline = pipe(source, first, gradientMagnitude()).keep()
  await pipeline.compute({ region: slab(0, 5), divisions: 1 })
  await pipeline.compute({ region: slab(2, 7), divisions: 1 })
  assert.deepEqual(spans(seen.needed), [
    [0, 6],
    [4, 6],
  ])
  assert.deepEqual(spans(calls.regions), [
    [0, 6],
    [4, 6],
  ])
})

test('what is held stays when another part is added in divisions', async () => {
  const { source, calls } = countedSource(shape)
  const kept = clamp().keep()
  const pipeline = pipe(source, kept, median())
  const { source: other } = countedSource(shape)
  const expected = await pipe(other, clamp(), median()).compute()
  await pipeline.compute({ region: slab(5, 1), divisions: 1 })
  assert.deepEqual(spans(calls.regions), [[4, 3]])
  assert.ok(await (await pipeline.compute({ divisions: 4 })).equals(expected))
  assert.equal(voxelCount(calls.regions), 19 * 7 * 12)
  assert.ok(await (await pipeline.compute({ divisions: 3 })).equals(expected))
  assert.equal(voxelCount(calls.regions), 19 * 7 * 12)
})

test('kept steps above each other compute each voxel once', async () => {
  const { source, calls } = countedSource(shape)
  const [low, high] = [median().keep(), gradientMagnitude().keep()]
  const [below, above] = [monitor(low), monitor(high)]
  const pipeline = pipe(source, low, high, clamp())
  await pipeline.compute({ region: slab(4, 3), divisions: 1 })
  assert.deepEqual([spans(below.computed), spans(above.computed)], [[[3, 5]], [[4, 3]]])
  await pipeline.compute()
  assert.deepEqual([voxelCount(below.computed), voxelCount(above.computed)], [19 * 7 * 12, 19 * 7 * 12])
  const read = voxelCount(calls.regions)
  high.release()
  await pipeline.compute()
  assert.equal(voxelCount(above.computed), 2 * 19 * 7 * 12)
  assert.deepEqual([voxelCount(below.computed), voxelCount(calls.regions)], [19 * 7 * 12, read])
})

test.run()
