import * as assert from 'node:assert/strict'
import { Volume } from '../../../ts/index.ts'
import { printedBy } from '../../support/child.ts'
import { refusal } from '../../support/refusal.ts'
import { suite } from '../../support/suite.ts'
import { temporaryFiles } from '../../support/temporary.ts'

const test = suite('volume/edit')

const made = () => Volume.create({ shape: [19, 7, 5], dtype: 'int16' })
const large = () => Volume.create({ shape: [1 << 21, 3], dtype: 'uint8' })

test('a volume nobody else holds is edited in place, any number of times', () => {
  for (const make of [made, large]) {
    const volume = make()
    const version = volume.version
    let lent: ArrayLike<number> = []
    const same = volume.edit((data) => {
      data[3] = 5
      lent = data
    })
    assert.equal(same, volume)
    assert.equal(volume.get(3, ...volume.shape.slice(1).map(() => 0)), 5)
    assert.ok(volume.version > version)
    assert.equal(lent.length, 0)
    assert.equal(
      volume.edit(() => {}).edit(() => {}),
      volume,
    )
    volume.dispose()
  }
})

test('a view, an exported array, a snapshot or a handle makes it edit a private copy', () => {
  const holders: Record<string, (volume: Volume) => unknown> = {
    view: (volume) => volume.flip([0]),
    data: (volume) => volume.data,
    array: (volume) => volume.array(),
    lines: (volume) => [...volume.lines()],
    snapshot: (volume) => volume.snapshot(),
    handle: (volume) => volume.handle(),
  }
  for (const make of [made, large])
    for (const [name, hold] of Object.entries(holders)) {
      const volume = make()
      const held = hold(volume)
      const edited = volume.edit((data) => data.fill(4))
      const last = volume.shape.map((length) => length - 1)
      assert.notEqual(edited, volume, name)
      assert.deepEqual([volume.get(...last), edited.get(...last)], [0, 4], name)
      assert.equal(
        edited.edit((data) => data.fill(6)),
        edited,
        name,
      )
      for (const each of [volume, edited, held]) {
        const end = (each as { close?: () => void; dispose?: () => void } | undefined) ?? {}
        end.close?.()
        end.dispose?.()
      }
    }
})

test('it is in place again once the others are gone', () => {
  const volume = made()
  const view = volume.view({ start: [1, 1, 1] })
  const taken = volume.snapshot()
  const handle = volume.handle()
  for (const end of [() => view.dispose(), () => taken.dispose(), () => handle.close()]) {
    assert.notEqual(
      volume.edit(() => {}),
      volume,
    )
    end()
  }
  assert.equal(
    volume.edit(() => {}),
    volume,
  )
  volume.dispose()
})

test('a run that reads a volume makes it edit a private copy', async () => {
  const volume = large()
  const copying = volume.copy()
  const edited = volume.edit((data) => data.fill(1))
  using copied = await copying
  assert.notEqual(edited, volume)
  assert.deepEqual([copied.get(0, 0), edited.get(0, 0)], [0, 1])
})

test('what a throwing function wrote stays in place, and goes with a private copy', () => {
  const volume = made()
  const failing = (data: { [k: number]: number }) => {
    data[0] = 8
    throw new RangeError('enough')
  }
  assert.throws(() => volume.edit(failing), RangeError)
  assert.equal(volume.get(0, 0, 0), 8)
  using view = volume.view({})
  const other = made()
  const { data } = other
  assert.throws(() => other.edit(failing), RangeError)
  assert.deepEqual([data[0], view.get(0, 0, 0)], [0, 8])
})

test('a volume that is not dense is edited as a dense private copy', () => {
  const volume = made()
  const view = volume.view({ start: [2, 1, 1], shape: [3, 2, 2] })
  volume.dispose()
  const edited = view.edit((data) => {
    assert.equal(data.length, 12)
    data.fill(3)
  })
  assert.deepEqual(
    [edited.isDense, edited.shape, edited.get(2, 1, 1), view.get(2, 1, 1)],
    [true, [3, 2, 2], 3, 0],
  )
})

test('the array covers the volume alone, not its margin', () => {
  const volume = Volume.create({ shape: [4, 3], dtype: 'uint8', margin: [0, 2] })
  const edited = volume.edit((data) => {
    assert.equal(data.length, 12)
    data[0] = 1
  })
  assert.deepEqual([edited, volume.get(0, 0), volume.get(0, -1)], [volume, 1, 0])
})

test('read-only maps, unallocated volumes and functions that wait are refused', async () => {
  const path = temporaryFiles()('map.nii')
  await made().write(path)
  using map = Volume.map(path)
  assert.throws(() => map.edit(() => {}), refusal('Unsupported'))
  const described = Volume.describe({ shape: [3], dtype: 'int8' })
  assert.throws(() => described.edit(() => {}), refusal('Unsupported'))
  assert.throws(() => made().edit(async () => {}), refusal('InvalidArgument', 'edit'))
  const gone = made()
  gone.dispose()
  assert.throws(() => gone.edit(() => {}), refusal('Disposed'))
})

test('an exported array counts until it is collected', async () => {
  const program = new URL('../../support/edit-collected.ts', import.meta.url)
  assert.deepEqual(await printedBy(program), { whileHeld: false, afterwards: true })
})

test.run()
