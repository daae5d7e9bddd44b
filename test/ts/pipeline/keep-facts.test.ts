import * as assert from 'node:assert/strict'
import {
  clamp,
  type DType,
  defineSource,
  linear,
  median,
  monitor,
  pipe,
  type Volume,
} from '../../../ts/index.ts'
import { countedSource } from '../../support/counted-source.ts'
import { noise } from '../../support/naive-filters.ts'
import { suite } from '../../support/suite.ts'

const test = suite('pipeline/keep-facts')
const shape = [19, 7, 10]

test('a result is a volume of its own', async () => {
  const volume = noise(shape, 'int16')
  const pipeline = pipe(volume, linear({ scale: 2 })).keep()
  const first = await pipeline.compute()
  const value = Number(first.get(3, 4, 5))
  await first.fill(-1)
  const second = await pipeline.compute()
  assert.equal(second.get(3, 4, 5), value)
  pipeline.release()
  await volume.fill(0)
  assert.equal(second.get(3, 4, 5), value)
  assert.equal((await pipeline.compute()).get(3, 4, 5), 0)
})

test('results do not depend on what is kept, however they are cut', async () => {
  const volume = noise(shape, 'int16')
  const kept = median().keep()
  const pipeline = pipe(volume, kept, clamp({ low: -20 }), median({ radius: 2 }))
  const expected = await pipe(volume, median(), clamp({ low: -20 }), median({ radius: 2 })).compute()
  const region = { start: [4, 2, 3], shape: [7, 3, 4] }
  assert.ok(await (await pipeline.compute({ region })).equals(expected.view(region)))
  for (const options of [
    { divisions: 3 },
    { split: 'blocks', divisions: 7 },
    { executor: 'reference' },
  ] as const)
    assert.ok(await (await pipeline.compute(options)).equals(expected), JSON.stringify(options))
  const into = noise(shape, 'int16')
  assert.ok(await (await pipeline.compute({ into })).equals(expected))
  for await (const { region: part, volume: tile } of pipeline.tiles({ divisions: 4 }))
    assert.ok(await tile.equals(expected.view(part)))
})

test('a result may go where the input of what is kept lies', async () => {
  const volume = noise(shape, 'float32')
  const expected = await pipe(volume, median()).compute()
  const pipeline = pipe(volume, median()).keep()
  await pipeline.compute({ into: volume })
  assert.ok(await volume.equals(expected))
  const again = await pipe(expected, median()).compute()
  assert.ok(await (await pipeline.compute()).equals(again))
})

test('runs that isolate themselves use and fill the same kept voxels', async () => {
  const volume = noise(shape, 'int16')
  const step = median()
  const seen = monitor(step)
  const pipeline = pipe(volume, step).keep()
  const first = await pipeline.compute({ isolate: true })
  for (const isolate of [true, false, true])
    assert.ok(await (await pipeline.compute({ isolate })).equals(first))
  assert.equal(seen.runs, 1)
  volume.set(5000, 3, 3, 3)
  for (const isolate of [true, false]) await pipeline.compute({ isolate })
  assert.equal(seen.runs, 2)
})

test('a source that describes itself otherwise is read again', async () => {
  const facts: { shape: number[]; dtype: DType; spacing: number[] } = {
    shape: [5, 4, 3],
    dtype: 'int16',
    spacing: [1, 1, 1],
  }
  let reads = 0
  const source = defineSource({
    name: 'changing',
    describe: () => facts,
    read: ({ region }) => {
      reads++
      const size = region.shape.reduce((n, m) => n * m, 1)
      return facts.dtype === 'int16' ? new Int16Array(size).fill(size) : new Uint8Array(size).fill(9)
    },
  })
  const pipeline = pipe(source, clamp()).keep()
  const compute = async (): Promise<Volume> => await pipeline.compute({ divisions: 1 })
  assert.equal((await compute()).get(4, 3, 2), 60)
  facts.shape = [6, 5, 4]
  assert.deepEqual([(await compute()).shape, (await compute()).get(5, 4, 3)], [[6, 5, 4], 120])
  facts.dtype = 'uint8'
  assert.equal((await compute()).get(5, 4, 3), 9)
  facts.spacing = [2, 2, 2]
  assert.deepEqual((await compute()).geometry.spacing, [2, 2, 2])
  assert.equal(reads, 4)
})

test('one step on two inputs keeps both', async () => {
  const step = clamp({ low: 3 }).keep()
  const [a, b] = [countedSource(shape), countedSource([5, 4, 3])]
  const [first, second] = [pipe(a.source, step), pipe(b.source, step)]
  for (let k = 0; k < 3; k++) {
    assert.deepEqual((await first.compute({ divisions: 1 })).shape, shape)
    assert.deepEqual((await second.compute({ divisions: 1 })).shape, [5, 4, 3])
  }
  assert.deepEqual([a.calls.regions.length, b.calls.regions.length], [1, 1])
  step.release()
  await first.compute({ divisions: 1 })
  assert.deepEqual([a.calls.regions.length, b.calls.regions.length], [2, 1])
})

test.run()
