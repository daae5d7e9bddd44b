import * as assert from 'node:assert/strict'
import { openSync, truncateSync, writeSync } from 'node:fs'
import { clamp, linear, pipe, Volume } from '../../../ts/index.ts'
import { arrayLimit } from '../../../ts/volume/allocation.ts'
import { niftiHeader } from '../../support/nifti-fixtures.ts'
import { refusal } from '../../support/refusal.ts'
import { skipUnless } from '../../support/skip.ts'
import { suite } from '../../support/suite.ts'
import { temporaryFiles } from '../../support/temporary.ts'

const test = suite('volume/large')
// 6.4 GB of holes: only the pages that are touched take memory.
const shape = [32767, 32767, 6]
const slice = 32767 * 32767
const file = temporaryFiles()('large.nii')
const header = niftiHeader({ shape, datatype: 2, voxelOffset: 352 })
writeSync(openSync(file, 'w'), header.subarray(0, 352))
truncateSync(file, 352 + 6 * slice)

const large = () => Volume.map(file, { mode: 'c', orientation: 'storage' }) as Volume<'uint8'>
const onOldNode = skipUnless(test, arrayLimit < 5 * slice, 'arrays of this Node are large enough')

test('single voxels of a volume beyond 4 GiB are read and written anywhere', () => {
  const volume = large()
  const places = [
    [0, 0, 0],
    [5, 7, 1],
    [32766, 32766, 3],
    [2, 3, 4],
    [32766, 32766, 4],
  ] as const
  for (const [k, place] of places.entries()) volume.set(k + 1, ...place)
  assert.deepEqual(
    places.map((place) => volume.get(...place)),
    [1, 2, 3, 4, 5],
  )
  const flipped = volume.flip([0, 2])
  assert.equal(flipped.get(32764, 3, 1), 4)
  assert.equal(flipped.get(32766, 0, 5), 1)
  volume.dispose()
})

test('its lines are short enough for arrays, and cover each voxel once', () => {
  const volume = large()
  volume.set(9, 11, 12, 4)
  let next = 0
  const starts: string[] = []
  volume.forEachLine((line) => {
    next += line.length
    starts.push(line.start.join())
    assert.equal(line.data.length, line.length)
    if (line.start[2] === 4) assert.equal(line.data[11 + 12 * 32767], 9)
  })
  assert.equal(next, volume.size)
  assert.deepEqual(starts, ['0,0,0', '0,0,1', '0,0,2', '0,0,3', '0,0,4', '0,0,5'])
  const total = volume.reduceLines(
    (sum, { array, offset }) => sum + Number(array[offset + 11 + 12 * 32767]),
    0,
  )
  assert.equal(total, 9)
  volume.dispose()
})

test('lines of a view of it lie in few arrays, and writes through them arrive', () => {
  const volume = large()
  const view = volume.view({ start: [100, 32760, 0], shape: [3, 7, 5] }).flip([1])
  const arrays = new Set<ArrayBufferLike>()
  let count = 0
  for (const line of view.lines()) {
    arrays.add(line.array.buffer)
    line.data.fill(++count)
    assert.equal(line.array[line.offset], count)
  }
  assert.equal(count, 35)
  assert.ok(arrays.size <= 5)
  assert.equal(view.get(0, 6, 0), 1)
  assert.equal(volume.get(102, 32766, 4), 35)
  for (const line of view.lines({ axis: 1 })) assert.equal(line.stride, -32767)
  volume.dispose()
})

onOldNode('its data and arrays over all of it are refused, and say what to use', () => {
  const volume = large()
  for (const act of [
    () => volume.data,
    () => volume.array(),
    () => volume.edit(() => {}),
    () => [...volume.lines({ axis: 2 })],
  ])
    assert.throws(act, (error: Error) => refusal('Unsupported')(error) && /lines\(\)/.test(error.message))
  volume.dispose()
})

test('parts of it have data and arrays', () => {
  const volume = large()
  volume.set(77, 3, 4, 4)
  const last = volume.view({ start: [0, 0, 4], shape: [32767, 32767, 1] })
  assert.equal(last.data.length, slice)
  assert.equal(last.data[3 + 4 * 32767], 77)
  assert.equal(last.data, last.data)
  const { data, offset, stride } = volume.view({ start: [3, 4, 4], shape: [2, 2, 1] }).array()
  assert.equal(data[offset], 77)
  assert.deepEqual(stride, [1, 32767, slice])
  volume.dispose()
  assert.equal(last.data.length, slice)
  assert.notEqual(
    last.edit((own) => own.fill(5, 0, 3)),
    last,
  )
  last.dispose()
})

test('its arrays are detached with the last volume over it', () => {
  const volume = large()
  const arrays = [
    volume.view({ shape: [5, 5, 1] }).array().data,
    volume.view({ start: [0, 0, 4] }).array().data,
  ]
  assert.notEqual(arrays[0]?.buffer, arrays[1]?.buffer)
  volume.dispose()
  assert.ok(arrays.every((array) => array.length > 0))
})

test('it is copied, filled, compared and piped like any other', async () => {
  const volume = large()
  const part = volume.view({ start: [32700, 32700, 1], shape: [19, 7, 4] })
  await part.fill(3)
  part.set(200, 18, 6, 3)
  const copy = await part.copy()
  assert.equal(copy.get(18, 6, 3), 200)
  assert.equal(await copy.equals(part), true)
  const result = await pipe(part, clamp({ low: 0, high: 100 }), linear({ scale: 2 })).compute()
  assert.equal(result.get(18, 6, 3), 200)
  assert.equal(result.get(0, 0, 0), 6)
  const region = { start: [32700, 32700, 1], shape: [19, 7, 4] }
  const whole = await pipe(volume, linear({ scale: 2 })).compute({ region })
  assert.equal(whole.get(18, 6, 3), 400)
  volume.dispose()
})

test('created memory beyond 4 GiB works as mapped files do', () => {
  const volume = Volume.create({ shape: [65536, 65536, 2], dtype: 'int8', margin: [1, 0, 0] })
  volume.set(-5, 65535, 65535, 1)
  assert.equal(volume.get(65535, 65535, 1), -5)
  assert.equal(volume.get(65536, 65535, 1), 0)
  const { length, count } = volume.reduceLines(
    (sum, line) => ({ length: line.length, count: sum.count + 1 }),
    { length: 0, count: 0 },
  )
  assert.deepEqual([length, count], [65536, 65536 * 2])
  volume.dispose()
})

test.run()
