import { writeFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import * as assert from 'uvu/assert'
import { VoxlineError } from '../../../ts/core/errors.ts'
import { nifti } from '../../../ts/formats/nifti.ts'
import { probeFileSync } from '../../../ts/formats/probe.ts'
import type { FileFacts } from '../../../ts/volume/format.ts'
import { type NiftiFixture, niftiFile, niftiHeader } from '../../support/nifti-fixtures.ts'
import { suite } from '../../support/suite.ts'
import { temporaryFiles } from '../../support/temporary.ts'

const test = suite('nifti mutations')

const common: NiftiFixture = {
  shape: [3, 5, 2],
  qformCode: 1,
  sformCode: 2,
  quaternion: [0.1, 0.2, 0.3],
  srow: [2, 0.5, 0, 1, 0, 3, 0, 2, 0, 0, 4, 3],
  slope: 2,
  intercept: 1,
  extensions: [{ code: 6, bytes: new Uint8Array(8) }],
}
const fixtures: readonly NiftiFixture[] = [common, { ...common, bigEndian: true }, { ...common, version: 2 }]

/** The facts, or null for an error of the package; anything else goes on. */
function outcome(bytes: Uint8Array | string): FileFacts | null {
  try {
    return probeFileSync(bytes)
  } catch (error) {
    if (!(error instanceof VoxlineError)) throw error
    assert.ok(['Format', 'Unsupported', 'Io'].includes(error.code), error.message)
    return null
  }
}

function isSound(facts: FileFacts, bytes: number): void {
  assert.ok(facts.affine.flat().every(Number.isFinite))
  assert.ok(facts.spacing.every((step) => step > 0 && Number.isFinite(step)))
  const { offset, shape, components } = facts.voxels
  assert.ok(offset + shape.reduce((product, length) => product * length, components) <= bytes)
}

test('a file cut anywhere is a Format error', () => {
  for (const fixture of fixtures) {
    const whole = niftiFile(fixture)
    for (let end = 0; end < whole.length; ++end)
      assert.is(outcome(whole.subarray(0, end)), null, `cut at ${end}`)
    assert.ok(outcome(whole))
  }
})

test('a file on disk cut anywhere is an error that names it', () => {
  const whole = niftiFile(common)
  const ends = Array.from({ length: whole.length / 7 }, (_, i) => i * 7)
  const at = temporaryFiles(Object.fromEntries(ends.map((end) => [`cut-${end}.nii`, whole.subarray(0, end)])))
  for (const end of ends)
    assert.throws(() => probeFileSync(at(`cut-${end}.nii`)), new RegExp(`cut-${end}\\.nii`))
})

test('a gzip file cut anywhere is an error', () => {
  const whole = gzipSync(niftiFile({ ...common, voxelBytes: 60 }))
  for (let end = 0; end < whole.length; ++end)
    assert.is(outcome(whole.subarray(0, end)), null, `cut at ${end}`)
})

test('any header byte may take any value: a sound result or an error, and what was read can be written', () => {
  for (const fixture of fixtures) {
    const whole = niftiFile(fixture)
    const end = niftiHeader(fixture).length
    for (let at = 0; at < end; ++at) {
      const old = whole[at] ?? 0
      for (const value of [0, 1, 0x7f, 0x80, 0xff]) {
        whole[at] = value
        const facts = outcome(whole)
        if (facts === null) continue
        isSound(facts, whole.length)
        const { shape, dtype, components } = facts.voxels
        try {
          nifti.layOut({ ...facts, shape, dtype, components }, 'out.nii')
        } catch (error) {
          assert.unreachable(`byte ${at} = ${value}: ${error}`)
        }
      }
      whole[at] = old
    }
    assert.ok(outcome(whole))
  }
})

test('any byte of an Analyze pair may take any value', () => {
  const header = niftiHeader({ ...common, magic: '\0\0\0\0', voxelOffset: 0, extensions: [] }).subarray(
    0,
    348,
  )
  const at = temporaryFiles({ 'a.hdr': header, 'a.img': new Uint8Array(60) })
  const facts = outcome(at('a.hdr'))
  assert.ok(facts)
  for (let place = 40; place < 124; ++place) {
    for (const value of [0, 0x7f, 0xff]) {
      const changed = header.slice()
      changed[place] = value
      const path = temporaryPair(changed)
      const found = outcome(path)
      if (found !== null) isSound(found, 60)
    }
  }
})

const pair = temporaryFiles({ 'b.img': new Uint8Array(60) })

function temporaryPair(header: Uint8Array): string {
  writeFileSync(pair('b.hdr'), header)
  return pair('b.hdr')
}

test.run()
