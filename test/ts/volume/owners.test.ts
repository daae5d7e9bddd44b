import * as assert from 'node:assert/strict'
import { Volume } from '../../../ts/volume/volume.ts'
import { refusal } from '../../support/refusal.ts'
import { suite } from '../../support/suite.ts'

const test = suite('volume/owners')

test('arrays are detached when the last volume over the memory is disposed, never before', () => {
  const volume = Volume.create({ shape: [4, 5, 3], dtype: 'int16' })
  const opened = volume.view({ start: [1, 0, 0] })
  const view = opened.flip([0])
  opened.dispose()
  const { data } = volume
  const { data: whole } = view.array()
  volume.dispose()
  assert.equal(data.length, 60)
  data[1] = 7
  assert.equal(view.get(2, 0, 0), 7)
  const copyOfView = view.view({})
  view.dispose()
  assert.equal(whole.length, 60)
  copyOfView.dispose()
  assert.deepEqual([data.length, whole.length], [0, 0])
})

test('every access to voxels of a disposed volume throws Disposed', async () => {
  const volume = Volume.create({ shape: [4, 5], dtype: 'int16', margin: 1 })
  volume.dispose()
  volume.dispose()
  const uses = [
    () => volume.data,
    () => volume.array(),
    () => volume.get(0, 0),
    () => volume.set(1, 0, 0),
    () => volume.view({}),
    () => volume.flip([0]),
    () => volume.permute([1, 0]),
    () => volume.flipToOrientation('RA'),
    () => volume.lines(),
    () => volume.forEachLine(() => {}),
    () => volume.touch(),
    () => volume.allocate(),
  ]
  for (const use of uses) assert.throws(use, refusal('Disposed'))
  const other = Volume.create({ shape: [4, 5], dtype: 'int16' })
  const calls = [
    () => volume.copy(),
    () => volume.fill(1),
    () => volume.equals(other),
    () => other.equals(volume),
    () => other.copyFrom(volume),
    () => volume.fillMargin('edge'),
    () => volume.flipToOrientation('RA', { layout: 'RA' }),
  ]
  for (const call of calls) await assert.rejects(call, refusal('Disposed'))
  assert.deepEqual([volume.shape, volume.isDisposed], [[4, 5], true])
})

test('using disposes at the end of the scope', () => {
  const volume = Volume.create({ shape: [4], dtype: 'int8' })
  const { data } = volume
  volume[Symbol.dispose]()
  assert.equal(data.length, 0)
})

test('a wrapped array is unpinned, not detached', () => {
  const array = new Int16Array(6)
  const volume = Volume.wrap(array, { shape: [6] })
  const { data } = volume
  volume.dispose()
  assert.deepEqual([array.length, data.length], [6, 6])
})

test('a background call keeps the memory of a volume that is disposed meanwhile', async () => {
  const volume = Volume.create({ shape: [300, 200, 70], dtype: 'float32' })
  await volume.fill(3)
  const { data } = volume
  const copying = volume.copy({ dtype: 'float64' })
  volume.dispose()
  const copy = await copying
  assert.equal(copy.get(299, 199, 69), 3)
  assert.equal(data.length, 0)
})

test.run()
