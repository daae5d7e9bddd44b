import * as assert from 'node:assert/strict'
import { dtypes, Volume } from '../../../ts/index.ts'
import { indicesOf } from '../../support/example-volume.ts'
import { type NiftiFixture, niftiFile } from '../../support/nifti-fixtures.ts'
import { suite } from '../../support/suite.ts'

const test = suite('nifti orientation')

const base: NiftiFixture = { shape: [4, 5, 6], pixdim: [1, 2, 3, 4], qoffset: [10, 20, 30], qformCode: 1 }
const srow = [-2, 0, 0, 50, 0, 3, 0, -60, 0, 0, 4, -70]
const third: readonly [number, number, number] = [0.5, 0.5, 0.5]

// Codes and world positions of voxel 0 as nibabel 5.0 gives them.
const table: readonly (readonly [string, NiftiFixture, string, readonly number[]])[] = [
  ['no rotation', base, 'RAS', [10, 20, 30]],
  ['no rotation, qfac 0', { ...base, pixdim: [0, 2, 3, 4] }, 'RAS', [10, 20, 30]],
  ['no rotation, qfac -1', { ...base, pixdim: [-1, 2, 3, 4] }, 'RAI', [10, 20, 30]],
  ['half a turn about z', { ...base, quaternion: [0, 0, 1] }, 'LPS', [10, 20, 30]],
  ['a third of a turn', { ...base, quaternion: third }, 'ASR', [10, 20, 30]],
  ['a third of a turn, qfac -1', { ...base, quaternion: third, pixdim: [-1, 2, 3, 4] }, 'ASL', [10, 20, 30]],
  ['squares of 1 + 1.3e-7', { ...base, quaternion: [Math.SQRT1_2, 0.7071069, 0] }, 'ARI', [10, 20, 30]],
  ['both codes set', { ...base, sformCode: 2, srow }, 'LAS', [50, -60, -70]],
  ['sform_code 0', { ...base, sformCode: 0, srow }, 'RAS', [10, 20, 30]],
  ['both codes 0', { ...base, qformCode: 0, srow }, 'LAS', [3, -6, -10]],
  ['both codes 0, pixdim -2 0 3', { ...base, qformCode: 0, pixdim: [1, -2, 0, 3] }, 'LAS', [3, -2, -7.5]],
  ['both codes 0, rank 2', { ...base, qformCode: 0, shape: [4, 5], pixdim: [1, 2, 3, 1] }, 'LA', [3, -6, 0]],
]

const near = (a: readonly number[], b: readonly number[], tolerance: number) =>
  a.every((x, k) => Math.abs(x - (b[k] as number)) <= tolerance)

for (const [name, fixture, code, origin] of table)
  test(`${name}: a volume stored ${code}, whose voxels lie alike in LPI`, async () => {
    const bytes = niftiFile(fixture)
    const stored = await Volume.read(bytes, { orientation: 'storage' })
    assert.deepEqual([stored.orientation, stored.storageOrientation], [code, code])
    assert.ok(near(stored.origin, origin, 1e-5), `${stored.origin}`)
    const volume = await Volume.read(bytes)
    assert.equal(volume.orientation, 'LPI'.slice(0, stored.rank))
    assert.equal(volume.storageOrientation, code)
    for (const index of indicesOf(volume.shape)) {
      const there = stored.worldToIndex(volume.indexToWorld(index)).map(Math.round)
      assert.equal(volume.get(...index), stored.get(...there))
      assert.ok(near(stored.indexToWorld(there), volume.indexToWorld(index), 1e-5))
    }
  })

test('an oblique volume of 17×21×3 is negated and moved when it is read in LPI', async () => {
  const rows = [
    [3.715298, 0.316404, 2.895823, 10],
    [-0.561512, 3.916967, 1.169743, -20],
    [-1.371591, -0.746498, 7.365182, 30],
  ]
  const bytes = niftiFile({ shape: [17, 21, 3], sformCode: 1, srow: rows.flat() })
  const stored = await Volume.read(bytes, { orientation: 'storage' })
  assert.equal(stored.orientation, 'RAS')
  const volume = await Volume.read(bytes)
  const offsets = [81.564497, 51.694624, 7.854943]
  for (const [r, row] of rows.entries()) {
    const expected = [...row.slice(0, 3).map((value) => -value), offsets[r] as number]
    assert.ok(near(volume.affine[r] as number[], expected, 2e-5), `${volume.affine[r]}`)
  }
  assert.equal(volume.get(16, 20, 2), stored.get(0, 0, 0))
})

const codes = { uint8: 2, int16: 4, int32: 8, float32: 16, float64: 64, int8: 256, uint16: 512, uint32: 768 }
const wide = { int64: 1024, uint64: 1280 }

test('scaled voxels are float32 from integers of 8 and 16 bits and from float32, and float64 from the rest', async () => {
  for (const [dtype, datatype] of Object.entries({ ...codes, ...wide })) {
    assert.ok((dtypes as readonly string[]).includes(dtype))
    const isSmall = ['uint8', 'int8', 'uint16', 'int16', 'float32'].includes(dtype)
    const made = (slope: number, intercept: number) =>
      Volume.read(niftiFile({ ...base, datatype, slope, intercept }))
    assert.equal((await made(2, -100)).dtype, isSmall ? 'float32' : 'float64', dtype)
    assert.equal((await made(-1, 0)).dtype, isSmall ? 'float32' : 'float64', dtype)
    for (const [slope, intercept] of [
      [1, 0],
      [0, 5],
      [Number.NaN, 0],
      [Number.POSITIVE_INFINITY, 0],
    ] as const)
      assert.equal((await made(slope, intercept)).dtype, dtype, `${dtype} ${slope} ${intercept}`)
  }
})

test('slope and intercept are applied once, and stored values are there when they are asked for', async () => {
  const bytes = niftiFile({ ...base, datatype: 2, slope: 2, intercept: -100 })
  const volume = await Volume.read(bytes, { orientation: 'storage' })
  const stored = await Volume.read(bytes, { orientation: 'storage', scale: false })
  assert.deepEqual([stored.dtype, stored.get(3, 4, 5)], ['uint8', 119])
  assert.equal(volume.get(3, 4, 5), 2 * 119 - 100)
})

test.run()
