import * as assert from 'node:assert/strict'
import { add, pipe, Volume } from '../../../ts/index.ts'
import { fromItkWasm, toItkWasm } from '../../../ts/interop/index.ts'
import { printedBy } from '../../support/child.ts'
import { indicesOf } from '../../support/example-volume.ts'
import { noise } from '../../support/naive-filters.ts'
import { refusal } from '../../support/refusal.ts'
import { suite } from '../../support/suite.ts'

// Defects of memory that other libraries have been seen with, by number.
const test = suite('volume/known-defects-memory')
const shape = [19, 7, 5]

function valuesOf(volume: Volume): (number | bigint)[] {
  return Array.from(indicesOf(volume.shape), (index) => volume.get(...index))
}

test('1: memory stays under views and arrays when the volume is moved in memory, copied, edited or disposed', async () => {
  const volume = noise(shape, 'int16')
  const view = volume.view({ start: [2, 1, 1], shape: [5, 4, 3] }).flip([1])
  const [seen, { data }] = [valuesOf(view), volume]
  const others = [
    await volume.flipToOrientation('ASR', { layout: 'LIA' }),
    await volume.copy({ dtype: 'float32' }),
    volume.snapshot(),
    volume.edit((array) => {
      array[0] = 0
    }),
  ]
  volume.dispose()
  for (const other of others) other.dispose()
  assert.deepEqual(valuesOf(view), seen)
  assert.equal(data.length, 19 * 7 * 5)
  const [pitch, plane] = [19, 19 * 7]
  assert.equal(data[2 + 4 * pitch + plane], view.get(0, 0, 0))
})

test('1: a view never overshoots its parent, neither when its shape is given nor by default', () => {
  const volume = noise(shape, 'int16')
  const rest = volume.view({ start: [4, 3, 2] })
  assert.deepEqual(rest.shape, [15, 4, 3])
  assert.deepEqual(rest.view({ start: [14, 3, 2] }).shape, [1, 1, 1])
  for (const axis of [0, 1, 2]) {
    const [start, whole] = [shape.map((_, k) => Number(k === axis)), [...rest.shape]]
    assert.throws(() => rest.view({ start, shape: whole }), refusal('OutOfBounds'))
    assert.throws(() => rest.view({ start: start.map((first) => -first) }), refusal('OutOfBounds'))
    assert.throws(() => rest.flip([axis]).view({ start, shape: whole }), refusal('OutOfBounds'))
  }
})

test('1: memory for a described volume is another volume; the description and its views stay without', () => {
  const described = Volume.describe({ shape, dtype: 'int16' })
  const view = described.view({ start: [1, 1, 1] })
  const allocated = described.allocate()
  allocated.dispose()
  assert.deepEqual([described.isAllocated, view.isAllocated], [false, false])
  const own = view.allocate()
  assert.deepEqual([own.parent, own.shape, own.get(17, 5, 3)], [null, [18, 6, 4], 0])
})

test('4: copies are deep, of volumes and of views alike, and views share, of volumes and of views alike', async () => {
  const volume = noise(shape, 'int16')
  const view = volume.view({ start: [3, 2, 1] })
  for (const one of [volume, view]) {
    const index = [1, 1, 1]
    const before = one.get(...index) as number
    const deep = [await one.copy(), one.snapshot(), await one.flipToOrientation('ASR', { layout: 'RAS' })]
    const shared = [one.view({}), one.flip([]), one.permute([0, 1, 2]), Volume.fromHandle(one.handle())]
    one.set(before + 1, ...index)
    assert.deepEqual(
      deep.slice(0, 2).map((each) => each.get(...index)),
      [before, before],
    )
    assert.equal(deep[2]?.flipToOrientation('LPI').get(...index), before)
    assert.deepEqual(
      shared.map((each) => each.get(...index)),
      shared.map(() => before + 1),
    )
  }
})

test('4: volumes are added, also to themselves and to their own views, and are as before', async () => {
  const volume = noise(shape, 'int16', { low: -50, high: 50 })
  const other = noise(shape, 'int16', { low: 0, high: 9, seed: 11 })
  const before = [valuesOf(volume), valuesOf(other)]
  const pairs: [Volume, Volume][] = [
    [volume, other],
    [volume, volume],
    [volume.flip([0]), volume.flip([0])],
    [volume.view({ start: [2, 1, 1] }), other.view({ start: [2, 1, 1] })],
  ]
  for (const [a, b] of pairs) {
    const sum = valuesOf(await pipe(a, add(b)).compute())
    const addends = [valuesOf(a), valuesOf(b)]
    assert.deepEqual(
      sum.map(Number),
      addends[0]?.map((value, k) => Number(value) + Number(addends[1]?.[k])),
    )
  }
  assert.deepEqual([valuesOf(volume), valuesOf(other)], before)
})

test('12: an array that was wrapped lives as long as the volume, and one taken from a volume as long as itself', async () => {
  const program = new URL('../../support/pinned-arrays.ts', import.meta.url)
  assert.deepEqual(await printedBy(program), {
    wrapped: [7, 63],
    viewOfDropped: [11, 12],
    arrayOfDropped: 13,
  })
})

test('12: an array taken before a flip still says where the voxels are', () => {
  const volume = noise(shape, 'int16')
  const { data, stride, offset } = volume.array()
  const flipped = volume.flipToOrientation('ASR')
  flipped.set(77, 1, 2, 3)
  for (const index of indicesOf(shape)) {
    const at = index.reduce((sum, i, axis) => sum + i * (stride[axis] as number), offset)
    assert.equal(data[at], volume.get(...index))
  }
  assert.deepEqual([volume.strides, flipped.array().offset], [[1, 19, 133], 664])
})

test('12: the voxels of a part of an array, or of a volume, do not shift on their way to another library', async () => {
  const array = Int16Array.from({ length: 200 }, (_, i) => i)
  const part = Volume.wrap(array.subarray(20, 80), { shape: [3, 4, 5] })
  assert.deepEqual([part.get(0, 0, 0), part.get(2, 3, 4)], [20, 79])
  const image = await toItkWasm(part)
  assert.equal(image.data?.length, 60)
  assert.deepEqual(Array.from(image.data as Int16Array), Array.from(array.subarray(20, 80)))
  const again = fromItkWasm(image)
  assert.deepEqual(valuesOf(again.flipToOrientation('LPI')), valuesOf(part))
  const plane = part.view({ start: [0, 0, 2], shape: [3, 4, 2] })
  assert.deepEqual(
    Array.from((await toItkWasm(plane)).data as Int16Array),
    Array.from(array.subarray(44, 68)),
  )
})

test.run()
