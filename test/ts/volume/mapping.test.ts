import * as assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { clamp, pipe, Volume } from '../../../ts/index.ts'
import { noise } from '../../support/naive-filters.ts'
import { refusal } from '../../support/refusal.ts'
import { suite } from '../../support/suite.ts'
import { temporaryFiles } from '../../support/temporary.ts'

const test = suite('volume/mapping')
const shape = [19, 7, 5]

async function mappable(): Promise<string> {
  const path = temporaryFiles()('a.nii')
  await noise(shape, 'int16', { low: 1, high: 99 }).write(path, { storage: 'RAS' })
  return path
}

test('a read-only map refuses every call that writes, also through its views', async () => {
  const path = await mappable()
  const before = readFileSync(path)
  using map = Volume.map(path)
  const source = Volume.create({ shape, dtype: 'int16' })
  for (const volume of [map, map.flip([0]).view({})]) {
    assert.throws(() => volume.set(5, 0, 0, 0), refusal('Unsupported'))
    assert.throws(() => volume.edit(() => {}), refusal('Unsupported'))
    for (const write of [
      () => volume.fill(3),
      () => volume.copyFrom(source),
      () => volume.fillMargin('edge'),
      () => pipe(source, clamp({ low: 0 })).compute({ into: volume }),
    ])
      await assert.rejects(write, refusal('Unsupported'))
  }
  assert.ok(before.equals(readFileSync(path)))
})

test('a store through the array of a read-only map lands on a private page: no fault, and nothing in the file', async () => {
  const path = await mappable()
  const before = readFileSync(path)
  using map = Volume.map(path)
  using other = Volume.map(path)
  const value = map.data[7]
  map.data[7] = 1234
  assert.deepEqual([map.data[7], other.data[7]], [1234, value])
  assert.ok(before.equals(readFileSync(path)))
})

test('a private map is written to like memory, and the file stays as it is', async () => {
  const path = await mappable()
  const before = readFileSync(path)
  using map = Volume.map(path, { mode: 'c' })
  await map.fill(3)
  map.set(4, 18, 6, 4)
  assert.equal(
    map.edit((data) => {
      for (let k = 0; k < data.length; k++) data[k] = 5
    }),
    map,
  )
  assert.deepEqual([map.get(0, 0, 0), map.get(18, 6, 4)], [5, 5])
  assert.ok(before.equals(readFileSync(path)))
})

test('what any call writes to a shared map is in the file when it is disposed', async () => {
  const path = await mappable()
  const map = Volume.map(path, { mode: 'r+' })
  await map.fill(3)
  map.set(4, 18, 6, 4)
  map.view({ start: [1, 1, 1], shape: [1, 1, 1] }).data[0] = 6
  await map.view({ shape: [2, 2, 1] }).copyFrom(noise([2, 2, 1], 'int16', { low: 8, high: 8 }))
  map.dispose()
  const now = await Volume.read(path)
  assert.deepEqual([now.get(18, 6, 4), now.get(1, 1, 1), now.get(1, 1, 0), now.get(2, 2, 0)], [4, 6, 8, 3])
})

test.run()
