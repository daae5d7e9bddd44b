import * as assert from 'node:assert/strict'
import { chmodSync, mkdirSync, readdirSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { clamp, counters, linear, memoryLimit, pipe, scratch, Volume } from '../../../ts/index.ts'
import { refusal } from '../../support/refusal.ts'
import { skipUnless } from '../../support/skip.ts'
import { suite } from '../../support/suite.ts'
import { temporaryFiles } from '../../support/temporary.ts'

const test = suite('pipeline/scratch')
const mebi = 2 ** 20
const folder = dirname(temporaryFiles()('x'))
const shape = [190, 170, 150]
const bytes = 190 * 170 * 150

test.after.each(() => {
  scratch(null)
})

test('volumes stay in memory until a folder is named, and again after it is taken back', () => {
  assert.equal(scratch(), null)
  assert.deepEqual(scratch({ folder, above: '1KiB' }), { folder, above: 1024 })
  assert.deepEqual(scratch(), { folder, above: 1024 })
  assert.equal(scratch(null), null)
  using volume = Volume.create({ shape, dtype: 'uint8' })
  assert.equal(volume.isScratch, false)
  assert.deepEqual(scratch({ folder: '.' }), { folder: resolve('.'), above: Math.floor(memoryLimit() / 2) })
})

test('what would take memory above the bound lies in a file without a name, which goes with the volume', () => {
  const { scratch: before, live } = counters()
  scratch({ folder, above: live + bytes + mebi })
  const first = Volume.create({ shape, dtype: 'uint8' })
  const second = Volume.create({ shape, dtype: 'uint8' })
  assert.deepEqual([first.isScratch, second.isScratch], [false, true])
  assert.equal(counters().scratch, before + bytes)
  assert.deepEqual(readdirSync(folder), [])
  assert.equal(second.view({ shape: [1, 1, 1] }).isScratch, true)
  second.data[bytes - 1] = 200
  assert.equal(second.get(189, 169, 149), 200)
  assert.equal(second.get(0, 0, 0), 0)
  first.dispose()
  using third = Volume.create({ shape, dtype: 'uint8' })
  assert.equal(third.isScratch, false)
  second.dispose()
})

test('small volumes stay in memory', () => {
  scratch({ folder, above: 1 })
  using volume = Volume.create({ shape: [19, 7, 5], dtype: 'float64' })
  assert.equal(volume.isScratch, false)
})

test('results, copies and snapshots lie in files too, with the voxels they have in memory', async () => {
  using source = Volume.create({ shape, dtype: 'int16' })
  for (let k = 0; k < bytes; k += 997) source.data[k] = k % 1000
  using expected = await pipe(source, clamp({ low: 3, high: 500 }), linear({ scale: 2 })).compute()
  scratch({ folder, above: 1 })
  using result = await pipe(source, clamp({ low: 3, high: 500 }), linear({ scale: 2 })).compute()
  using copy = await result.copy({ layout: 'SAR' })
  using snapshot = copy.snapshot()
  assert.deepEqual(
    [result, copy, snapshot].map((volume) => volume.isScratch),
    [true, true, true],
  )
  snapshot.set(-1, 0, 0, 0)
  assert.equal(await result.equals(expected), true)
  assert.equal(await copy.equals(expected), true)
  assert.equal(await snapshot.equals(expected), false)
  const handle = snapshot.handle()
  using other = Volume.fromHandle(handle, { close: true })
  assert.equal(other.isScratch, true)
})

test('folders that are none and bounds that are none are refused by name', () => {
  assert.throws(() => scratch({ folder: resolve(folder, 'absent') }), refusal('Io'))
  assert.throws(() => scratch({ folder: '' }), refusal('InvalidArgument', 'scratch.folder'))
  assert.throws(() => scratch({ folder, above: -1 }), refusal('InvalidArgument', 'scratch.above'))
  assert.throws(() => scratch({ folder, abve: 1 } as never), refusal('InvalidArgument'))
  assert.equal(scratch(), null)
})

const asUser = skipUnless(test, process.getuid?.() !== 0, 'root may write to any folder')
asUser('a folder that cannot be written to is refused at once', () => {
  const closed = resolve(folder, 'closed')
  mkdirSync(closed)
  chmodSync(closed, 0o500)
  assert.throws(() => scratch({ folder: closed }), refusal('Io'))
  assert.equal(scratch(), null)
})

test.run()
