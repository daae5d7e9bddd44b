import * as assert from 'node:assert/strict'
import { counters, Volume, type VolumeToken } from '../../../ts/index.ts'
import { printedBy } from '../../support/child.ts'
import { refusal } from '../../support/refusal.ts'
import { suite } from '../../support/suite.ts'

const test = suite('volume/handle')

const made = () =>
  Volume.create({ shape: [19, 7, 5], dtype: 'int16', spacing: [1, 2, 3], orientation: 'RAS' })

test('a copy of the token gives the same memory, place and header', async () => {
  using volume = made()
  volume.header = { description: 'as sent' }
  using view = volume.flipToOrientation('ASR').view({ start: [2, 1, 3], shape: [4, 3, 6] })
  using handle = view.handle()
  using other = Volume.fromHandle(structuredClone(handle) as VolumeToken<'int16'>)
  assert.ok(await other.equals(view, { geometry: true }))
  assert.deepEqual([other.header, other.parent], [{ description: 'as sent' }, null])
  other.set(7, 1, 1, 1)
  assert.equal(view.get(1, 1, 1), 7)
  assert.equal(other.flipToOrientation('RAS').affine.join(), view.flipToOrientation('RAS').affine.join())
})

test('every owner keeps the memory, in any order', () => {
  const before = counters()
  const volume = made()
  const handle = volume.handle()
  assert.equal(counters().handles - before.handles, 1)
  volume.dispose()
  const one = Volume.fromHandle(handle)
  one.set(3, 0, 0, 0)
  one.dispose()
  const two = Volume.fromHandle(handle)
  handle.close()
  handle.close()
  assert.equal(two.get(0, 0, 0), 3)
  assert.throws(() => Volume.fromHandle(handle), refusal('Disposed'))
  two.dispose()
  const after = counters()
  assert.deepEqual(
    [after.live, after.memories, after.handles],
    [before.live, before.memories, before.handles],
  )
})

test('in its own thread a handle gives the allocation that is there, with one version and one buffer', () => {
  using volume = made()
  using handle = volume.handle()
  using other = Volume.fromHandle(handle, { close: true })
  other.touch()
  assert.deepEqual([volume.version, volume.data.buffer === other.data.buffer], [1, true])
  assert.throws(() => Volume.fromHandle(handle), refusal('Disposed'))
})

test('tokens that are wrong are refused', () => {
  using volume = made()
  using handle = volume.handle()
  const token = structuredClone(handle) as VolumeToken<'int16'>
  const wrong: readonly [Partial<VolumeToken>, Parameters<typeof refusal>][] = [
    [{ process: 1 }, ['Disposed']],
    [{ id: handle.id + 1000 }, ['Disposed']],
    [{ id: -1 }, ['InvalidArgument', 'handle.id']],
    [{ shape: [19, 7, 6] }, ['OutOfBounds']],
    [{ offset: 1 }, ['OutOfBounds']],
    [{ strides: [1, 19] }, ['InvalidArgument', 'handle.strides']],
  ]
  for (const [change, expected] of wrong)
    assert.throws(() => Volume.fromHandle({ ...token, ...change } as VolumeToken), refusal(...expected))
  assert.throws(() => Volume.fromHandle({} as VolumeToken), refusal('InvalidArgument', 'handle'))
  using wrapped = Volume.wrap(new Int8Array(4), { shape: [4] })
  assert.throws(() => wrapped.handle(), refusal('Unsupported'))
  const described = Volume.describe({ shape: [3], dtype: 'int8' })
  assert.throws(() => described.handle(), refusal('Unsupported'))
})

test('worker threads share memory both ways, and may end or be terminated', async () => {
  const program = new URL('../../support/handle-threads.ts', import.meta.url)
  assert.deepEqual(await printedBy(program), {
    fromWorker: [1, 2, 3, 4],
    ofEndedWorker: 77,
    afterTermination: 5,
    isolated: [6, 9],
    leaked: 0,
    memories: 0,
    handles: 0,
  })
})

test.run()
