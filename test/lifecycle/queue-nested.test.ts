import * as assert from 'node:assert/strict'
import { clamp, defineSource, linear, median, memoryLimit, pipe, queue, statistics } from '../../ts/index.ts'
import { bytesOf, limitAbove } from '../support/admission.ts'
import { noise } from '../support/naive-filters.ts'
import { suite } from '../support/suite.ts'

const test = suite('lifecycle/queue-nested')
const shape = [256, 256, 64]
const before = memoryLimit()

test.after.each(() => {
  memoryLimit(before)
})

// A source each of whose regions another pipeline computes.
function derived(canReadRegion: boolean) {
  const volume = noise(shape, 'int16')
  const inner = pipe(volume, linear({ scale: 2, dtype: 'int16' }))
  const source = defineSource({
    name: 'derived',
    describe: () => ({ shape, dtype: 'int16' }),
    read: async ({ region }) => {
      using made = await inner.compute({ region, divisions: 1 })
      return new Int16Array(made.data as Int16Array)
    },
    canReadRegion,
  })
  return { volume, source }
}

test('a source may run pipelines while its own run has all the memory', async () => {
  for (const canReadRegion of [true, false]) {
    const { volume, source } = derived(canReadRegion)
    const expected = await pipe(volume, linear({ scale: 2, dtype: 'int16' }), median()).compute()
    const pipeline = pipe(source, median())
    const size = await bytesOf(() => pipeline.compute({ divisions: 4 }))
    await limitAbove(size / 2)
    memoryLimit(memoryLimit() + size / 2 + 2 ** 20)
    const made = await pipeline.compute({ divisions: 4 })
    memoryLimit(before)
    assert.ok(await made.equals(expected))
  }
})

test('a loop over tiles may run pipelines while its own run has all the memory', async () => {
  const volume = noise(shape, 'int16')
  const sum = Number((await pipe(volume, clamp({ low: 0 }), statistics()).compute()).sum)
  const pipeline = pipe(volume, clamp({ low: 0 }))
  const own = async () => {
    let total = 0
    for await (const { volume: tile } of pipeline.tiles({ divisions: 4 })) {
      total += Number((await pipe(tile, median({ radius: 0 }), statistics()).compute({ divisions: 1 })).sum)
      tile.dispose()
    }
    return total
  }
  assert.ok(Math.abs((await own()) - sum) < 1e-6 * Math.abs(sum))
  let most = 0
  const note = ({ bytes }: { bytes: number }) => {
    most = Math.max(most, bytes)
  }
  queue.on('change', note)
  await own()
  queue.off('change', note)
  await limitAbove(most - 2 ** 19)
  assert.ok(Math.abs((await own()) - sum) < 1e-6 * Math.abs(sum))
})

test('two loops over tiles at once, one inside the other, end', async () => {
  const volume = noise([64, 64, 32], 'int16')
  const pipeline = pipe(volume, clamp({ low: 0 }))
  let most = 0
  const note = ({ bytes }: { bytes: number }) => {
    most = Math.max(most, bytes)
  }
  const nested = async () => {
    let voxels = 0
    for await (const { volume: outer } of pipeline.tiles({ divisions: 4 }))
      for await (const { volume: inner } of pipe(outer, median()).tiles({ divisions: 2 }))
        voxels += inner.size
    return voxels
  }
  queue.on('change', note)
  assert.equal(await nested(), 64 * 64 * 32)
  queue.off('change', note)
  await limitAbove(most - 2 ** 19)
  assert.equal(await nested(), 64 * 64 * 32)
})

test.run()
