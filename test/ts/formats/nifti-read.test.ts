import { gzipSync } from 'node:zlib'
import * as assert from 'uvu/assert'
import { VoxlineError } from '../../../ts/core/errors.ts'
import { probeFile, probeFileSync } from '../../../ts/formats/probe.ts'
import { type NiftiFixture, niftiFile, niftiHeader } from '../../support/nifti-fixtures.ts'
import { suite } from '../../support/suite.ts'
import { temporaryFiles } from '../../support/temporary.ts'

const test = suite('nifti reading')

function errorOf(task: () => unknown): VoxlineError {
  try {
    task()
  } catch (error) {
    if (error instanceof VoxlineError) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

const types: readonly (readonly [number, string, number])[] = [
  [2, 'uint8', 1],
  [4, 'int16', 1],
  [8, 'int32', 1],
  [16, 'float32', 1],
  [32, 'float32', 2],
  [64, 'float64', 1],
  [128, 'uint8', 3],
  [256, 'int8', 1],
  [512, 'uint16', 1],
  [768, 'uint32', 1],
  [1024, 'int64', 1],
  [1280, 'uint64', 1],
  [1792, 'float64', 2],
  [2304, 'uint8', 4],
]

for (const version of [1, 2] as const) {
  test(`NIfTI-${version}: every datatype gives its element type and components`, () => {
    for (const [datatype, dtype, components] of types) {
      const { voxels, warnings } = probeFileSync(niftiFile({ version, datatype, shape: [7, 5, 3] }))
      assert.equal([voxels.dtype, voxels.components, voxels.shape], [dtype, components, [7, 5, 3]])
      assert.is(voxels.offset, version === 1 ? 352 : 544)
      assert.equal(warnings, [])
    }
  })
}

test('128-bit floats are Unsupported, unknown codes are Format', () => {
  for (const datatype of [1, 1536, 2048])
    assert.is(errorOf(() => probeFileSync(niftiFile({ datatype }))).code, 'Unsupported')
  for (const datatype of [0, 7, -4, 130]) {
    const error = errorOf(() => probeFileSync(niftiFile({ datatype })))
    assert.equal([error.code, error.details.field, error.details.offset], ['Format', 'datatype', 70])
  }
})

test('one to seven axes are read, none squeezed', () => {
  const whole = [3, 1, 2, 1, 5, 1, 1]
  for (let rank = 1; rank <= 7; ++rank) {
    const { voxels, spacing } = probeFileSync(niftiFile({ shape: whole.slice(0, rank) }))
    assert.equal(voxels.shape, whole.slice(0, rank))
    assert.is(spacing.length, rank)
  }
})

test('a header in big-endian order says so', () => {
  const { voxels, header } = probeFileSync(
    niftiFile({ bigEndian: true, description: 'größe', units: 2 + 16 }),
  )
  assert.is(voxels.bigEndian, true)
  assert.equal(header.units, { space: 'mm', time: 'ms' })
  assert.is(header.description, 'größe')
})

test('intent, timing and display range are kept', () => {
  const { header } = probeFileSync(
    niftiFile({
      shape: [4, 5, 6],
      intent: { code: 3, name: 'ttest', parameters: [12, 0, 0.5] },
      dimInfo: 1 | (2 << 2) | (3 << 4),
      sliceCode: 3,
      sliceEnd: 5,
      display: [100, -7],
    }),
  )
  assert.equal(header.intent, { code: 3, name: 'ttest', parameters: [12, 0, 0.5] })
  assert.equal(header.display, { min: -7, max: 100 })
  assert.equal(header.timing, {
    offset: 0,
    sliceCode: 3,
    sliceStart: 0,
    sliceEnd: 5,
    sliceDuration: 0,
    frequencyAxis: 0,
    phaseAxis: 1,
    sliceAxis: 2,
  })
})

test('extensions are kept in order, byte for byte, in both byte orders', () => {
  const extensions = [
    { code: 6, bytes: Uint8Array.from({ length: 24 }, (_, i) => 255 - i) },
    { code: 44, bytes: Uint8Array.from({ length: 8 }, (_, i) => i) },
  ]
  for (const bigEndian of [false, true]) {
    for (const version of [1, 2] as const) {
      const { header, warnings, voxels } = probeFileSync(niftiFile({ bigEndian, version, extensions }))
      assert.equal(header.extensions, extensions)
      assert.equal(warnings, [])
      assert.is(voxels.offset, (version === 1 ? 352 : 544) + 48)
    }
  }
})

test('an extension that does not fit is left out with a warning', () => {
  for (const size of [4, -16, 4096]) {
    const bad = { code: 6, bytes: new Uint8Array(8), size: Math.max(size, 8) }
    const file = niftiFile({
      extensions: [
        { code: 4, bytes: new Uint8Array(8) },
        { ...bad, size: 16 },
      ],
    })
    new DataView(file.buffer).setInt32(368, size, true)
    const { header, warnings } = probeFileSync(file)
    assert.equal(
      header.extensions?.map(({ code }) => code),
      [4],
    )
    assert.match(warnings.join(), 'esize')
  }
})

test('voxels start at vox_offset, and a single file with 0 there is repaired with a warning', () => {
  assert.is(probeFileSync(niftiFile({ voxelOffset: 1024 })).voxels.offset, 1024)
  const repaired = probeFileSync(niftiFile({ voxelOffset: 0 }))
  assert.is(repaired.voxels.offset, 352)
  assert.match(repaired.warnings.join(), 'vox_offset')
})

const bad: readonly (readonly [string, NiftiFixture, string])[] = [
  ['no axes', { shape: [] }, 'dim[0]'],
  ['an axis of length 0', { shape: [4, 0, 6] }, 'dim[2]'],
  ['an axis of negative length', { shape: [4, 5, -6] }, 'dim[3]'],
  ['more voxels than the file has', { voxelBytes: 239 }, 'dim'],
  ['far more voxels than the file has', { shape: [30000, 30000, 30000], voxelBytes: 240 }, 'dim'],
  ['more bytes than 2^53', { shape: [32767, 32767, 32767, 32767, 32767], voxelBytes: 240 }, 'dim'],
  ['voxels within the header', { voxelOffset: 348 }, 'vox_offset'],
  ['voxels at no whole byte', { voxelOffset: 400.5 }, 'vox_offset'],
  ['voxels at NaN', { voxelOffset: Number.NaN, voxelBytes: 240 }, 'vox_offset'],
  ['voxels before the file', { voxelOffset: -352 }, 'vox_offset'],
  ['an unknown magic', { magic: 'abc\0' }, 'magic'],
  ['the magic of a pair', { magic: 'ni1\0' }, 'magic'],
  ['the magic of the other version', { magic: 'n+2\0' }, 'magic'],
  ['line ends changed in NIfTI-2', { version: 2, magic: 'n+2\0\n\n\x1a\n' }, 'magic'],
]

for (const [name, fixture, field] of bad) {
  test(`${name}: a Format error that names ${field}`, () => {
    const path = temporaryFiles({ 'bad.nii': niftiFile(fixture) })('bad.nii')
    const error = errorOf(() => probeFileSync(path))
    assert.equal([error.code, error.details.field, error.details.path], ['Format', field, path])
    assert.match(error.message, path)
  })
}

test('bitpix that contradicts the datatype is repaired with a warning', () => {
  const { voxels, warnings } = probeFileSync(niftiFile({ bitpix: 8 }))
  assert.is(voxels.dtype, 'int16')
  assert.match(warnings.join(), 'bitpix')
})

test('a gzip file is read by its header alone', async () => {
  const file = niftiFile({ shape: [64, 64, 64], datatype: 4 })
  const at = temporaryFiles({ 'a.nii.gz': gzipSync(file), 'b.nii': gzipSync(file) })
  for (const name of ['a.nii.gz', 'b.nii']) {
    for (const facts of [await probeFile(at(name)), probeFileSync(at(name))]) {
      assert.is(facts.voxels.compression, 'gzip')
      assert.is(facts.regionCost, 'span')
      assert.is(facts.voxels.offset, 352)
      assert.is(facts.files.length, 1)
      assert.is(facts.files[0]?.size, facts.fileBytes)
    }
  }
})

test('a gzip file whose header claims more than deflate can give is refused', () => {
  const header = niftiHeader({ shape: [30000, 30000, 30] })
  const error = errorOf(() => probeFileSync(gzipSync(header)))
  assert.equal([error.code, error.details.field], ['Format', 'dim'])
})

test('a gzip file of several members and one with extensions are read', () => {
  const file = niftiFile({ extensions: [{ code: 6, bytes: new Uint8Array(120000).fill(7) }] })
  const split = Buffer.concat([gzipSync(file.subarray(0, 200)), gzipSync(file.subarray(200))])
  assert.is(probeFileSync(split).header.extensions?.[0]?.bytes.length, 120008)
})

test('a corrupt gzip file is a Format error that names gzip', () => {
  const packed = gzipSync(niftiFile())
  packed[packed.length - 6] = (packed[packed.length - 6] ?? 0) ^ 1
  assert.match(errorOf(() => probeFileSync(packed)).message, 'gzip')
})

test('pairs are found from either file, compressed or not', async () => {
  const header = niftiHeader({ magic: 'ni1\0', voxelOffset: 0, bigEndian: true })
  const voxels = new Uint8Array(240).fill(3)
  const at = temporaryFiles({
    'a.hdr': header.subarray(0, 348),
    'a.img': voxels,
    'b.hdr.gz': gzipSync(header),
    'b.img.gz': gzipSync(voxels),
    'C.HDR': header,
    'C.IMG': voxels,
    'd.hdr.gz': gzipSync(header),
    'd.img': voxels,
  })
  const cases = [
    ['a.hdr', 'a.img'],
    ['a.img', 'a.img'],
    ['b.hdr.gz', 'b.img.gz'],
    ['b.img.gz', 'b.img.gz'],
    ['C.HDR', 'C.IMG'],
  ]
  for (const [asked = '', image = ''] of [...cases, ['d.hdr.gz', 'd.img'], ['d.img', 'd.img']]) {
    const facts = await probeFile(at(asked))
    assert.is(facts.voxels.path, at(image))
    assert.is(facts.voxels.offset, 0)
    assert.is(facts.voxels.compression, image.endsWith('gz') ? 'gzip' : 'none')
    assert.is(facts.voxels.bigEndian, true)
    assert.is(facts.path, at(asked))
    assert.is(facts.files.length, 2)
  }
})

test('a pair without its voxels is an Io error that names both files', () => {
  const path = temporaryFiles({ 'a.hdr': niftiHeader({ magic: 'ni1\0' }) })('a.hdr')
  const error = errorOf(() => probeFileSync(path))
  assert.is(error.code, 'Io')
  assert.match(error.message, 'a.hdr')
  assert.match(error.message, 'a.img')
})

test('Analyze files are read: x to the left, around the centre or SPM origin', () => {
  const fixture: NiftiFixture = { magic: '\0\0\0\0', voxelOffset: 0, pixdim: [0, 2, 3, 4], slope: 0 }
  const spm = niftiHeader(fixture)
  const view = new DataView(spm.buffer)
  for (const [i, value] of [2, 3, 4].entries()) view.setInt16(253 + 2 * i, value, true)
  const at = temporaryFiles({
    'a.hdr': niftiHeader(fixture).subarray(0, 348),
    'a.img': new Uint8Array(240),
    'b.hdr': spm.subarray(0, 348),
    'b.img': new Uint8Array(240),
  })
  assert.equal(probeFileSync(at('a.img')).affine, [
    [-2, 0, 0, 3],
    [0, 3, 0, -6],
    [0, 0, 4, -10],
    [0, 0, 0, 1],
  ])
  assert.equal(probeFileSync(at('b.hdr')).affine, [
    [-2, 0, 0, 2],
    [0, 3, 0, -6],
    [0, 0, 4, -12],
    [0, 0, 0, 1],
  ])
})

test('folders, missing files, empty files and unknown content are told apart', async () => {
  const at = temporaryFiles({ 'empty.nii': '', 'text.txt': 'hello, world', 'dir.nii/inside': '' })
  const cases = [
    ['dir.nii', 'Io', 'folder'],
    ['none.nii', 'Io', 'ENOENT'],
    ['empty.nii', 'Format', 'empty'],
    ['text.txt', 'Format', 'nifti'],
  ]
  for (const [name = '', code, word = ''] of cases) {
    const now = errorOf(() => probeFileSync(at(name)))
    const later = await probeFile(at(name)).catch((error: VoxlineError) => error)
    assert.is(now.code, code)
    assert.match(now.message, at(name))
    assert.match(now.message, word)
    assert.is((later as VoxlineError).message, now.message)
  }
  assert.is(errorOf(() => probeFileSync('a\0b.nii')).code, 'InvalidArgument')
  assert.is(errorOf(() => probeFileSync(7 as unknown as string)).code, 'InvalidArgument')
})

test.run()
