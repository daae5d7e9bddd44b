import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as nifti from 'nifti-reader-js'
import * as assert from 'uvu/assert'
import { Volume } from '../../../ts/index.ts'
import { fromNiftiReader, type NiftiReaderHeaderLike, toNiftiReader } from '../../../ts/interop/index.ts'
import { apart, dense, layouts, rejected } from '../../support/interop-volumes.ts'
import { type NiftiFixture, niftiFile } from '../../support/nifti-fixtures.ts'
import { sharedPath } from '../../support/shared.ts'
import { skipUnless } from '../../support/skip.ts'
import { suite } from '../../support/suite.ts'

const test = suite('interop: nifti-reader-js')

/** What nifti-reader-js gives for a file's bytes. */
function theirs(file: Uint8Array): { header: NiftiReaderHeaderLike; image: ArrayBuffer } {
  const bytes = file.buffer.slice(file.byteOffset, file.byteOffset + file.byteLength) as ArrayBuffer
  const plain = nifti.isCompressed(bytes) ? (nifti.decompress(bytes) as ArrayBuffer) : bytes
  const header = nifti.readHeader(plain)
  return { header: header as never, image: nifti.readImage(header, plain) }
}

async function checkAlike(file: Uint8Array, what: string): Promise<Volume> {
  const { header, image } = theirs(file)
  const ours = await Volume.read(file, { orientation: 'storage' })
  const volume = await fromNiftiReader(header, image)
  assert.equal(
    [volume.shape, volume.dtype, volume.components],
    [ours.shape, ours.dtype, ours.components],
    what,
  )
  assert.is(volume.orientation, ours.orientation, what)
  assert.ok(apart(volume.affine.flat(), ours.affine.flat()) < 1e-12, what)
  assert.ok(apart(volume.spacing, ours.spacing) < 1e-12, what)
  assert.ok(await volume.equals(ours), what)
  // nifti-reader-js leaves out zeros within a text.
  const description = ours.header.description?.replaceAll('\0', '')
  const expected = { ...ours.header, description }
  const keys = [
    'description',
    'intent',
    'units',
    'timing',
    'display',
    'auxiliaryFile',
    'version',
    'extensions',
    'scaling',
  ] as const
  for (const key of keys) assert.equal(volume.header[key], expected[key], `${what}: ${key}`)
  assert.is(volume.header.sform?.code, expected.sform?.code, what)
  assert.is(volume.header.qform?.code, expected.qform?.code, what)
  return volume
}

const rows = [-2, 0, 0, 50, 0, 3, 0, -60, 0, 0, 4, -70]
const turned = [Math.fround(0.1), Math.fround(-0.4), Math.fround(0.5)]

const cases: Readonly<Record<string, NiftiFixture>> = {
  'neither form': { pixdim: [1, 2, 3, 4.5] },
  'neither form, negative and missing steps': { pixdim: [1, -2, 0, 3] },
  'the rows': { sformCode: 2, srow: rows },
  'the quaternion, left-handed': {
    qformCode: 1,
    quaternion: turned,
    pixdim: [-1, 2, 3, 4.5],
    qoffset: [7, 8, 9],
  },
  'the quaternion with qfac 0': {
    qformCode: 1,
    quaternion: turned,
    pixdim: [0, 2, 3, 4.5],
    qoffset: [7, 8, 9],
  },
  'a quaternion a little too long': {
    qformCode: 1,
    quaternion: [Math.SQRT1_2, 0.7071069, 0],
    pixdim: [1, 2, 3, 4.5],
  },
  'both forms': { sformCode: 3, srow: rows, qformCode: 1, quaternion: turned, pixdim: [1, 2, 3, 4.5] },
  'both forms of one code': { sformCode: 1, srow: rows, qformCode: 1, quaternion: turned },
  'rows that are no affine': { sformCode: 2, srow: rows.map(() => 0), qformCode: 1, quaternion: turned },
  'a slope': { slope: 2.5, intercept: -100, sformCode: 1, srow: rows },
  'a slope on bytes': { datatype: 2, bitpix: 8, slope: 0.1, intercept: 3 },
  'a slope on float64': { datatype: 64, bitpix: 64, slope: 0.1, intercept: 3, voxelBytes: 0 },
  'a slope that is none': { slope: Number.NaN, intercept: 3 },
  'texts, intent, timing, units, display': {
    description: 'gr\xc3\xbc\xc3\x9fe',
    intent: { code: 1002, name: 'label', parameters: [1, 2, 3] },
    units: 2 + 8,
    dimInfo: 1 + 8 + 48,
    sliceCode: 3,
    sliceEnd: 2,
    display: [200, 10],
  },
  'an extension': { extensions: [{ code: 6, bytes: new Uint8Array(24).fill(65) }] },
  'two axes': { shape: [19, 7], pixdim: [1, 2, 3, 1] },
  'four axes': { shape: [5, 4, 3, 2], pixdim: [1, 2, 3, 4, 0.5], sformCode: 1, srow: rows },
  RGB: { datatype: 128, bitpix: 24 },
  RGBA: { datatype: 2304, bitpix: 32 },
  complex: { datatype: 32, bitpix: 64, voxelBytes: 0 },
}

test('headers of both versions and byte orders become what Volume.read makes of the file', async () => {
  for (const version of [1, 2] as const)
    for (const bigEndian of [false, true])
      for (const [name, { voxelBytes, ...fixture }] of Object.entries(cases)) {
        // An extension before byte 368 is not seen by nifti-reader-js unless voxels follow it.
        const whole = { shape: [5, 4, 3], version, bigEndian, ...fixture, ...(voxelBytes && { voxelBytes }) }
        await checkAlike(
          niftiFile(whole),
          `${name}, NIfTI-${version}, ${bigEndian ? 'big' : 'little'}-endian`,
        )
      }
})

test('every type is read in both byte orders', async () => {
  const types = {
    2: 8,
    4: 16,
    8: 32,
    16: 32,
    64: 64,
    256: 8,
    512: 16,
    768: 32,
    1024: 64,
    1280: 64,
    1792: 128,
  }
  for (const [datatype, bitpix] of Object.entries(types))
    for (const bigEndian of [false, true])
      await checkAlike(
        niftiFile({ shape: [5, 4, 3], datatype: Number(datatype), bitpix, bigEndian }),
        `type ${datatype}`,
      )
})

test('rows that nifti-reader-js has overwritten are not passed off as the sform', async () => {
  const file = niftiFile({
    shape: [5, 4, 3],
    sformCode: 1,
    srow: rows,
    qformCode: 2,
    quaternion: turned,
    qoffset: [7, 8, 9],
  })
  const { header, image } = theirs(file)
  const volume = await fromNiftiReader(header, image)
  assert.equal([volume.header.sform, volume.origin, volume.warnings.length], [undefined, [7, 8, 9], 1])
})

test('the image is shared where it can be', async () => {
  const { header, image } = theirs(niftiFile({ shape: [5, 4, 3] }))
  const volume = await fromNiftiReader(header, image, { copy: 'never' })
  volume.set(1234, 1, 0, 0)
  assert.is(new Int16Array(image)[1], 1234)
  const scaled = theirs(niftiFile({ shape: [5, 4, 3], slope: 2, intercept: 1 }))
  await rejected(
    () => fromNiftiReader(scaled.header, scaled.image, { copy: 'never' }),
    'Unsupported',
    'options.copy',
  )
  const stored = await fromNiftiReader(scaled.header, scaled.image, { copy: 'never', scale: false })
  assert.equal([stored.dtype, stored.header.scaling], ['int16', { slope: 2, intercept: 1 }])
  const big = theirs(niftiFile({ shape: [5, 4, 3], bigEndian: true }))
  await rejected(
    () => fromNiftiReader(big.header, big.image, { copy: 'never' }),
    'Unsupported',
    'options.copy',
  )
})

test('headers and images that make no volume are refused', async () => {
  const { header, image } = theirs(niftiFile({ shape: [5, 4, 3] }))
  const bad = (change: object) => () => fromNiftiReader({ ...header, ...change }, image)
  await rejected(bad({ dims: [0, 1, 1, 1, 1, 1, 1, 1] }), 'Format')
  await rejected(bad({ dims: [3, 5, 0, 3, 1, 1, 1, 1] }), 'Format')
  await rejected(bad({ dims: [3, 5, 4, 4, 1, 1, 1, 1] }), 'Format')
  await rejected(bad({ datatypeCode: 1536 }), 'Unsupported', 'header.datatypeCode')
  await rejected(bad({ scl_slope: 2, scl_inter: Number.NaN }), 'Format')
  await rejected(() => fromNiftiReader(null as never, image), 'InvalidArgument', 'header')
  await rejected(() => fromNiftiReader(header, [] as never), 'InvalidArgument', 'image')
})

test("a volume becomes a header that the package's own class writes and reads again", async () => {
  for (const { name, volume } of layouts()) {
    const { header, image } = await toNiftiReader(volume)
    const made = Object.assign(new nifti.NIFTI1(), header)
    const bytes = Buffer.concat([new Uint8Array(made.toArrayBuffer()), new Uint8Array(image)])
    const { header: again, image: voxels } = theirs(bytes)
    const back = await fromNiftiReader(again, voxels)
    assert.ok(await back.equals(volume), name)
    assert.ok(apart(back.affine.flat(), volume.affine.flat()) < 1e-5, name)
    const direct = await fromNiftiReader(header, image)
    assert.equal(direct.affine, volume.affine, name)
    const ours = await Volume.read(bytes, { orientation: 'storage' })
    assert.ok(await ours.equals(volume), name)
  }
})

test('texts are cut to their fields, and keep their characters', async () => {
  const volume = dense('uint8')
  volume.header = {
    description: 'größe ≥ 2 '.repeat(12),
    auxiliaryFile: 'a'.repeat(30),
    units: { space: 'um', time: 'ms' },
  }
  const { header, image } = await toNiftiReader(volume)
  const made = Object.assign(new nifti.NIFTI1(), header).toArrayBuffer()
  const ours = await Volume.read(Buffer.concat([new Uint8Array(made), new Uint8Array(image)]))
  assert.is(Buffer.byteLength(ours.header.description ?? ''), 78)
  assert.is(ours.header.auxiliaryFile, 'a'.repeat(23))
  assert.equal(ours.header.units, { space: 'um', time: 'ms' })
  assert.is((await fromNiftiReader(header, image)).header.description, ours.header.description)
})

test('the image of a canonical volume is its own memory', async () => {
  const volume = dense('float32')
  const { image } = await toNiftiReader(volume, { copy: 'never' })
  new Float32Array(image)[7] = 42
  assert.is(volume.get(2, 1, 0), 42)
  const vectors = dense('float32', [5, 4, 3], 3)
  await rejected(() => toNiftiReader(vectors), 'Unsupported', 'volume')
  const series = dense('float32', [5, 4, 3, 2])
  await rejected(() => toNiftiReader(series.permute([3, 0, 1, 2])), 'Unsupported', 'volume')
  await rejected(() => toNiftiReader(series.flip([3])), 'Unsupported', 'volume')
})

const folder = sharedPath('data', 'nifti')
const withFiles = skipUnless(test, folder !== null, 'no shared data')
const names = folder === null ? [] : readdirSync(folder).filter((name) => /\.nii(\.gz)?$/.test(name))

withFiles('files of the field become what Volume.read makes of them', async () => {
  let compared = 0
  for (const name of names) {
    const file = readFileSync(join(folder as string, name))
    if (file.length > 150_000) continue
    const { header } = theirs(file)
    if (header.sform_code > 0 && header.qform_code > header.sform_code) continue // the rows are gone
    await checkAlike(file, name)
    compared++
  }
  assert.ok(compared > 5, `${compared} files`)
})

test.run()
