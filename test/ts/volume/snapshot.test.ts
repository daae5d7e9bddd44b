import * as assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { counters, Volume } from '../../../ts/index.ts'
import { printedBy } from '../../support/child.ts'
import { randomIntegers } from '../../support/random.ts'
import { refusal } from '../../support/refusal.ts'
import { suite } from '../../support/suite.ts'
import { temporaryFiles } from '../../support/temporary.ts'

const test = suite('volume/snapshot')

const temporary = temporaryFiles()
const page = 4096
const mebibyte = 2 ** 20

function bytesOfLength(length: number): Volume<'uint8'> {
  return Volume.create({ shape: [length], dtype: 'uint8' })
}

test('case 50: either side keeps its writes to itself, also through arrays exported before', () => {
  for (const length of [3 * page + 7, 4 * mebibyte, 6 * mebibyte + 5]) {
    using volume = bytesOfLength(length)
    const { data: early } = volume
    early[0] = 1
    using taken = volume.snapshot()
    early[0] = 2
    taken.data[length - 1] = 3
    volume.set(4, page)
    assert.deepEqual([taken.get(0), taken.get(page), volume.get(length - 1)], [1, 0, 0])
    assert.deepEqual([volume.get(0), early[page], early === volume.data], [2, 4, true])
    assert.equal(early.length, length)
  }
})

test('either side outlives the other', () => {
  const volume = bytesOfLength(5 * mebibyte)
  volume.set(9, 4 * mebibyte)
  const taken = volume.snapshot()
  const again = taken.snapshot()
  volume.dispose()
  assert.equal(taken.get(4 * mebibyte), 9)
  taken.dispose()
  assert.equal(again.get(4 * mebibyte), 9)
  again.dispose()
  assert.throws(() => volume.snapshot(), refusal('Disposed'))
})

test('chains of writes, snapshots and disposals agree with plain arrays', () => {
  const sizes = [page * 3 - 1, 4 * mebibyte, 4 * mebibyte + 1, 5 * mebibyte + page, page * 1500 + 1]
  for (const [seed, length] of sizes.entries()) {
    const draw = randomIntegers(seed + 1)
    const next = (count: number) => draw(0, count - 1)
    const all: { volume: Volume<'uint8'>; data: Uint8Array; model: Uint8Array }[] = []
    const add = (volume: Volume<'uint8'>, model: Uint8Array) => all.push({ volume, data: volume.data, model })
    add(bytesOfLength(length), new Uint8Array(length))
    for (let step = 0; step < 60; step++) {
      const index = next(all.length)
      const one = all[index] as (typeof all)[number]
      const choice = next(10)
      if (choice < 6) {
        const inPage = [0, page - 1, 77][next(3)] as number
        const start = Math.min(length - 1, next(Math.ceil(length / page)) * page + inPage)
        const end = Math.min(length, start + (next(6) === 0 ? mebibyte : 2))
        one.data.fill(step + 1, start, end)
        one.model.fill(step + 1, start, end)
      } else if (choice < 9) {
        add(one.volume.snapshot(), one.model.slice())
      } else if (all.length > 1) {
        one.volume.dispose()
        all.splice(index, 1)
      }
      if (all.length > 5) all.shift()?.volume.dispose()
    }
    for (const { volume, data, model } of all) {
      assert.ok(Buffer.compare(data, model) === 0, `seed ${seed}`)
      volume.dispose()
    }
  }
})

test('a snapshot keeps place, header, memory order and storage mapping, and has no parent', async () => {
  const path = temporary('snapshot.nii')
  using made = Volume.create({
    shape: [190, 130, 110],
    dtype: 'int16',
    spacing: [1, 2, 3],
    orientation: 'RAS',
  })
  for (let k = 0; k < made.data.length; k += 101) made.data[k] = k % 9973
  await made.write(path)
  using read = await Volume.read(path)
  using view = read.flipToOrientation('ASR').view({ start: [3, 2, 5], shape: [120, 100, 180] })
  for (const source of [read, view]) {
    using taken = source.snapshot()
    assert.ok(await taken.equals(source, { geometry: true }))
    const facts = ({ shape, orientation, memoryOrientation, storageOrientation, storageMapping }: Volume) => [
      shape,
      orientation,
      memoryOrientation,
      storageOrientation,
      storageMapping,
    ]
    assert.deepEqual(facts(taken), facts(source))
    assert.deepEqual([taken.parent, taken.header], [null, source.header])
    taken.header = { description: 'its own' }
    assert.notEqual(source.header.description, 'its own')
  }
})

test('a small view gives a dense snapshot of its voxels alone', () => {
  using volume = Volume.create({ shape: [19, 7, 5], dtype: 'int16' })
  volume.data.forEach((_, k) => {
    volume.data[k] = k
  })
  using taken = volume
    .view({ start: [3, 1, 2], shape: [5, 4, 2] })
    .flip([0])
    .snapshot()
  assert.deepEqual([taken.isDense, taken.size, taken.strides], [true, 40, [-1, 5, 20]])
  assert.equal(taken.get(0, 0, 0), 3 + 4 + 19 * 1 + 19 * 7 * 2)
})

test('a wrapped array is copied at once', () => {
  const array = new Float32Array(1.5 * mebibyte).fill(2)
  using volume = Volume.wrap(array, { shape: [array.length] })
  using taken = volume.snapshot()
  array.fill(3)
  assert.deepEqual([taken.get(0), taken.get(array.length - 1), volume.get(5)], [2, 2, 3])
  taken.set(4, 5)
  assert.equal(array[5], 3)
})

test('snapshots of maps leave the file alone and do not see what is written to the map', async () => {
  const path = temporary('mapped.nii')
  using made = Volume.create({ shape: [300, 200, 60], dtype: 'int16' })
  await made.fill(7)
  await made.write(path)
  const before = readFileSync(path)
  for (const mode of ['r', 'c', 'r+'] as const) {
    using map = Volume.map(path, { mode })
    using taken = map.snapshot()
    taken.set(1, 0, 0, 0)
    if (mode === 'c') map.set(2, 10, 10, 10)
    assert.deepEqual([map.get(0, 0, 0), taken.get(10, 10, 10)], [7, 7])
    using later = map.snapshot()
    assert.equal(later.get(10, 10, 10), mode === 'c' ? 2 : 7)
  }
  assert.ok(before.equals(readFileSync(path)))
})

test('a snapshot is refused while another call writes, and works again afterwards', async () => {
  using volume = bytesOfLength(8 * mebibyte)
  const filling = volume.fill(1)
  assert.throws(() => volume.snapshot(), refusal('Unsupported'))
  await filling
  using taken = volume.snapshot()
  assert.equal(taken.get(8 * mebibyte - 1), 1)
  assert.throws(() => Volume.describe({ shape: [3], dtype: 'int8' }).snapshot(), refusal('Unsupported'))
})

test('pages come back when both sides are gone', () => {
  const before = counters()
  const volume = bytesOfLength(16 * mebibyte)
  const taken = [volume.snapshot()]
  for (let k = 0; k < 20; k++) {
    volume.data[k * 50 * page] = k
    taken.push(volume.snapshot())
  }
  const now = counters()
  assert.ok(now.moved - before.moved >= 20 * page)
  assert.ok(now.live - before.live < 17 * mebibyte)
  assert.equal(now.volumes - before.volumes, 22)
  for (const each of [volume, ...taken]) each.dispose()
  const after = counters()
  assert.deepEqual(
    [after.live, after.moved, after.memories, after.volumes],
    [before.live, before.moved, before.memories, before.volumes],
  )
})

test('child processes start while snapshots live, and see none of it', () => {
  using volume = bytesOfLength(64 * mebibyte)
  volume.data.fill(5)
  using taken = volume.snapshot()
  volume.data.fill(6, 0, 32 * mebibyte)
  assert.equal(execFileSync('true').length, 0)
  assert.equal(spawnSync('sh', ['-c', 'exit 3']).status, 3)
  assert.deepEqual([taken.get(0), volume.get(0), volume.get(63 * mebibyte)], [5, 6, 5])
})

test('garbage snapshots give their pages back, and arrays of them that are held stay', async () => {
  const program = new URL('../../support/collect-snapshots.ts', import.meta.url)
  assert.deepEqual(await printedBy(program), { leaked: 0, kept: [6 * mebibyte, 3], volumes: 0 })
})

test('memory grows by the pages that are written, not by the volume', async () => {
  const program = new URL('../../support/snapshot-memory.ts', import.meta.url)
  const { byTaking, byWriting } = await printedBy<{ byTaking: number; byWriting: number }>(program)
  assert.ok(byTaking < 4 * mebibyte, `${byTaking} bytes by taking it`)
  assert.ok(byWriting < 12 * mebibyte, `${byWriting} bytes by writing 4 MiB`)
})

test.run()
