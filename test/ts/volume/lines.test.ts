import * as assert from 'node:assert/strict'
import { Volume } from '../../../ts/volume/volume.ts'
import { indicesOf } from '../../support/example-volume.ts'
import { refusal } from '../../support/refusal.ts'
import { suite } from '../../support/suite.ts'

const test = suite('volume/lines')

function numbered(shape: readonly number[], components = 1): Volume<'int32'> {
  const size = shape.reduce((product, length) => product * length, components)
  return Volume.wrap<'int32'>(
    Int32Array.from({ length: size }, (_, i) => i),
    { shape, components },
  )
}

function summary(volume: Volume<'int32'>): [lines: number, length: number, stride: number] {
  const lines = [...volume.lines()]
  const lengths = new Set(lines.map((line) => `${line.length} ${line.stride}`))
  assert.equal(lengths.size, 1)
  return [lines.length, lines[0]?.length as number, lines[0]?.stride as number]
}

test('a dense volume is one line however flipped or permuted', () => {
  const volume = numbered([19, 7, 5])
  const same = [
    volume,
    volume.flip([0, 2]),
    volume.permute([2, 0, 1]),
    volume.flipToOrientation('ASR'),
    volume.permute([1, 2, 0]).flip([1]),
  ]
  for (const each of same) {
    assert.deepEqual(summary(each), [1, 665, 1])
    for (const line of each.lines()) {
      assert.deepEqual(line.data, volume.data)
      assert.equal(each.get(...line.start), 0)
    }
  }
})

test('every dense example is one line of stride 1, whatever its indices and memory order', async () => {
  const base = numbered([3, 4, 5])
  const four = numbered([10, 15, 20, 4])
  const tall = await four.flipToOrientation('tASR', { layout: 'tASR' })
  const dense = [
    ...['LPI', 'ASR', 'RAS', 'RPI', 'IPL', 'LIP'].map((code) => base.flipToOrientation(code)),
    await base.flipToOrientation('ASR', { layout: 'LIA' }),
    await base.flipToOrientation('LPI', { layout: 'RAS' }),
    await base.copy({ layout: 'ASR' }),
    numbered([3, 4, 5, 2]).flipToOrientation('tASR'),
    tall,
    await tall.flipToOrientation('LPIT', { layout: 'PTRS' }),
  ]
  for (const volume of dense) assert.deepEqual(summary(volume), [1, volume.size, 1], volume.orientation)
})

test('margins are not visited', () => {
  const volume = Volume.create({ shape: [5, 4, 3], dtype: 'int32', margin: [2, 1, 1] })
  assert.deepEqual(summary(volume), [12, 5, 1])
  volume.forEachLine(({ data, length }) => {
    for (let i = 0; i < length; i++) data[i] = 1
  })
  const { data } = volume.root as Volume<'int32'>
  assert.equal(
    data.reduce((sum, value) => sum + value, 0),
    60,
  )
  assert.deepEqual(
    summary(Volume.create({ shape: [5, 4, 3], dtype: 'int32', margin: [0, 0, 2] })),
    [1, 60, 1],
  )
})

test('a view of 10×12×14 has a line per row, also when flipped', () => {
  const view = numbered([10, 12, 14]).view({ start: [1, 2, 3], shape: [5, 6, 7] })
  assert.deepEqual(summary(view), [42, 5, 1])
  assert.deepEqual(summary(view.flip([0, 1])), [42, 5, 1])
  assert.deepEqual(summary(view.permute([2, 1, 0])), [42, 5, 1])
})

test('a view as wide as its parent merges the first two axes', () => {
  assert.deepEqual(summary(numbered([10, 12, 14]).view({ start: [0, 2, 3], shape: [10, 6, 7] })), [7, 60, 1])
})

test('components are part of the line', () => {
  assert.deepEqual(summary(numbered([3, 4, 5], 3).view({ shape: [3, 2, 5] })), [5, 18, 1])
})

test('one component is one line of stride 3', () => {
  const array = Int32Array.from({ length: 180 }, (_, i) => i)
  const component = Volume.wrap<'int32'>(array, { shape: [3, 4, 5], strides: [3, 9, 36], offset: 1 })
  assert.deepEqual(summary(component), [1, 60, 3])
  const [line] = [...component.lines()]
  assert.equal(line?.data.length, 178)
  assert.deepEqual([line?.data[0], line?.data[3], line?.data[177]], [1, 4, 178])
})

test('a volume of rank 1 or of one voxel is one line', () => {
  assert.deepEqual(summary(numbered([19])), [1, 19, 1])
  assert.deepEqual(summary(numbered([1, 1, 1])), [1, 1, 1])
  assert.deepEqual(summary(numbered([10, 12]).view({ start: [3, 4], shape: [1, 1] })), [1, 1, 1])
})

const views = (): [string, Volume<'int32'>][] => {
  const volume = numbered([7, 6, 5])
  const inside = volume.view({ start: [1, 2, 1], shape: [5, 3, 3] })
  const four = numbered([3, 4, 2, 3]).view({ start: [1, 0, 0, 1], shape: [2, 3, 1, 2] })
  const strided = Volume.wrap<'int32'>(
    new Int32Array(400).map((_, i) => i),
    { shape: [4, 5, 3], strides: [7, -50, 2] },
  )
  return [
    ['whole', volume],
    ['inside', inside],
    ['flipped', inside.flip([0, 2])],
    ['permuted', inside.permute([2, 0, 1]).flip([1])],
    ['four axes', four.flip([3, 0])],
    ['interleaved', strided],
    ['slice', volume.view({ start: [2, 0, 0], shape: [1, 6, 5] })],
  ]
}

test('lines visit every voxel once, in address order, and know where they start', () => {
  for (const [name, volume] of views()) {
    const seen: number[] = []
    let previous = -1
    for (const line of volume.lines()) {
      assert.equal(volume.get(...line.start), line.data[line.first], name)
      assert.equal(line.array[line.offset], line.data[line.first])
      assert.ok(line.offset > previous, name)
      previous = line.offset
      for (let i = 0; i < line.length; i++) seen.push(line.data[line.first + i * line.stride] as number)
    }
    const expected = Array.from(indicesOf(volume.shape), (index) => volume.get(...index))
    const up = (a: number, b: number) => a - b
    assert.deepEqual(seen.sort(up), expected.sort(up), name)
  }
})

test('an axis asked for gives its lines in index order, whatever the strides', () => {
  for (const [name, volume] of views())
    for (let axis = 0; axis < volume.rank; axis++) {
      const others = volume.shape.map((length, k) => (k === axis ? 1 : length))
      const lines = [...volume.lines({ axis })]
      assert.deepEqual(
        lines.map((line) => line.start),
        [...indicesOf(others)],
        name,
      )
      for (const line of lines) {
        const expected = Array.from({ length: line.length }, (_, i) =>
          volume.get(...line.start.map((s, k) => (k === axis ? i : s))),
        )
        const values = Array.from({ length: line.length }, (_, i) => line.data[line.first + i * line.stride])
        assert.deepEqual(values, expected, name)
      }
    }
})

test('an axis of a volume with components gives a line per component', () => {
  const volume = numbered([2, 3], 2).flip([1])
  const lines = [...volume.lines({ axis: 1 })]
  const what = lines.map((line) => [...line.start, line.component, line.array[line.offset]])
  assert.deepEqual(what, [
    [0, 0, 0, 8],
    [0, 0, 1, 9],
    [1, 0, 0, 10],
    [1, 0, 1, 11],
  ])
})

test('forEachLine and reduceLines visit the same lines and writes arrive', () => {
  const whole = numbered([7, 6, 5])
  const volume = whole.view({ start: [1, 1, 1], shape: [4, 3, 2] })
  const starts: string[] = []
  volume.forEachLine((line) => {
    starts.push(`${line.start} ${line.data[0]}`)
    for (let i = 0; i < line.length; i++) line.data[i] = -1
  })
  assert.deepEqual(
    starts,
    Array.from(
      numbered([7, 6, 5])
        .view({ start: [1, 1, 1], shape: [4, 3, 2] })
        .lines(),
      (l) => `${l.start} ${l.data[0]}`,
    ),
  )
  assert.equal(
    volume.reduceLines(
      (sum, { data, length }) => sum + data.reduce((a, b) => a + b, 0) * Number(length === 4),
      0,
    ),
    -24,
  )
  assert.equal(whole.data.filter((value) => value === -1).length, 24)
})

test('a bad axis is refused', () => {
  for (const axis of [-1, 3, 0.5, '0'])
    assert.throws(
      () => numbered([3, 4, 5]).lines({ axis: axis as number }),
      refusal('InvalidArgument', 'axis'),
    )
  assert.throws(() => numbered([3]).lines({ axes: 0 } as object), refusal('InvalidArgument'))
})

test.run()
