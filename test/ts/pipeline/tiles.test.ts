import * as assert from 'node:assert/strict'
import { cast, edgeMap, gaussian, median, pipe, Volume } from '../../../ts/index.ts'
import { failing } from '../../support/failing-filter.ts'
import { eachIndex, noise } from '../../support/naive-filters.ts'
import { refusal } from '../../support/refusal.ts'
import { suite } from '../../support/suite.ts'

const test = suite('pipeline/tiles')
const shape = [19, 7, 5]

test('tiles are disjoint and together the region', async () => {
  const pipeline = pipe(noise(shape, 'int16'), cast({ dtype: 'float32' }), edgeMap({ below: 3 }))
  const whole = await pipeline.compute()
  const region = { start: [2, 1, 0], shape: [15, 6, 5] }
  for (const options of [{ divisions: 4 }, { divisions: 6, split: 'blocks' }, {}] as const) {
    const made = Volume.create({ shape: region.shape, dtype: 'uint8' })
    const counts = new Map<string, number>()
    for await (const tile of pipeline.tiles({ ...options, region })) {
      const at = tile.region.start.map((first, axis) => first - region.start[axis])
      await made.copyFrom(tile.volume, at)
      assert.deepEqual(tile.volume.shape, tile.region.shape)
      eachIndex(tile.region.shape, (index) => {
        const key = index.map((i, axis) => i + at[axis]).join()
        counts.set(key, (counts.get(key) ?? 0) + 1)
      })
    }
    assert.ok(await made.equals(whole.view(region)))
    assert.deepEqual([counts.size, Math.max(...counts.values())], [15 * 6 * 5, 1])
  }
})

test('leaving the loop over tiles aborts the run', async () => {
  const events: string[] = []
  const pipeline = pipe(noise([64, 48, 40], 'int16'), gaussian())
  for await (const { region } of pipeline.tiles({
    divisions: 20,
    onEvent: ({ type }) => events.push(type),
  })) {
    assert.deepEqual(region.shape, [64, 48, 2])
    break
  }
  assert.equal(events.at(-1), 'abort')
  assert.ok(events.filter((type) => type === 'tile').length <= 4)
})

test('a failing run over tiles rejects in the loop', async () => {
  const volume = noise(shape, 'uint8', { low: 1, high: 1 })
  await assert.rejects(async () => {
    for await (const _ of pipe(volume, failing({ at: 1 })).tiles()) assert.fail('no tile is whole')
  }, refusal('Filter'))
  assert.throws(
    () => pipe(volume, median()).tiles({ divisions: 0 }),
    refusal('InvalidArgument', 'tiles.divisions'),
  )
})

test.run()
