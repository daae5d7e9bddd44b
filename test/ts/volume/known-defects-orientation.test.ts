import * as assert from 'node:assert/strict'
import { add, clamp, gaussian, pipe, Referential, Volume } from '../../../ts/index.ts'
import { indicesOf } from '../../support/example-volume.ts'
import { noise } from '../../support/naive-filters.ts'
import { allCodes } from '../../support/orientation-codes.ts'
import { refusal } from '../../support/refusal.ts'
import { suite } from '../../support/suite.ts'
import { temporaryFiles } from '../../support/temporary.ts'

// Defects of orientation that other libraries have been seen with, by number.
const test = suite('volume/known-defects-orientation')
const shape = [7, 5, 3]
const file = temporaryFiles()

async function stored(): Promise<Volume> {
  const path = file('stored.nii')
  await noise(shape, 'int16', { spacing: [0.5, 1.25, 2] }).write(path, { storage: 'PSR', overwrite: true })
  return await Volume.read(path)
}

/** Value by world position, to compare volumes whatever their indices. */
function places(volume: Volume): Map<string, number | bigint> {
  return new Map(
    Array.from(indicesOf(volume.shape), (index) => [
      volume
        .indexToWorld(index)
        .map((x) => Math.round(x * 1024))
        .join(),
      volume.get(...index),
    ]),
  )
}

test('2: a view that was flipped keeps its place, its margins and its voxels, also in copies', async () => {
  const volume = noise([10, 12, 14], 'int16')
  const view = volume.view({ start: [2, 3, 4], shape: [5, 6, 7] })
  const flipped = view.flipToOrientation('ASR')
  assert.deepEqual(flipped.startInParent, [3, 3, 3])
  assert.deepEqual(flipped.margins, [
    [3, 3],
    [3, 4],
    [3, 2],
  ])
  const parent = volume.flipToOrientation('ASR')
  const again = parent.view({ start: flipped.startInParent, shape: flipped.shape })
  assert.deepEqual(
    [again.strides, again.offset, again.affine],
    [flipped.strides, flipped.offset, flipped.affine],
  )
  assert.equal(flipped.get(-3, 9, -1), parent.get(0, 12, 2))
  for (const made of [await flipped.copy(), await flipped.copy({ layout: 'LIA' }), flipped.snapshot()]) {
    assert.ok(await made.equals(flipped, { geometry: true }))
    assert.deepEqual(places(made), places(view))
  }
})

test('2: memory for a turned description follows its strides', () => {
  const described = Volume.describe({ shape, dtype: 'int16' }).flipToOrientation('ASR')
  const made = described.allocate()
  assert.deepEqual([made.strides, made.offset], [described.strides, described.offset])
  assert.equal(made.memoryOrientation, 'LPI')
})

test('3: copies, copies of copies and results of filters keep the orientation', async () => {
  const volume = noise(shape, 'int16').flipToOrientation('ASR')
  const copy = await (await volume.copy()).copy({ dtype: 'float32' })
  const results = [copy, volume.snapshot(), await pipe(volume, clamp({ low: 0 })).compute()]
  for (const made of results) {
    assert.deepEqual([made.orientation, made.affine], ['ASR', volume.affine])
    assert.deepEqual(made.shape, volume.shape)
  }
  const blurred = await pipe(volume, gaussian({ sigma: 1 })).compute()
  const straight = await pipe(volume.flipToOrientation('LPI'), gaussian({ sigma: 1 })).compute()
  assert.equal(blurred.orientation, 'ASR')
  for (const [at, value] of places(blurred))
    assert.ok(Math.abs(Number(value) - Number(places(straight).get(at))) < 1e-4)
})

test('3: volumes of different orientations are combined by place, not by index', async () => {
  const source = noise(shape, 'int16')
  const target = Volume.create({ shape: [5, 3, 7], dtype: 'int16', orientation: 'ASR' })
  await target.copyFrom(source)
  const turned = source.flipToOrientation('ASR')
  for (const index of indicesOf(target.shape)) assert.equal(target.get(...index), turned.get(...index))
  assert.equal(await target.equals(source), false)
  assert.ok(await target.equals(turned))
  const other = noise(shape, 'int16', { seed: 11 })
  const sum = await pipe(turned, add(other)).compute()
  assert.equal(sum.orientation, 'ASR')
  for (const [at, value] of places(sum))
    assert.equal(Number(value), Number(places(source).get(at)) + Number(places(other).get(at)))
})

test('5: a flip with layout gives the geometry, header, storage mapping and file of the flip without', async () => {
  const volume = await stored()
  for (const code of allCodes) {
    const turned = volume.flipToOrientation(code)
    const moved = await volume.flipToOrientation(code, { layout: 'RSA' })
    assert.equal(moved.memoryOrientation, 'RSA')
    assert.ok(await moved.equals(turned, { geometry: true }), code)
    assert.deepEqual(moved.spacing, turned.spacing)
    assert.deepEqual([moved.header, moved.storageMapping], [turned.header, turned.storageMapping])
    assert.equal(moved.storageOrientation, 'PSR')
  }
})

test('9: every way through the voxels ends where they end, after any flip, in rows as long as can be', () => {
  const volume = noise(shape, 'int16')
  for (const code of allCodes) {
    const turned = volume.flipToOrientation(code)
    const lines = [...turned.lines()]
    assert.deepEqual(
      lines.map(({ length, stride, offset }) => [length, stride, offset]),
      [[105, 1, 0]],
    )
    let count = 0
    turned.forEachLine((line) => {
      count += line.length
    })
    assert.equal(count, 105)
    const part = turned.view({ start: [1, 1, 1] })
    const length = Math.max(...[...part.lines()].map((line) => line.length))
    const fastest = part.strides.findIndex((stride) => Math.abs(stride) === 1)
    assert.deepEqual([length, part.lines().next().value?.stride], [part.shape[fastest], 1], code)
  }
  const line = Volume.wrap(new Int16Array(9), { shape: [9] }).flip([0])
  assert.deepEqual(
    [...line.lines()].map(({ length, stride }) => [length, stride]),
    [[9, 1]],
  )
})

test('10: what is no orientation code is refused wherever one is taken', async () => {
  const volume = await stored()
  const path = file('stored.nii')
  for (const code of ['lpi', 'LLP', 'LRP', 'LI', 'LPIZ', 'LPIT', '', 'RAS ']) {
    const made = () => Volume.create({ shape, dtype: 'uint8', orientation: code })
    for (const call of [made, () => volume.flipToOrientation(code)])
      assert.throws(call, refusal('InvalidArgument'), code)
    assert.throws(() => Referential.parse(code, 3), refusal('InvalidArgument'), code)
    for (const call of [
      () => volume.copy({ layout: code }),
      () => Volume.read(path, { orientation: code }),
      () => Volume.read(path, { layout: code }),
      () => volume.write(file('never.nii'), { storage: code }),
    ])
      await assert.rejects(call, refusal('InvalidArgument'), code)
  }
})

test('10: handedness counts the order of the axes, and a slice is LP, so that a third axis makes it LPI', () => {
  assert.deepEqual(
    ['RAS', 'ARS', 'LPI', 'PLI', 'LPS', 'PLS'].map((code) => Referential.isDirect(code)),
    [true, false, false, true, true, false],
  )
  assert.equal(Volume.create({ shape: [3, 4], dtype: 'uint8' }).orientation, 'LP')
  assert.equal(Volume.create({ shape: [3, 4, 5], dtype: 'uint8' }).orientation, 'LPI')
  assert.equal(Volume.create({ shape: [3, 4, 5, 2], dtype: 'uint8' }).orientation, 'LPIT')
})

test.run()
