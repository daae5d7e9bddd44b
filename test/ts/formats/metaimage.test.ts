import { deflateSync, gzipSync } from 'node:zlib'
import * as assert from 'uvu/assert'
import { VoxlineError } from '../../../ts/core/errors.ts'
import { metaimage } from '../../../ts/formats/metaimage.ts'
import { probeFileSync } from '../../../ts/formats/probe.ts'
import type { FileFacts, WriteFacts } from '../../../ts/volume/format.ts'
import { checkMutated } from '../../support/mutated-header.ts'
import { suite } from '../../support/suite.ts'
import { temporaryFiles } from '../../support/temporary.ts'

const test = suite('metaimage')

const basic = { ObjectType: 'Image', NDims: '3', DimSize: '4 5 3', ElementType: 'MET_SHORT' } as const

type Fields = Readonly<Record<string, string | undefined>>

function text(fields: Fields, data = 'LOCAL'): string {
  const lines = Object.entries({ ...basic, ...fields }).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name} = ${value}`],
  )
  return `${lines.join('\n')}\nElementDataFile = ${data}\n`
}

function local(fields: Fields, voxels: Uint8Array = new Uint8Array(120)): Uint8Array {
  return Buffer.concat([Buffer.from(text(fields)), voxels])
}

function codeOf(source: Uint8Array | string, field?: string): string {
  try {
    probeFileSync(source)
    return 'none'
  } catch (error) {
    assert.instance(error, VoxlineError)
    if (field !== undefined) assert.is((error as VoxlineError).details.field, field)
    return (error as VoxlineError).code
  }
}

test('rows of the matrix are the directions of the axes, in LPS', () => {
  const bytes = local({
    TransformMatrix: '0 1 0 0 0 1 1 0 0',
    Offset: '10 20 30',
    ElementSpacing: '2 3 4',
    BinaryDataByteOrderMSB: 'True',
    Modality: 'MET_MOD_MR',
    Comment: 'größe = 1',
  })
  const { voxels, affine, spacing, header } = probeFileSync(bytes)
  assert.equal(affine, [
    [0, 0, -4, -10],
    [-2, 0, 0, -20],
    [0, 3, 0, 30],
    [0, 0, 0, 1],
  ])
  assert.equal(spacing, [2, 3, 4])
  assert.equal([voxels.offset, voxels.bigEndian, voxels.compression], [bytes.length - 120, true, 'none'])
  assert.equal(header, { description: 'größe = 1', keys: { Modality: 'MET_MOD_MR' } })
})

test('a minimal header has unit spacing at the origin', () => {
  const { affine, spacing } = probeFileSync(local({}))
  assert.equal(affine, [
    [-1, 0, 0, 0],
    [0, -1, 0, 0],
    [0, 0, 1, 0],
    [0, 0, 0, 1],
  ])
  assert.equal(spacing, [1, 1, 1])
})

test('channels are components and further axes keep their spacing', () => {
  const facts = probeFileSync(
    local({
      NDims: '4',
      DimSize: '2 5 3 2',
      ElementNumberOfChannels: '2',
      ElementType: 'MET_UCHAR_ARRAY',
      ElementSpacing: '1 2 3 2.5',
    }),
  )
  assert.equal([facts.voxels.components, facts.voxels.dtype, facts.spacing], [2, 'uint8', [1, 2, 3, 2.5]])
})

test('compressed voxels are a zlib stream, or gzip where it says so', () => {
  for (const [compression, packed] of [
    ['zlib', deflateSync(new Uint8Array(120))],
    ['gzip', gzipSync(new Uint8Array(120))],
  ] as const) {
    const fields = { CompressedData: 'True', CompressedDataSize: String(packed.length) }
    const bytes = local(fields, packed)
    const { voxels } = probeFileSync(bytes)
    assert.equal(
      [voxels.compression, voxels.streamStart, voxels.offset],
      [compression, bytes.length - packed.length, 0],
    )
    const at = temporaryFiles({ 'a.mhd': text(fields, 'a.zraw'), 'a.zraw': packed })
    const detached = probeFileSync(at('a.mhd'))
    assert.equal(
      [detached.voxels.path, detached.voxels.compression, detached.voxels.streamStart],
      [at('a.zraw'), compression, 0],
    )
  }
})

test('HeaderSize skips bytes of the data file; -1 counts from the end', () => {
  const at = temporaryFiles({
    'a.mhd': text({ HeaderSize: '9' }, 'a.raw'),
    'b.mhd': text({ HeaderSize: '-1' }, 'a.raw'),
    'a.raw': new Uint8Array(333),
  })
  assert.is(probeFileSync(at('a.mhd')).voxels.offset, 9)
  assert.is(probeFileSync(at('b.mhd')).voxels.offset, 213)
  assert.is(
    probeFileSync(local({ HeaderSize: '-1' }, new Uint8Array(130))).voxels.offset,
    text({ HeaderSize: '-1' }).length + 10,
  )
})

const bad: readonly (readonly [Fields, string, string])[] = [
  [{ DimSize: '4 5 0' }, 'DimSize', 'Format'],
  [{ DimSize: '4 5' }, 'DimSize', 'Format'],
  [{ DimSize: '4 5 4' }, 'DimSize', 'Format'],
  [{ DimSize: '2000000000 2000000000 2000000000' }, 'DimSize', 'Format'],
  [{ DimSize: undefined }, 'DimSize', 'Format'],
  [{ NDims: '9' }, 'NDims', 'Unsupported'],
  [{ NDims: '0' }, 'NDims', 'Format'],
  [{ ElementType: 'MET_HALF' }, 'ElementType', 'Format'],
  [{ ObjectType: 'Tube' }, 'ObjectType', 'Unsupported'],
  [{ BinaryData: 'False' }, 'BinaryData', 'Unsupported'],
  [{ BinaryData: 'Maybe' }, 'BinaryData', 'Format'],
  [{ ElementSpacing: '1 0 1' }, 'ElementSpacing', 'Format'],
  [{ ElementSpacing: '1 inf 1' }, 'ElementSpacing', 'Format'],
  [{ TransformMatrix: '1 0 0 1 0 0 0 0 1' }, 'TransformMatrix', 'Format'],
  [{ TransformMatrix: '1 0 0 0' }, 'TransformMatrix', 'Format'],
  [{ Offset: '1 nan 0' }, 'Offset', 'Format'],
  [{ ElementNumberOfChannels: '0' }, 'ElementNumberOfChannels', 'Format'],
  [{ CompressedData: 'True', CompressedDataSize: '121' }, 'CompressedDataSize', 'Format'],
  [{ CompressedData: 'True', DimSize: '4000 5000 3000' }, 'DimSize', 'Format'],
  [{ HeaderSize: '-2' }, 'HeaderSize', 'Format'],
  [{ HeaderSize: '5000' }, 'DimSize', 'Format'],
]

for (const [fields, field, code] of bad) {
  test(`${JSON.stringify(fields)}: ${code} naming ${field}`, () =>
    assert.is(codeOf(local(fields), field), code))
}

for (const name of ['LIST', 'a%03d.raw 1 3 1', 'a%s.raw']) {
  test(`ElementDataFile = ${name} is Unsupported`, () => {
    const at = temporaryFiles({ 'a.mhd': text({}, name) })
    assert.is(codeOf(at('a.mhd'), 'ElementDataFile'), 'Unsupported')
  })
}

test('a file cut anywhere, or with any byte changed, is a result or an error of the package', () => {
  const whole = local({ TransformMatrix: '0 1 0 0 0 1 1 0 0', Offset: '10 20 30', ElementSpacing: '2 3 4' })
  checkMutated(whole, codeOf)
})

function readBack(facts: WriteFacts): FileFacts {
  const { header, offset } = metaimage.layOut(facts, 'a.mha')
  const size = facts.shape.reduce((product, length) => product * length, facts.components * 8)
  const bytes = new Uint8Array(offset + size)
  bytes.set(header)
  return probeFileSync(bytes)
}

const facts: WriteFacts = {
  shape: [7, 5, 3, 2],
  dtype: 'uint64',
  components: 3,
  affine: [
    [0.1, 3, 0, 1.25],
    [-2, 0, 0.7, 2],
    [0, 0, 1 / 3, -3],
    [0, 0, 0, 1],
  ],
  spacing: [2, 3, 1, 2.5],
  header: { description: 'what it is', keys: { Modality: 'MR', NDims: '7' } },
  scaling: null,
}

test('what is written is read again', () => {
  const back = readBack(facts)
  assert.equal([back.voxels.shape, back.voxels.dtype, back.voxels.components], [[7, 5, 3, 2], 'uint64', 3])
  for (const [r, row] of facts.affine.entries()) {
    for (const [c, value] of row.entries())
      assert.ok(Math.abs((back.affine[r]?.[c] ?? Number.NaN) - value) < 1e-12)
  }
  assert.is(back.spacing[3], 2.5)
  assert.equal(back.header, facts.header.keys && { description: 'what it is', keys: { Modality: 'MR' } })
  assert.match(metaimage.layOut(facts, 'a.mha').dropped.join(), 'NDims')
})

test('a slice that leaves its plane says that its place is lost', () => {
  const slice: WriteFacts = { ...facts, shape: [7, 5], components: 1, header: {} }
  assert.match(metaimage.layOut(slice, 'a.mha').dropped.join(), 'affine')
  const flat: WriteFacts = {
    ...slice,
    affine: [
      [-2, 0, 0, 5],
      [0, -3, 0, 6],
      [0, 0, 1, 0],
      [0, 0, 0, 1],
    ],
  }
  assert.equal(metaimage.layOut(flat, 'a.mha').dropped, [])
  assert.equal(readBack(flat).affine, flat.affine)
  const upright: WriteFacts = {
    ...slice,
    affine: [
      [0, 0, 1, 5],
      [2, 0, 0, 6],
      [0, 3, 0, 7],
      [0, 0, 0, 1],
    ],
  }
  assert.equal(readBack(upright).voxels.shape, [7, 5])
})

test.run()
