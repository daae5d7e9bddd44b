import { appendFileSync, symlinkSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import * as assert from 'uvu/assert'
import type { VoxlineError } from '../../../ts/core/errors.ts'
import { areUnchanged, probeFile, probeFileSync } from '../../../ts/formats/probe.ts'
import { niftiFile, niftiHeader } from '../../support/nifti-fixtures.ts'
import { suite } from '../../support/suite.ts'
import { temporaryFiles } from '../../support/temporary.ts'

const test = suite('probing')

test('a gzip bomb behind a header or within extensions is not inflated', () => {
  const plain = niftiFile({ shape: [1000, 1000, 100], datatype: 2, voxelBytes: 2 ** 27 })
  const noisy = niftiHeader({
    voxelOffset: 352 + 2 ** 21,
    extensions: [{ code: 6, bytes: new Uint8Array(2 ** 21 - 8) }],
  })
  for (let i = 360; i < 2 ** 20; ++i) noisy[i] = (i * i * 2654435761) >>> 13
  const mixed = Buffer.concat([noisy, new Uint8Array(2 ** 27)])
  const bombs = [plain, mixed].map((bytes) => gzipSync(bytes, { level: 1 }))
  const before = process.memoryUsage().rss
  for (const bomb of bombs) assert.is(probeFileSync(bomb).voxels.compression, 'gzip')
  assert.ok(process.memoryUsage().rss - before < 64 * 2 ** 20)
})

test('content decides before the ending of the name', () => {
  const text = 'NRRD0004\ntype: uint8\ndimension: 1\nsizes: 4\nencoding: raw\n\nabcd'
  const at = temporaryFiles({
    'a.nii': text,
    'b.nrrd': niftiFile(),
    'c.bin': niftiFile(),
    'd.mha': 'nothing of the sort',
  })
  assert.is(probeFileSync(at('a.nii')).format, 'nrrd')
  assert.is(probeFileSync(at('b.nrrd')).format, 'nifti')
  assert.is(probeFileSync(at('c.bin')).format, 'nifti')
  assert.throws(() => probeFileSync(at('d.mha')), /header/)
})

test('a file that changes is no longer the one that was probed', async () => {
  const at = temporaryFiles({ 'a.nii': niftiFile() })
  const { files } = await probeFile(at('a.nii'))
  assert.is(await areUnchanged(files), true)
  appendFileSync(at('a.nii'), 'x')
  assert.is(await areUnchanged(files), false)
  assert.is(await areUnchanged([{ path: at('gone.nii'), size: 1, mtimeNs: 0n, ino: 0n }]), false)
})

test('bytes are read like a file, but not their neighbours', () => {
  const facts = probeFileSync(Buffer.from(niftiFile({ extensions: [{ code: 6, bytes: new Uint8Array(8) }] })))
  assert.is(facts.header.extensions?.[0]?.bytes.constructor, Uint8Array)
  assert.equal(facts.files, [])
  const split = new TextEncoder().encode(
    'NRRD0004\ntype: uint8\ndimension: 1\nsizes: 4\nencoding: raw\ndata file: a.raw\n',
  )
  assert.throws(
    () => probeFileSync(split),
    (error: VoxlineError) => error.code === 'Unsupported',
  )
})

test('a name in a header reaches no file outside its folder, also through links', () => {
  const header = (name: string): string =>
    `NRRD0004\ntype: uint8\ndimension: 1\nsizes: 4\nencoding: raw\ndata file: ${name}\n`
  const at = temporaryFiles({
    'in/a.nhdr': header('../secret.raw'),
    'in/b.nhdr': header('link.raw'),
    'in/c.nhdr': header('sub/inner.raw'),
    'in/d.nhdr': header('/etc/hostname'),
    'in/e.nhdr': header('..'),
    'in/f.nhdr': header('sub'),
    'in/sub/inner.raw': 'abcd',
    'secret.raw': 'abcd',
  })
  symlinkSync(at('secret.raw'), at('in/link.raw'))
  symlinkSync(at('in'), at('alias'))
  for (const name of ['a', 'b', 'd', 'e']) {
    assert.throws(
      () => probeFileSync(at(`in/${name}.nhdr`)),
      (error: VoxlineError) =>
        error.code === 'Format' &&
        error.details.field === 'data file' &&
        error.message.includes(`${name}.nhdr`),
    )
  }
  assert.throws(
    () => probeFileSync(at('in/f.nhdr')),
    (error: VoxlineError) => error.code === 'Io',
  )
  assert.is(probeFileSync(at('in/c.nhdr')).voxels.path, at('in/sub/inner.raw'))
  assert.is(probeFileSync(at('alias/c.nhdr')).fileBytes, 4)
})

test.run()
