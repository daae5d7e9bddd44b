import * as assert from 'node:assert/strict'
import { Volume } from '../../../ts/volume/volume.ts'
import { affines, checkExample as check, type Expected, mappings } from '../../support/example-checks.ts'
import {
  baseAffine,
  exampleBase,
  exampleFile,
  exampleFileValues,
  indicesOf,
  readExample,
  writeExample,
} from '../../support/example-volume.ts'
import { suite } from '../../support/suite.ts'

// Worked examples 1 to 19 of the volume specification, by number.
const test = suite('volume/examples')

function valuesOf(volume: Volume<'int16'>): number[] {
  return Array.from(indicesOf(volume.shape), (index) => volume.get(...index))
}

const shape = [3, 4, 5]

test('1: the base', () => {
  check(exampleBase(), {
    shape,
    strides: [1, 3, 12],
    offset: 0,
    at: [1, 2, 3],
    affine: affines.LPI,
    memory: 'LPI',
    mapping: mappings.LPI,
  })
})

const flips: [string, number, string, Omit<Expected, 'memory'>][] = [
  [
    '2',
    2,
    'ASR',
    {
      shape: [4, 5, 3],
      strides: [-3, -12, -1],
      offset: 59,
      at: [1, 1, 1],
      affine: affines.ASR,
      mapping: mappings.ASR,
    },
  ],
  [
    '3',
    3,
    'RAS',
    { shape, strides: [-1, -3, -12], offset: 59, at: [1, 1, 1], affine: affines.RAS, mapping: mappings.RAS },
  ],
  ['4', 4, 'RPI', { shape, strides: [-1, 3, 12], offset: 2, at: [1, 2, 3], affine: affines.RPI }],
  ['5', 5, 'IPL', { shape: [5, 4, 3], strides: [12, 3, 1], offset: 0, at: [3, 2, 1], affine: affines.IPL }],
  ['6', 6, 'LIP', { shape: [3, 5, 4], strides: [1, 12, 3], offset: 0, at: [1, 3, 2], affine: affines.LIP }],
]
for (const [name, , code, expected] of flips)
  test(`${name}: to ${code} by strides`, () => {
    const base = exampleBase()
    const volume = base.flipToOrientation(code)
    check(volume, { ...expected, memory: 'LPI' })
    assert.equal(volume.orientation, code)
    if (code === 'RPI') assert.equal(volume.get(0, 0, 0), 2)
    check(volume.flipToOrientation('LPI'), {
      shape,
      strides: [1, 3, 12],
      offset: 0,
      at: [1, 2, 3],
      affine: affines.LPI,
    })
    assert.equal(volume.flipToOrientation('LPI').affine, base.affine)
  })

test('7: to ASR with layout LIA', async () => {
  const volume = await exampleBase().flipToOrientation('ASR', { layout: 'LIA' })
  check(volume, {
    shape: [4, 5, 3],
    strides: [15, -3, -1],
    offset: 14,
    at: [1, 1, 1],
    affine: affines.ASR,
    memory: 'LIA',
    mapping: mappings.ASR,
  })
  assert.deepEqual(valuesOf(volume), valuesOf(exampleBase().flipToOrientation('ASR')))
})

test('8: to LPI with layout RAS', async () => {
  const volume = await exampleBase().flipToOrientation('LPI', { layout: 'RAS' })
  check(volume, {
    shape,
    strides: [-1, -3, -12],
    offset: 59,
    at: [1, 2, 3],
    affine: affines.LPI,
    memory: 'RAS',
    mapping: mappings.LPI,
  })
})

test('9: read with layout ASR', () => {
  check(readExample({ layout: 'ASR' }), {
    shape,
    strides: [-20, -1, -4],
    offset: 59,
    at: [1, 2, 3],
    affine: affines.LPI,
    memory: 'ASR',
  })
})

function timed(): Volume<'int16'> {
  const facts = {
    ...exampleFile,
    voxels: { ...exampleFile.voxels, shape: [3, 4, 5, 2] },
    spacing: [1, 2, 3, 2.5],
  }
  const values = new Int16Array(120)
  for (let t = 0; t < 2; t++)
    values.set(
      exampleFileValues.map((value) => value + 60 * t),
      60 * t,
    )
  return readExample({ layout: 'LPIT' }, values, facts)
}

test('10: four axes from LPIT to tASR', () => {
  const volume = timed().flipToOrientation('tASR')
  check(volume, {
    shape: [2, 4, 5, 3],
    strides: [-60, -3, -12, -1],
    offset: 119,
    affine: affines.ASR,
    memory: 'LPIT',
  })
  assert.equal(volume.get(1, 1, 1, 1), timed().get(1, 2, 3, 0))
  assert.deepEqual(volume.spacing, [2.5, 2, 3, 1])
  assert.deepEqual(volume.indexToWorld([1, 1, 1, 1]), [89, 87, 100])
})

function counted(): Volume<'int16'> {
  const array = Int16Array.from({ length: 12_000 }, (_, i) => i)
  return Volume.wrap(array, { shape: [10, 15, 20, 4] })
}

test('11: 10×15×20×4 to tASR with layout tASR', async () => {
  const volume = await counted().flipToOrientation('tASR', { layout: 'tASR' })
  assert.deepEqual([volume.shape, volume.strides, volume.offset], [[4, 15, 20, 10], [1, 4, 60, 1200], 0])
  assert.equal(volume.get(0, 0, 0, 0), 11_999)
  assert.deepEqual(valuesOf(volume), valuesOf(counted().flipToOrientation('tASR')))
})

test('12: that to LPI with layout PTRS, then with layout LPI', async () => {
  const first = await counted().flipToOrientation('tASR', { layout: 'tASR' })
  const volume = await first.flipToOrientation('LPIT', { layout: 'PTRS' })
  assert.deepEqual(
    [volume.shape, volume.strides, volume.offset],
    [[10, 15, 20, 4], [-60, 1, -600, 15], 11_940],
  )
  const plain = await volume.flipToOrientation('LPI', { layout: 'LPI' })
  assert.deepEqual([plain.strides, plain.offset], [[1, 10, 150, 3000], 0])
  assert.deepEqual(plain.data, counted().data)
})

test('13: read of the RAS file', () => {
  const volume = readExample({})
  check(volume, {
    shape,
    strides: [-1, -3, -12],
    offset: 59,
    at: [1, 2, 3],
    affine: affines.LPI,
    memory: 'RAS',
    mapping: mappings.LPI,
  })
  assert.equal(volume.data[0], 59)
  check(readExample({ orientation: 'storage' }), {
    shape,
    strides: [1, 3, 12],
    offset: 0,
    at: [1, 1, 1],
    affine: affines.RAS,
  })
})

function large(): Volume<'int16'> {
  return Volume.wrap(new Int16Array(10 * 12 * 14), { shape: [10, 12, 14], affine: baseAffine })
}

test('14: a view of 10×12×14', () => {
  const view = large().view({ start: [2, 3, 4], shape: [5, 6, 7] })
  assert.deepEqual([view.strides, view.offset], [[1, 10, 120], 512])
  assert.deepEqual(view.margins, [
    [2, 3],
    [3, 3],
    [4, 3],
  ])
  assert.deepEqual(view.origin, [88, 85, 97])
})

test('15: a view of that view', () => {
  const view = large()
    .view({ start: [2, 3, 4], shape: [5, 6, 7] })
    .view({ start: [1, 1, 1], shape: [2, 2, 2] })
  assert.deepEqual([view.strides, view.offset], [[1, 10, 120], 643])
  assert.deepEqual(view.margins, [
    [1, 2],
    [1, 3],
    [1, 4],
  ])
  assert.deepEqual(view.root.worldToIndex(view.origin), [3, 4, 5])
})

test('16: a view of the base', () => {
  const view = exampleBase().view({ start: [1, 1, 2], shape: [2, 2, 2] })
  check(view, { shape: [2, 2, 2], strides: [1, 3, 12], offset: 28 })
  assert.deepEqual(view.origin, [89, 89, 103])
  assert.deepEqual(view.margins, [
    [1, 0],
    [1, 1],
    [2, 1],
  ])
})

const region = { start: [1, 1, 2], shape: [2, 2, 2] }

test('17: read of that region', () => {
  const volume = readExample({ region })
  check(volume, { shape: [2, 2, 2], strides: [-1, -2, -4], offset: 7 })
  assert.deepEqual(Array.from(volume.data), [44, 43, 41, 40, 32, 31, 29, 28])
  assert.deepEqual(volume.affine, exampleBase().view(region).affine)
  assert.deepEqual(volume.storageMapping, exampleBase().view(region).storageMapping)
})

function checkMargins(volume: Volume<'int16'>): void {
  const at = [
    [-1, 0, 0],
    [0, 0, -1],
    [0, 2, 0],
    [2, 0, 0],
  ] as const
  assert.deepEqual(
    at.map((index) => volume.get(...index)),
    [27, 16, 34, 0],
  )
  assert.deepEqual(valuesOf(volume), valuesOf(exampleBase().view(region)))
  assert.deepEqual(volume.affine, exampleBase().view(region).affine)
  assert.deepEqual(volume.margins, [
    [1, 1],
    [1, 1],
    [1, 1],
  ])
}

test('18: the same with a margin of 1', () => {
  const volume = readExample({ region, margin: 1 })
  check(volume, { shape: [2, 2, 2], strides: [-1, -4, -16], offset: 42 })
  checkMargins(volume)
})

test('19: the same with layouts ASR and LPI', () => {
  const asr = readExample({ region, margin: 1, layout: 'ASR' })
  check(asr, { shape: [2, 2, 2], strides: [-16, -1, -4], offset: 42 })
  checkMargins(asr)
  const lpi = readExample({ region, margin: 1, layout: 'LPI' })
  check(lpi, { shape: [2, 2, 2], strides: [1, 4, 16], offset: 21 })
  checkMargins(lpi)
})

test('written after any strides-only flip the file is the same', () => {
  const stored = { values: exampleFileValues, shape: [3, 4, 5], affine: affines.RAS }
  for (const code of ['LPI', 'ASR', 'RAS', 'RPI', 'IPL', 'LIP'])
    assert.deepEqual(writeExample(exampleBase().flipToOrientation(code)), stored, code)
  const four = writeExample(timed())
  assert.deepEqual(four.shape, [3, 4, 5, 2])
  assert.deepEqual(writeExample(timed().flipToOrientation('tASR')), four)
})

test('storage names the order on disk and keeps world positions', () => {
  const { values, shape: stored, affine } = writeExample(exampleBase(), 'ASR')
  assert.deepEqual(stored, [4, 5, 3])
  assert.deepEqual(affine, affines.ASR)
  assert.equal(values[1 + 1 * 4 + 1 * 20], 43)
})

test.run()
