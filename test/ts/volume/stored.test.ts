import * as assert from 'node:assert/strict'
import type { FileFacts } from '../../../ts/volume/format.ts'
import { partsOf } from '../../../ts/volume/internals.ts'
import { checkMappable, placeForWriting, placeStored, type StoredOptions } from '../../../ts/volume/stored.ts'
import { Volume } from '../../../ts/volume/volume.ts'
import {
  exampleBase,
  exampleFile,
  indicesOf,
  readExample,
  writeExample,
} from '../../support/example-volume.ts'
import { randomIntegers } from '../../support/random.ts'
import { refusal } from '../../support/refusal.ts'
import { suite } from '../../support/suite.ts'

const test = suite('volume/stored')

const codes = ['LPI', 'RAS', 'ASR', 'LIP', 'PIR', 'storage']

test('any orientation, layout, region and margin give the same world and the same voxels', () => {
  const random = randomIntegers(11)
  const pick = (list: readonly string[]) => list[random(0, list.length - 1)] as string
  const whole = readExample({})
  for (let round = 0; round < 300; round++) {
    const orientation = pick(codes)
    const extent = readExample({ orientation }).shape
    const start = extent.map((length) => random(0, length - 1))
    const shape = extent.map((length, axis) => random(1, length - (start[axis] as number)))
    const options: StoredOptions = {
      orientation,
      layout: pick(codes),
      region: { start, shape },
      margin: random(0, 2),
    }
    const volume = readExample(options)
    assert.deepEqual(volume.shape, shape)
    for (const position of indicesOf(
      volume.shape.map((length, axis) => length + volume.margins[axis]![0] + volume.margins[axis]![1]),
    )) {
      const index = position.map((i, axis) => i - volume.margins[axis]![0])
      const there = whole.worldToIndex(volume.indexToWorld(index)).map(Math.round)
      const inFile = there.every((i, axis) => i >= 0 && i < (whole.shape[axis] as number))
      assert.equal(volume.get(...index), inFile ? whole.get(...there) : 0, JSON.stringify(options))
    }
    const same = whole.flipToOrientation(volume.orientation).view({ start, shape })
    assert.deepEqual([volume.affine, volume.storageMapping], [same.affine, same.storageMapping])
  }
})

test('the region of the file is given in storage axes', () => {
  const placed = placeStored(exampleFile, {
    region: { start: [1, 1, 2], shape: [2, 2, 2] },
    margin: [0, 2, 1],
  })
  assert.deepEqual(placed.stored, { start: [0, 1, 1], shape: [2, 2, 2] })
  assert.deepEqual(placed.available, { start: [0, -1, -1], shape: [2, 4, 4] })
  assert.deepEqual(placed.memory.shape, [2, 6, 4])
})

test('components are an innermost element axis', () => {
  const facts: FileFacts = {
    ...exampleFile,
    voxels: { ...exampleFile.voxels, components: 3, dtype: 'uint8' },
  }
  const placed = placeStored(facts, { orientation: 'ASR', layout: 'ASR' })
  assert.deepEqual(placed.file, { strides: [9, 36, 3], offset: 0 })
  assert.deepEqual(
    [placed.memory.strides, placed.memory.offset, placed.memory.elements],
    [[3, 12, 60], 0, 180],
  )
})

test('a slice is indexed in the LPI direction of its own axes', () => {
  const affine = [
    [0, 2, 0, 5],
    [0, 0, 1, 6],
    [3, 0, 0, 7],
    [0, 0, 0, 1],
  ]
  const facts: FileFacts = { ...exampleFile, affine, voxels: { ...exampleFile.voxels, shape: [4, 5] } }
  const placed = placeStored(facts, {})
  assert.equal(placed.geometry.orientation, 'LI')
  assert.deepEqual(placed.shape, [5, 4])
  assert.deepEqual(placed.file, { strides: [-4, -1], offset: 19 })
  assert.deepEqual(placed.geometry.indexToWorld([4, 3]), [5, 6, 7])
})

test('bad codes, margins and regions are refused', () => {
  for (const options of [
    { orientation: 'lpi' },
    { layout: 'LPIT' },
    { margin: -1 },
    { margin: [1, 1] },
    { margin: 0.5 },
  ])
    assert.throws(() => placeStored(exampleFile, options), refusal('InvalidArgument'))
  assert.throws(() => placeStored(exampleFile, { region: { start: [0, 0, 5] } }), refusal('OutOfBounds'))
})

test('only plain, aligned, native voxels inside the file can be mapped', () => {
  checkMappable(exampleFile)
  const { voxels } = exampleFile
  const bad: Partial<FileFacts>[] = [
    { voxels: { ...voxels, compression: 'gzip' } },
    { voxels: { ...voxels, bigEndian: true } },
    { voxels: { ...voxels, offset: 353 }, fileBytes: 1000 },
  ]
  for (const facts of bad)
    assert.throws(() => checkMappable({ ...exampleFile, ...facts }), refusal('Unsupported'))
  checkMappable({ ...exampleFile, voxels: { ...voxels, bigEndian: true, dtype: 'uint8', offset: 353 } })
  assert.throws(() => checkMappable({ ...exampleFile, fileBytes: 471 }), refusal('Format'))
})

test('a volume from no file is written in memory order with spatial axes first', () => {
  const order = (volume: Volume, storage?: string) => {
    const { facts, file } = placeForWriting(partsOf(volume), storage === undefined ? {} : { storage })
    return [facts.shape, file.strides, file.offset]
  }
  const volume = Volume.describe({ shape: [3, 4, 5], dtype: 'int16' })
  assert.deepEqual(order(volume.flipToOrientation('ASR')), [[3, 4, 5], [-3, -12, -1], 59])
  const four = Volume.describe({ shape: [2, 3, 4, 5], dtype: 'int16', orientation: 'tASR' })
  assert.deepEqual(order(four), [[3, 4, 5, 2], [-60, 1, 3, 12], 60])
  assert.deepEqual(order(four, 'RAS'), [[5, 3, 4, 2], [-60, 5, 15, 1], 60])
  for (const storage of ['tRAS', 'RASt', 'RA', 'ras'])
    assert.throws(() => order(four, storage), refusal('InvalidArgument', 'storage'))
})

test('both forms and the affine are bit for bit the file’s after any flips, and follow views', () => {
  const form = (shift: number) => ({
    code: 1,
    affine: [
      [0.1, 0.017, 0, 88.3 + shift],
      [-0.02, 2.2, 0, 85.7],
      [0, 0, 3.3, 97.1],
      [0, 0, 0, 1],
    ],
  })
  const facts: FileFacts = {
    ...exampleFile,
    affine: form(0).affine,
    header: { qform: form(0.1), sform: form(0), description: 'kept' },
  }
  let volume = readExample({}, undefined, facts)
  const { affine, header } = writeAll(volume)
  assert.deepEqual([affine, header], [facts.affine, facts.header])
  for (const code of ['ASR', 'PIR', 'LIP']) {
    volume = volume.flipToOrientation(code)
    assert.deepEqual(volume.header.sform?.affine, volume.affine)
    assert.equal(volume.header.qform?.code, 1)
  }
  assert.deepEqual(writeAll(volume), { affine: facts.affine, header: facts.header })
  const view = volume.view({ start: [1, 1, 1] })
  assert.deepEqual(view.header.sform?.affine, view.affine)
  view.header = { ...view.header, description: 'changed' }
  assert.equal(writeAll(view).header.description, 'changed')
  assert.deepEqual(writeAll(view).header.sform?.affine, writeAll(view).affine)
  assert.equal(volume.header.description, 'kept')
})

function writeAll(volume: Volume) {
  const { affine, header } = placeForWriting(partsOf(volume)).facts
  return { affine, header }
}

test('slice timing follows its axis, is reversed with it and dropped when it is cut', () => {
  const timing = {
    offset: 0.5,
    sliceCode: 3,
    sliceStart: 1,
    sliceEnd: 4,
    sliceDuration: 0.1,
    frequencyAxis: 0,
    phaseAxis: null,
    sliceAxis: 2,
  }
  const facts = { ...exampleFile, header: { timing } }
  const stored = readExample({ orientation: 'storage' }, undefined, facts)
  assert.deepEqual(stored.header.timing, timing)
  const turned = stored.flipToOrientation('IPR')
  assert.deepEqual(turned.header.timing, {
    ...timing,
    sliceCode: 4,
    sliceStart: 0,
    sliceEnd: 3,
    frequencyAxis: 2,
    sliceAxis: 0,
  })
  assert.deepEqual(turned.flipToOrientation('RAS').header.timing, timing)
  const cut = stored.view({ start: [0, 0, 1] })
  assert.deepEqual(cut.header.timing, {
    ...timing,
    sliceCode: 0,
    sliceStart: 0,
    sliceEnd: 0,
    sliceDuration: 0,
  })
  assert.deepEqual(stored.view({ start: [1, 1, 0] }).header.timing, timing)
})

test('an example written and read again is itself', () => {
  for (const storage of [undefined, 'LPI', 'ASR', 'PIR']) {
    const { values, shape, affine } = writeExample(exampleBase().flipToOrientation('IPL'), storage)
    const facts = { ...exampleFile, affine, voxels: { ...exampleFile.voxels, shape } }
    const again = readExample({}, values, facts)
    assert.deepEqual(again.affine, exampleBase().affine)
    for (const index of indicesOf([3, 4, 5])) assert.equal(again.get(...index), exampleBase().get(...index))
  }
})

test.run()
