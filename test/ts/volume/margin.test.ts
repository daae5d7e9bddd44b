import * as assert from 'node:assert/strict'
import { type Border, borders } from '../../../ts/core/border.ts'
import { borderRuns, borderSource } from '../../../ts/volume/fill-margin.ts'
import { Volume } from '../../../ts/volume/volume.ts'
import { indicesOf } from '../../support/example-volume.ts'
import { refusal } from '../../support/refusal.ts'
import { suite } from '../../support/suite.ts'

const test = suite('volume/margin')

const words: Record<Exclude<Border, 'constant'>, [before: string, after: string]> = {
  edge: ['aaaaa', 'ddddd'],
  symmetric: ['ddcba', 'dcbaa'],
  reflect: ['bcdcb', 'cbabc'],
  wrap: ['dabcd', 'abcda'],
}

test('values outside abcd are those of the table', () => {
  for (const [mode, expected] of Object.entries(words) as [Exclude<Border, 'constant'>, [string, string]][]) {
    const letters = (from: number) =>
      [0, 1, 2, 3, 4].map((k) => 'abcd'[borderSource(mode, from + k, 4)]).join('')
    assert.deepEqual([letters(-5), letters(4)], expected, mode)
  }
})

test('runs give the same sources as positions one by one', () => {
  for (const mode of ['edge', 'symmetric', 'reflect', 'wrap'] as const)
    for (const n of [1, 2, 3, 7])
      for (const [begin, end] of [
        [-17, 0],
        [n, n + 15],
        [n, n],
      ] as const) {
        const runs = borderRuns(mode, begin, end, n)
        const sources = runs.flatMap((run) =>
          Array.from({ length: run.length }, (_, k) => run.from + k * run.step),
        )
        assert.deepEqual(
          sources,
          Array.from({ length: end - begin }, (_, k) => borderSource(mode, begin + k, n)),
        )
      }
})

test('a margin is real voxels around the volume, whose geometry it leaves alone', () => {
  const affine = [
    [-1, 0, 0, 90],
    [0, -2, 0, 91],
    [0, 0, -3, 109],
    [0, 0, 0, 1],
  ]
  const volume = Volume.create({ shape: [3, 4, 5], dtype: 'int16', margin: 2, affine })
  assert.deepEqual([volume.shape, volume.strides, volume.offset], [[3, 4, 5], [1, 7, 56], 2 + 14 + 112])
  assert.deepEqual(volume.affine, affine)
  assert.deepEqual(volume.margins, [
    [2, 2],
    [2, 2],
    [2, 2],
  ])
  volume.set(5, -2, 5, 6)
  assert.equal(volume.get(-2, 5, 6), 5)
  assert.throws(() => volume.get(-3, 0, 0), refusal('OutOfBounds'))
  assert.deepEqual(volume.parent?.shape, [7, 8, 9])
  assert.deepEqual(volume.parent?.indexToWorld([2, 2, 2]), volume.indexToWorld([0, 0, 0]))
  assert.equal(volume.root, volume.parent)
  assert.equal(volume.root.get(0, 7, 8), 5)
})

test('a number margins the spatial axes, an array every axis', () => {
  assert.deepEqual(Volume.create({ shape: [3, 4, 5, 6], dtype: 'int8', margin: 1 }).margins, [
    [1, 1],
    [1, 1],
    [1, 1],
    [0, 0],
  ])
  assert.deepEqual(
    Volume.create({ shape: [2, 3, 4, 5], dtype: 'int8', orientation: 'tASR', margin: 1 }).margins[0],
    [0, 0],
  )
  assert.deepEqual(Volume.create({ shape: [3, 4], dtype: 'int8', margin: [0, 2] }).margins, [
    [0, 0],
    [2, 2],
  ])
})

test('fillMargin fills everything around a view, corners included, by every mode', async () => {
  for (const mode of borders)
    for (const shape of [
      [3, 2, 4],
      [1, 5, 2],
    ])
      for (const components of [1, 2]) {
        const volume = Volume.create({ shape, dtype: 'int16', margin: [4, 1, 3], components }).flip([1])
        let count = 0
        volume.forEachLine((line) => {
          for (let i = 0; i < line.length; i++) line.data[i] = ++count
        })
        await volume.fillMargin(mode, mode === 'constant' ? -9 : undefined)
        checkMargin(volume, mode)
      }
})

function checkMargin(volume: Volume<'int16'>, mode: Border): void {
  const whole = volume.shape.map(
    (length, axis) => length + volume.margins[axis]![0] + volume.margins[axis]![1],
  )
  for (const position of indicesOf(whole)) {
    const index = position.map((i, axis) => i - volume.margins[axis]![0])
    const inside = index.every((i, axis) => i >= 0 && i < (volume.shape[axis] as number))
    const source =
      mode === 'constant' ? [] : index.map((i, axis) => borderSource(mode, i, volume.shape[axis] as number))
    for (let c = 0; c < volume.components; c++) {
      const more = volume.components > 1 ? [c] : []
      const expected =
        mode === 'constant' && !inside ? -9 : volume.get(...(mode === 'constant' ? index : source), ...more)
      assert.equal(volume.get(...index, ...more), expected, `${mode} ${index}`)
    }
  }
}

test('fillMargin refuses other modes and values without use', async () => {
  const volume = Volume.create({ shape: [3, 4], dtype: 'uint8', margin: 1 })
  await assert.rejects(volume.fillMargin('mirror' as Border), refusal('InvalidArgument', 'mode'))
  await assert.rejects(volume.fillMargin('edge', 3), refusal('InvalidArgument', 'value'))
  await assert.rejects(volume.fillMargin('constant', 256), refusal('InvalidArgument', 'value'))
})

test.run()
