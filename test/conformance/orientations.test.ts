import * as assert from 'node:assert/strict'
import { basename, join } from 'node:path'
import { Volume } from '../../ts/index.ts'
import { goldenEntries } from '../support/golden.ts'
import { shared } from '../support/shared.ts'
import { skipUnless } from '../support/skip.ts'
import { suite } from '../support/suite.ts'

const test = suite('conformance/orientations')

// What nibabel reads of the files that hold one head in many orientations.
const entries = goldenEntries().filter(
  ({ op, input }) => op === 'read_header_and_voxels' && input.includes('nifti/orient/'),
)
const withFiles = skipUnless(test, entries.length > 0, 'no reference files beside the repository')
const path = (input: string) => join(shared as string, input)

function apart(a: readonly (readonly number[])[], b: readonly (readonly number[])[]): number {
  return Math.max(
    ...a.flatMap((row, r) => row.map((value, c) => Math.abs(value - (b[r]?.[c] ?? Number.NaN)))),
  )
}

withFiles('the orientation, shape, spacing and affine of every file are those nibabel gives', async () => {
  assert.equal(entries.length, 16)
  for (const { input, expected } of entries) {
    const stored = await Volume.read(path(input), { orientation: 'storage' })
    assert.equal(stored.orientation, expected.axcodes, input)
    assert.equal(`${stored.orientation}.nii.gz`, basename(input))
    assert.deepEqual(
      [stored.memoryOrientation, stored.storageOrientation],
      [expected.axcodes, expected.axcodes],
    )
    assert.deepEqual(stored.shape, expected.shape)
    assert.ok(apart(stored.affine, expected.affine ?? []) < 1e-5, input)
    assert.ok(apart([stored.spacing], [expected['spacing_from_affine'] as number[]]) < 1e-5, input)
  }
})

withFiles(
  'the head is the same in every file once it is read in LPI, or in any other orientation',
  async () => {
    const first = await Volume.read(path(entries[0]?.input ?? ''))
    for (const { input } of entries) {
      const volume = await Volume.read(path(input))
      assert.deepEqual([volume.orientation, volume.shape], ['LPI', first.shape], input)
      assert.ok(apart(volume.affine, first.affine) < 1e-3, input)
      assert.ok(await volume.equals(first), input)
      const turned = await Volume.read(path(input), { orientation: 'SAR', layout: 'PIL' })
      assert.equal(turned.memoryOrientation, 'PIL')
      assert.ok(await turned.equals(first.flipToOrientation('SAR')), input)
    }
  },
)

withFiles('a file turned to the order of another is that other file', async () => {
  for (const [k, { input }] of entries.entries()) {
    const other = entries[(k * 5 + 3) % entries.length] as (typeof entries)[0]
    const volume = await Volume.read(path(input), { orientation: 'storage' })
    const wanted = await Volume.read(path(other.input), { orientation: 'storage' })
    const turned = volume.flipToOrientation(wanted.orientation)
    assert.ok(await turned.equals(wanted), `${input} to ${other.input}`)
    assert.ok(apart(turned.affine, wanted.affine) < 1e-3)
  }
})

test.run()
