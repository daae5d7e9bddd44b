import * as assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import {
  defineFilter,
  gaussian,
  pipe,
  pointwise,
  type RegionOptions,
  Volume,
  VoxlineError,
} from '../../../ts/index.ts'
import { noise } from '../../support/naive-filters.ts'
import { niftiHeader } from '../../support/nifti-fixtures.ts'
import { randomIntegers } from '../../support/random.ts'
import { refusal } from '../../support/refusal.ts'
import { suite } from '../../support/suite.ts'
import { temporaryFiles } from '../../support/temporary.ts'

const test = suite('pipeline/paste')
const shape = [19, 7, 5]
const region = { start: [3, 1, 2], shape: [11, 4, 2] }
const endings = ['.nii', '.mha', '.nrrd'] as const

/** `base` with a region of `other` in it, made voxel by voxel. */
async function merged(
  base: Volume,
  other: Volume,
  { start = [], shape: size = [] }: RegionOptions,
): Promise<Volume> {
  const result = await base.copy()
  await result.view({ start, shape: size }).copyFrom(other.view({ start, shape: size }))
  return result
}

for (const ending of endings)
  test(`a region is written into a new ${ending} of the full extent, zeros elsewhere`, async () => {
    const file = temporaryFiles()
    const volume = noise(shape, 'int16')
    const blank = Volume.create({ shape, dtype: 'int16' })
    await volume.write(file(`part${ending}`), { region })
    await (await merged(blank, volume, region)).write(file(`whole${ending}`))
    assert.deepEqual(readFileSync(file(`part${ending}`)), readFileSync(file(`whole${ending}`)))
  })

for (const ending of endings)
  for (const orientation of ['LPI', 'RAS', 'SLP'] as const)
    test(`a region pasted into a ${ending} from ${orientation} changes its voxels and no other byte`, async () => {
      const file = temporaryFiles()
      const path = file(`a${ending}`)
      const [old, fresh] = [noise(shape, 'float32', { seed: 3 }), noise(shape, 'float32', { seed: 4 })]
      await old.flipToOrientation('RAS').write(path, { storage: 'RIP' })
      const before = readFileSync(path)
      const turned = fresh.flipToOrientation(orientation)
      const [start, size] = [[1, 2, 0], turned.shape.map((length) => length - 3)]
      await turned.write(path, { region: { start, shape: size } })
      const after = readFileSync(path)
      assert.equal(after.length, before.length)
      const read = await Volume.read(path)
      const expected = await merged(old.flipToOrientation(orientation), turned, { start, shape: size })
      assert.equal(await read.flipToOrientation(orientation).equals(expected), true)
      const differing = after.reduce((count, byte, k) => count + Number(byte !== before[k]), 0)
      assert.ok(differing > 0 && differing <= size.reduce((a, b) => a * b) * 4)
      assert.equal(read.storageOrientation, 'RIP')
    })

test('case 32: at puts a region, or a view of an unallocated volume, where the file has its place', async () => {
  const file = temporaryFiles()
  const whole = noise(shape, 'int16')
  await Volume.describe({ shape, dtype: 'int16', affine: whole.affine }).write(file('a.nii'))
  const header = Volume.describe({ shape, dtype: 'int16', affine: whole.affine })
  const part = header.view(region).allocate()
  await part.copyFrom(whole.view(region))
  await part.write(file('a.nii'), { at: region.start })
  const blank = Volume.create({ shape, dtype: 'int16', affine: whole.affine })
  const expected = await merged(blank, whole, region)
  assert.equal(await (await Volume.read(file('a.nii'))).equals(expected, { geometry: true }), true)
  // A region of the part, elsewhere in the part's own numbers.
  await part.write(file('a.nii'), { region: { start: [1, 1, 1], shape: [1, 1, 1] }, at: [4, 2, 3] })
  assert.equal(await (await Volume.read(file('a.nii'))).equals(expected), true)
  await header.write(file('a.nii'), { region })
  assert.equal(await (await Volume.read(file('a.nii'))).equals(blank), true)
})

test('pasting all tiles, in any order and at once, gives the file that write gives', async () => {
  const file = temporaryFiles()
  const volume = noise(shape, 'uint16')
  const random = randomIntegers(5)
  await volume.write(file('whole.nrrd'))
  await volume.write(file('tiles.nrrd'), { region: { shape: [1, 1, 1] } })
  const tiles = [0, 1, 2, 3].flatMap((x) => [0, 3].flatMap((y) => [0, 2].map((z) => [5 * x, y, z])))
  tiles.sort(() => random(0, 2) - 1)
  const pasted = tiles.map((start) => {
    const size = start.map((first, axis) => Math.min([5, 4, 3][axis] ?? 0, (shape[axis] ?? 0) - first))
    return volume.write(file('tiles.nrrd'), { region: { start, shape: size } })
  })
  await Promise.all(pasted)
  assert.deepEqual(readFileSync(file('tiles.nrrd')), readFileSync(file('whole.nrrd')))
})

test('a pipeline computes the region alone and pastes it, in any divisions', async () => {
  const file = temporaryFiles()
  const volume = noise([31, 23, 19], 'int16')
  const chain = pipe(volume, gaussian({ sigma: 1.5 }))
  const whole = await chain.compute()
  const part = { start: [4, 3, 2], shape: [20, 17, 15] }
  const expected = await merged(Volume.create({ shape: [31, 23, 19], dtype: whole.dtype }), whole, part)
  for (const divisions of [1, 4]) {
    const path = file(`${divisions}.nii`)
    await chain.write(path, { region: part, divisions })
    assert.equal(await (await Volume.read(path)).equals(expected), true)
    await chain.write(path, { region: { start: [0, 0, 17] }, divisions })
    const more = await merged(expected, whole, { start: [0, 0, 17], shape: [31, 23, 2] })
    assert.equal(await (await Volume.read(path)).equals(more), true)
  }
})

test('components and axes beyond the third are pasted like others', async () => {
  const file = temporaryFiles()
  const make = () => Volume.create({ shape: [5, 4, 3, 6], dtype: 'uint8', components: 3 })
  const base = make()
  const next = make()
  base.data.fill(1)
  for (let k = 0; k < next.data.length; k++) next.data[k] = k % 251
  const part = { start: [1, 0, 2, 3], shape: [3, 4, 1, 2] }
  for (const ending of ['.nii', '.nrrd']) {
    await base.write(file(`a${ending}`))
    await next.flipToOrientation('RASt').write(file(`a${ending}`), {
      region: { start: [1, 0, 0, 1], shape: [3, 4, 1, 2] },
    })
    const expected = await merged(base, next, part)
    assert.equal(await (await Volume.read(file(`a${ending}`))).equals(expected), true)
  }
})

test('files of two parts and big-endian files take regions too', async () => {
  const file = temporaryFiles()
  const count = 19 * 7 * 5
  const fresh = noise(shape, 'int16', { seed: 4 })
  const voxels = Buffer.alloc(2 * count)
  for (let k = 0; k < count; k++) voxels.writeInt16BE(k, 2 * k)
  const little = Buffer.from(voxels).swap16()
  const meta = [
    'ObjectType = Image',
    'NDims = 3',
    'BinaryData = True',
    'BinaryDataByteOrderMSB = False',
    'TransformMatrix = 1 0 0 0 1 0 0 0 1',
    'Offset = 0 0 0',
    'ElementSpacing = 1 1 1',
    'DimSize = 19 7 5',
    'ElementType = MET_SHORT',
    'ElementDataFile = a.raw',
  ]
  const nrrd = [
    'NRRD0004',
    'type: short',
    'dimension: 3',
    'space: left-posterior-superior',
    'sizes: 19 7 5',
    'space directions: (1,0,0) (0,1,0) (0,0,1)',
    'space origin: (0,0,0)',
    'encoding: raw',
    'endian: big',
    'data file: b.raw',
  ]
  writeFileSync(file('a.mhd'), `${meta.join('\n')}\n`)
  writeFileSync(file('a.raw'), little)
  writeFileSync(file('b.nhdr'), `${nrrd.join('\n')}\n`)
  writeFileSync(file('b.raw'), voxels)
  const header = { shape, datatype: 4, sformCode: 1, srow: [-1, 0, 0, 0, 0, -1, 0, 0, 0, 0, 1, 0] }
  writeFileSync(file('c.hdr'), niftiHeader({ ...header, voxelOffset: 0, magic: 'ni1\0' }).subarray(0, 348))
  writeFileSync(file('c.img'), little)
  const big = niftiHeader({ ...header, voxelOffset: 352, bigEndian: true })
  writeFileSync(file('d.nii'), Buffer.concat([big.subarray(0, 352), voxels]))
  for (const [path, data] of [
    ['a.mhd', 'a.raw'],
    ['b.nhdr', 'b.raw'],
    ['c.hdr', 'c.img'],
    ['d.nii', 'd.nii'],
  ] as const) {
    const old = await Volume.read(file(path))
    const kept = data === path ? null : readFileSync(file(path))
    const placed = Volume.wrap(fresh.data, { shape, affine: old.affine })
    const bytes = readFileSync(file(data)).length
    for (const part of [
      region,
      { start: [0, 0, 0], shape: [19, 7, 3] },
      { start: [5, 0, 0], shape: [1, 7, 5] },
    ]) {
      const expected = await merged(await Volume.read(file(path)), placed, part)
      await placed.write(file(path), { region: part })
      assert.equal(await (await Volume.read(file(path))).equals(expected), true, path)
    }
    assert.equal(readFileSync(file(data)).length, bytes)
    if (kept) assert.deepEqual(readFileSync(file(path)), kept)
  }
})

test('what does not fit the file is refused before a byte is written', async () => {
  const file = temporaryFiles()
  const volume = noise(shape, 'int16')
  const path = file('a.nii')
  await volume.write(path)
  await volume.write(file('a.nii.gz'))
  const scaled = Buffer.from(readFileSync(path))
  scaled.writeFloatLE(2, 112)
  writeFileSync(file('scaled.nii'), scaled)
  const before = readFileSync(path)
  const other = (options: object) => Volume.create({ shape, dtype: 'int16', ...options } as never)
  const { affine } = volume
  const moved = affine.map((row, k) => row.map((value, c) => value + (k === 1 && c === 3 ? 0.002 : 0)))
  const cases: readonly (readonly [Volume, string, object, Parameters<typeof refusal>[0]])[] = [
    [other({ dtype: 'uint16' }), path, { region }, 'ShapeMismatch'],
    [other({ components: 2 }), path, { region }, 'ShapeMismatch'],
    [other({ shape: [19, 7, 6] }), path, { region }, 'ShapeMismatch'],
    [other({ shape: [19, 7] }), path, { region: {} }, 'ShapeMismatch'],
    [other({ affine: moved }), path, { region }, 'ShapeMismatch'],
    [volume, path, { region, at: [3, 1, 1] }, 'ShapeMismatch'],
    [volume, path, { region, storage: 'SAR' }, 'ShapeMismatch'],
    [volume, path, { region: { start: [10, 0, 0], shape: [10, 1, 1] } }, 'OutOfBounds'],
    [volume, path, { at: [1, 0, 0] }, 'OutOfBounds'],
    [volume, path, { at: [1, 0] }, 'InvalidArgument'],
    [volume, path, { region, overwrite: true }, 'InvalidArgument'],
    [volume, path, { region, compression: 3 }, 'InvalidArgument'],
    [volume, file('a.nii.gz'), { region }, 'Unsupported'],
    [volume, file('new.nii.gz'), { region }, 'Unsupported'],
    [volume, file('scaled.nii'), { region }, 'Unsupported'],
    [volume, file('new.nii'), { at: [0, 0, 0] }, 'Io'],
    [volume, file('new.xyz'), { region }, 'Unsupported'],
  ]
  for (const [source, target, options, code] of cases)
    await assert.rejects(source.write(target, options), refusal(code), `${target} ${JSON.stringify(options)}`)
  assert.deepEqual(readFileSync(path), before)
  assert.ok(!existsSync(file('new.nii')) && !existsSync(file('new.nii.gz')))
  writeFileSync(file('a.mha'), before)
  await assert.rejects(volume.write(file('a.mha'), { region }), refusal('ShapeMismatch'))
  const near = affine.map((row, k) => row.map((value, c) => value + (k === 1 && c === 3 ? 0.0005 : 0)))
  await other({ affine: near }).write(path, { region })
})

test('a pipeline that reads the file it would paste into is refused', async () => {
  const file = temporaryFiles()
  await noise(shape, 'float32').write(file('a.nii'))
  await assert.rejects(
    pipe(file('a.nii'), gaussian()).write(file('a.nii'), { region }),
    refusal('InvalidArgument', 'write.path'),
  )
})

test('a paste that fails half-way says that part of the region is new', async () => {
  const file = temporaryFiles()
  const volume = noise([64, 32, 24], 'float32')
  await volume.write(file('a.nii'))
  let calls = 0
  const failing = defineFilter({
    name: 'failing',
    summary: 'Fails after some work.',
    params: {},
    stages: () => [
      pointwise((x) => {
        if (calls++ > 40_000) throw new Error('enough')
        return x + 1
      }),
    ],
  })
  const run = pipe(volume, failing()).write(file('a.nii'), { region: {}, divisions: 12, threads: 1 })
  await assert.rejects(run, (error: unknown) => {
    assert.ok(error instanceof VoxlineError)
    assert.equal(error.code, 'Filter')
    assert.equal(error.details['partial'], true)
    return error.details['path'] === file('a.nii')
  })
  const now = await Volume.read(file('a.nii'))
  assert.equal(now.get(0, 0, 0), Math.fround(Number(volume.get(0, 0, 0)) + 1))
  assert.equal(now.get(63, 31, 23), volume.get(63, 31, 23))
})

test.run()
