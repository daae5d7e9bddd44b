import { gzipSync } from 'node:zlib'
import * as assert from 'uvu/assert'
import { VoxlineError } from '../../../ts/core/errors.ts'
import { nrrd } from '../../../ts/formats/nrrd.ts'
import { probeFileSync } from '../../../ts/formats/probe.ts'
import type { FileFacts, WriteFacts } from '../../../ts/volume/format.ts'
import { checkMutated } from '../../support/mutated-header.ts'
import { suite } from '../../support/suite.ts'
import { temporaryFiles } from '../../support/temporary.ts'

const test = suite('nrrd')

const basic = {
  type: 'short',
  dimension: '3',
  sizes: '4 5 3',
  encoding: 'raw',
  endian: 'little',
} as const

function text(fields: Readonly<Record<string, string | undefined>>, more = ''): string {
  const lines = Object.entries(fields).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}: ${value}`],
  )
  return `NRRD0004\n# made\n${lines.join('\n')}\n${more}`
}

function attached(
  fields: Readonly<Record<string, string | undefined>>,
  voxels: Uint8Array = new Uint8Array(120),
): Uint8Array {
  return Buffer.concat([Buffer.from(text({ ...basic, ...fields }, '\n')), voxels])
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

test('voxels follow the empty line; without a space the axes are LPS', () => {
  const bytes = attached({ spacings: '2 3 4' })
  const { voxels, affine, spacing, regionCost } = probeFileSync(bytes)
  assert.equal(voxels, {
    path: '<bytes>',
    offset: bytes.length - 120,
    compression: 'none',
    bigEndian: false,
    dtype: 'int16',
    components: 1,
    shape: [4, 5, 3],
  })
  assert.equal(affine, [
    [-2, 0, 0, 0],
    [0, -3, 0, 0],
    [0, 0, 4, 0],
    [0, 0, 0, 1],
  ])
  assert.equal(spacing, [2, 3, 4])
  assert.is(regionCost, 'region')
})

test('each space is turned to RAS', () => {
  const place = { 'space directions': '(0,2,0) (3,0,1) (0,0,4)', 'space origin': '(10,20,30)' }
  const signs = [
    ['right-anterior-superior', 1, 1],
    ['RAS', 1, 1],
    ['left-anterior-superior', -1, 1],
    ['LPS', -1, -1],
  ] as const
  for (const [space, x, y] of signs) {
    const { affine, spacing } = probeFileSync(attached({ space, ...place }))
    assert.equal(
      affine.map((row) => row.map((v) => v + 0)),
      [
        [0, 3 * x, 0, 10 * x],
        [2 * y, 0, 0, 20 * y],
        [0, 1, 4, 30],
        [0, 0, 0, 1],
      ],
    )
    assert.equal(spacing, [2, Math.sqrt(10), 4])
  }
  assert.match(probeFileSync(attached({ space: 'scanner-xyz', ...place })).warnings.join(), 'space')
})

test('a first axis of vectors is components, a last one without direction an axis', () => {
  const vectors = probeFileSync(
    attached({
      dimension: '4',
      sizes: '2 5 3 2',
      space: 'RAS',
      'space directions': 'none (1,0,0) (0,2,0) (0,0,3)',
      kinds: 'vector domain domain domain',
    }),
  )
  assert.equal([vectors.voxels.components, vectors.voxels.shape, vectors.spacing], [2, [5, 3, 2], [1, 2, 3]])
  const series = probeFileSync(
    attached({
      dimension: '4',
      sizes: '5 3 2 2',
      space: 'RAS',
      'space directions': '(1,0,0) (0,2,0) (0,0,3) none',
      spacings: 'nan nan nan 2.5',
      kinds: 'domain domain domain list',
    }),
  )
  assert.equal(
    [series.voxels.components, series.voxels.shape, series.spacing],
    [1, [5, 3, 2, 2], [1, 2, 3, 2.5]],
  )
  const colours = probeFileSync(
    attached({ type: 'uchar', sizes: '3 5 8', kinds: 'RGB-color domain domain', spacings: 'nan 2 3' }),
  )
  assert.equal([colours.voxels.components, colours.voxels.shape, colours.spacing], [3, [5, 8], [2, 3]])
})

test('a space with time gives a time axis', () => {
  const facts = probeFileSync(
    attached({
      dimension: '4',
      sizes: '5 3 2 2',
      space: 'left-posterior-superior-time',
      'space directions': '(1,0,0,0) (0,2,0,0) (0,0,3,0) (0,0,0,1.5)',
      'space origin': '(1,2,3,0)',
    }),
  )
  assert.equal(facts.spacing, [1, 2, 3, 1.5])
  assert.equal(facts.affine[0], [-1, 0, 0, -1])
})

test('gzip voxels start behind the header or fill the data file', () => {
  const packed = gzipSync(new Uint8Array(120))
  const bytes = attached({ encoding: 'gzip', 'byte skip': '7' }, packed)
  const { voxels, regionCost } = probeFileSync(bytes)
  assert.equal(
    [voxels.compression, voxels.streamStart, voxels.offset],
    ['gzip', bytes.length - packed.length, 7],
  )
  assert.is(regionCost, 'span')
  const at = temporaryFiles({
    'a.nhdr': text({ ...basic, encoding: 'gz', 'data file': 'a.raw.gz' }),
    'a.raw.gz': packed,
  })
  const detached = probeFileSync(at('a.nhdr'))
  assert.equal(
    [detached.voxels.path, detached.voxels.streamStart, detached.voxels.offset],
    [at('a.raw.gz'), 0, 0],
  )
  assert.is(detached.files.length, 2)
})

test('bytes and lines before raw voxels are skipped; -1 counts from the end', () => {
  const at = temporaryFiles({
    'a.nhdr': text({ ...basic, 'data file': 'a.raw', 'line skip': '2', 'byte skip': '3' }),
    'a.raw': Buffer.concat([Buffer.from('one\ntwo\nabc'), new Uint8Array(120)]),
    'b.nhdr': text({ ...basic, 'data file': 'b.raw', byteskip: '-1' }),
    'b.raw': new Uint8Array(777),
    'c.nhdr': text({ ...basic, 'data file': 'c.raw' }),
    'c.raw': Buffer.concat([Buffer.from([0x1f, 0x8b]), new Uint8Array(118)]),
  })
  assert.is(probeFileSync(at('a.nhdr')).voxels.offset, 11)
  assert.is(probeFileSync(at('b.nhdr')).voxels.offset, 657)
  assert.is(probeFileSync(at('c.nhdr')).voxels.compression, 'none')
})

test('content and free keys are kept', () => {
  const bytes = Buffer.concat([
    Buffer.from(text({ ...basic, content: 'a größe' }, 'key one:=a\\nb: c\nmodality:=MR\n\n')),
    new Uint8Array(120),
  ])
  const { header } = probeFileSync(bytes)
  assert.is(header.description, 'a größe')
  assert.equal(header.keys, { 'key one': 'a\nb: c', modality: 'MR' })
})

const bad: readonly (readonly [Readonly<Record<string, string | undefined>>, string, string])[] = [
  [{ sizes: '4 5' }, 'sizes', 'Format'],
  [{ sizes: '4 -5 3' }, 'sizes', 'Format'],
  [{ sizes: '4 5 4' }, 'sizes', 'Format'],
  [{ sizes: '400000000 500000000 400000000' }, 'sizes', 'Format'],
  [{ sizes: '4 5.5 3' }, 'sizes', 'Format'],
  [{ sizes: undefined }, 'sizes', 'Format'],
  [{ dimension: '17' }, 'dimension', 'Format'],
  [{ type: 'half' }, 'type', 'Format'],
  [{ type: 'block' }, 'type', 'Unsupported'],
  [{ encoding: 'zip' }, 'encoding', 'Format'],
  [{ encoding: 'ascii' }, 'encoding', 'Unsupported'],
  [{ encoding: 'gzip' }, 'encoding', 'Format'],
  [{ endian: undefined }, 'endian', 'Format'],
  [{ endian: 'middle' }, 'endian', 'Format'],
  [{ spacings: '1 0 1' }, 'spacings', 'Format'],
  [{ space: 'RAS', 'space directions': '(1,0,0) (2,0,0) (0,0,3)' }, 'space directions', 'Format'],
  [{ space: 'RAS', 'space directions': '(1,0,0) (0,nan,0) (0,0,3)' }, 'space directions', 'Format'],
  [{ space: 'RAS', 'space directions': '(1,0) (0,1) (0,0)' }, 'space directions', 'Format'],
  [{ space: 'RAS', 'space directions': '(1,0,0) none (0,0,3)' }, 'space directions', 'Unsupported'],
  [{ 'data file': 'LIST' }, 'data file', 'Unsupported'],
  [{ 'data file': 'a%03d.raw 1 3 1' }, 'data file', 'Unsupported'],
  [{ 'byte skip': '-2' }, 'byte skip', 'Format'],
]

for (const [fields, field, code] of bad) {
  test(`${JSON.stringify(fields)}: ${code} naming ${field}`, () =>
    assert.is(codeOf(attached(fields), field), code))
}

test('a file cut anywhere, or with any byte changed, is a result or an error of the package', () => {
  const whole = attached({ space: 'RAS', 'space directions': '(1,0,0) (0,2,0) (0,0,3)' })
  checkMutated(whole, codeOf)
})

function readBack(facts: WriteFacts): FileFacts {
  const { header, offset } = nrrd.layOut(facts, 'a.nrrd')
  const size = facts.shape.reduce((product, length) => product * length, facts.components * 8)
  const bytes = new Uint8Array(offset + size)
  bytes.set(header)
  return probeFileSync(bytes)
}

const facts: WriteFacts = {
  shape: [7, 5, 3, 2],
  dtype: 'uint16',
  components: 3,
  affine: [
    [0.1, 3, 0, 1.25],
    [-2, 0, 0.7, 2],
    [0, 0, 1 / 3, -3],
    [0, 0, 0, 1],
  ],
  spacing: [2.0025, 3, 0.775, 2.5],
  header: { description: 'what it is', keys: { modality: 'MR', 'two lines': 'a\nb\\c', labels: '"x"' } },
  scaling: null,
}

test('what is written is read again, exactly', () => {
  const back = readBack(facts)
  assert.equal([back.voxels.shape, back.voxels.dtype, back.voxels.components], [[7, 5, 3, 2], 'uint16', 3])
  assert.equal(back.affine, facts.affine)
  assert.is(back.spacing[3], 2.5)
  assert.is(back.header.description, 'what it is')
  assert.equal(back.header.keys, { modality: 'MR', 'two lines': 'a\nb\\c' })
  assert.match(nrrd.layOut(facts, 'a.nrrd').dropped.join(), 'labels')
  const flat = readBack({ ...facts, shape: [7, 5], components: 1 })
  assert.equal(flat.voxels.shape, [7, 5])
  assert.equal(
    flat.affine.map((row) => [row[0], row[1], row[3]]),
    facts.affine.map((row) => [row[0], row[1], row[3]]),
  )
})

test('slope and intercept cannot be held, and other lost parts are listed', () => {
  const fails = () => nrrd.layOut({ ...facts, scaling: { slope: 2, intercept: 0 } }, 'a.nrrd')
  assert.throws(fails, (error: VoxlineError) => error.code === 'Unsupported')
  const header = { display: { min: 0, max: 1 }, extensions: [{ code: 6, bytes: new Uint8Array(8) }] }
  assert.is(nrrd.layOut({ ...facts, header }, 'a.nrrd').dropped.length, 2)
})

test.run()
