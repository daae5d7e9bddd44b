import * as assert from 'uvu/assert'
import { VoxlineError } from '../../../ts/core/errors.ts'
import { nifti } from '../../../ts/formats/nifti.ts'
import { formatForWriting, probeFileSync } from '../../../ts/formats/probe.ts'
import type { Affine } from '../../../ts/geometry/affine.ts'
import type { FileFacts, WriteFacts } from '../../../ts/volume/format.ts'
import { type NiftiFixture, niftiFile, niftiHeader } from '../../support/nifti-fixtures.ts'
import { suite } from '../../support/suite.ts'

const test = suite('nifti writing')

function writeFacts(facts: FileFacts, change: Partial<WriteFacts> = {}): WriteFacts {
  const { shape, dtype, components } = facts.voxels
  const { affine, spacing, header, scaling } = facts
  return { shape, dtype, components, affine, spacing, header, scaling, ...change }
}

function readBack(facts: WriteFacts, path = 'out.nii'): FileFacts {
  const { header, offset } = nifti.layOut(facts, path)
  const size = facts.shape.reduce((product, length) => product * length, facts.components * 8)
  const bytes = new Uint8Array(offset + size)
  bytes.set(header)
  return probeFileSync(bytes)
}

function isNear(actual: Affine | undefined, expected: Affine, tolerance = 1e-5): void {
  const apart = expected.flatMap((row, r) =>
    row.map((value, c) => Math.abs(value - (actual?.[r]?.[c] ?? Number.NaN))),
  )
  assert.ok(Math.max(...apart) <= tolerance, `${JSON.stringify(actual)} is not ${JSON.stringify(expected)}`)
}

/** Affine · F⁻¹ of a volume whose axes p are permuted and reversed where `flips` says so. */
function moved(
  affine: Affine,
  shape: readonly number[],
  p: readonly number[],
  flips: readonly boolean[],
): Affine {
  const rows = affine.slice(0, 3).map((row) => {
    const at = (k: number): number => row[p[k] ?? 0] ?? 0
    const sign = (k: number): number => (flips[k] ? -1 : 1)
    const shift = [0, 1, 2].reduce(
      (sum, k) => sum + (flips[k] ? at(k) * ((shape[p[k] ?? 0] ?? 1) - 1) : 0),
      row[3] ?? 0,
    )
    return [at(0) * sign(0), at(1) * sign(1), at(2) * sign(2), shift]
  })
  return [...rows, [0, 0, 0, 1]]
}

const oblique = [
  [3.715298, 0.316404, 2.895823, 10],
  [-0.561512, 3.916967, 1.169743, -20],
  [-1.371591, -0.746498, 7.365182, 30],
]

const rich: NiftiFixture = {
  shape: [7, 5, 3, 2],
  datatype: 512,
  pixdim: [-1, 2, 3, 4, 2.5, 0, 7, 9],
  qformCode: 1,
  sformCode: 4,
  quaternion: [0.1, 0.2, 0.3],
  qoffset: [10.5, -20.25, 30],
  srow: oblique.flat(),
  slope: 2,
  intercept: -100,
  units: 2 + 8,
  dimInfo: 57,
  sliceCode: 1,
  sliceEnd: 2,
  description: 'a made file',
  intent: { code: 5, name: 'z', parameters: [1, 2.5, 3] },
  display: [255, 1],
  extensions: [
    { code: 6, bytes: Uint8Array.from({ length: 40 }, (_, i) => i) },
    { code: 44, bytes: new Uint8Array(8).fill(9) },
  ],
}

for (const version of [1, 2] as const) {
  test(`NIfTI-${version}: a header that was only read is written again byte for byte`, () => {
    for (const fixture of [
      rich,
      { version },
      { ...rich, qformCode: 0 },
      { ...rich, sformCode: 0, slope: 0 },
      { ...rich, sformCode: -2 },
    ]) {
      const source = niftiHeader({ ...fixture, version })
      const facts = probeFileSync(niftiFile({ ...fixture, version }))
      const { header, offset, dropped } = nifti.layOut(writeFacts(facts), 'out.nii')
      assert.equal(dropped, [])
      assert.is(offset, header.length)
      assert.is(Buffer.compare(header, source), 0)
    }
  })
}

test('a big-endian header is written as its little-endian twin', () => {
  const facts = probeFileSync(niftiFile({ ...rich, bigEndian: true }))
  assert.is(Buffer.compare(nifti.layOut(writeFacts(facts), 'out.nii').header, niftiHeader(rich)), 0)
})

test('bytes that no field names survive: unused fields and what follows the end of a text', () => {
  const file = niftiFile(rich)
  for (let i = 4; i < 39; ++i) file[i] = i
  file.set([65, 0, 66, 67], 148 + 60)
  file.set([1, 2, 3, 4, 5, 6, 7, 8], 140)
  const { header } = nifti.layOut(writeFacts(probeFileSync(file)), 'out.nii')
  assert.is(Buffer.compare(header, file.subarray(0, header.length)), 0)
})

test('both forms follow moved voxels and keep their codes', () => {
  const facts = probeFileSync(niftiFile({ ...rich, qoffset: [1, 2, 3] }))
  const { qform, sform } = facts.header
  assert.ok(qform && sform)
  const [p, flips, shape] = [
    [2, 0, 1],
    [true, false, true],
    [3, 7, 5, 2],
  ]
  const move = (affine: Affine): Affine => moved(affine, facts.voxels.shape, p, flips)
  const header = {
    ...facts.header,
    qform: { code: qform.code, affine: move(qform.affine) },
    sform: { code: sform.code, affine: move(sform.affine) },
  }
  const back = readBack(writeFacts(facts, { shape, affine: move(facts.affine), header }))
  assert.is(back.header.qform?.code, 1)
  assert.is(back.header.sform?.code, 4)
  isNear(back.header.qform?.affine, move(qform.affine))
  isNear(back.affine, move(sform.affine))
})

test('every one of the 48 axis orders is held by a qform alone', () => {
  const facts = probeFileSync(niftiFile({ ...rich, sformCode: 0 }))
  const orders = [
    [0, 1, 2],
    [0, 2, 1],
    [1, 0, 2],
    [1, 2, 0],
    [2, 0, 1],
    [2, 1, 0],
  ]
  for (const p of orders) {
    for (let signs = 0; signs < 8; ++signs) {
      const affine = moved(facts.affine, facts.voxels.shape, p, [
        (signs & 1) > 0,
        (signs & 2) > 0,
        (signs & 4) > 0,
      ])
      const shape = [...p.map((axis) => facts.voxels.shape[axis] ?? 1), 2]
      const back = readBack(writeFacts(facts, { affine, shape, header: { qform: { code: 3, affine } } }))
      assert.is(back.header.qform?.code, 3)
      assert.is(back.header.sform, undefined)
      isNear(back.affine, affine)
    }
  }
})

test('a form that was unset stays unset when voxels are moved', () => {
  const facts = probeFileSync(niftiFile({ ...rich, qformCode: 0 }))
  const affine = moved(facts.affine, facts.voxels.shape, [0, 1, 2], [true, false, false])
  const back = readBack(
    writeFacts(facts, { affine, header: { ...facts.header, sform: { code: 4, affine } } }),
  )
  assert.is(back.header.qform, undefined)
  assert.is(back.header.sform?.code, 4)
  isNear(back.affine, affine)
})

test('a qform that became sheared is dropped and said so, and the place is not lost', () => {
  const facts = probeFileSync(niftiFile({ ...rich, sformCode: 0 }))
  const sheared = facts.affine.map((row, r) =>
    r === 0 ? [row[0] ?? 0, (row[1] ?? 0) + 0.5, row[2] ?? 0, row[3] ?? 0] : row,
  )
  const facts2 = writeFacts(facts, {
    affine: sheared,
    header: { ...facts.header, qform: { code: 1, affine: sheared } },
  })
  assert.match(nifti.layOut(facts2, 'out.nii').dropped.join(), 'qform')
  const back = readBack(facts2)
  assert.is(back.header.qform, undefined)
  isNear(back.affine, sheared)
})

test('a volume made in memory gets code 2 for both forms, sheared ones for the sform only', () => {
  const affine: Affine = [
    [0, 0, -3, 109],
    [-1, 0, 0, 90],
    [0, -2, 0, 91],
    [0, 0, 0, 1],
  ]
  const facts: WriteFacts = {
    shape: [19, 7, 5],
    dtype: 'float32',
    components: 1,
    affine,
    spacing: [1, 2, 3],
    header: {},
    scaling: null,
  }
  const back = readBack(facts)
  assert.equal([back.header.qform?.code, back.header.sform?.code], [2, 2])
  isNear(back.header.qform?.affine, affine)
  isNear(back.header.sform?.affine, affine)
  assert.equal(back.header.units, { space: 'mm', time: 'unknown' })
  assert.equal(back.header.scaling, { slope: 1, intercept: 0 })
  const sheared: Affine = [
    [1, 0.1, 0, 0],
    [0, 1, 0, 0],
    [0, 0, 1, 0],
    [0, 0, 0, 1],
  ]
  const second = readBack({ ...facts, affine: sheared })
  assert.is(second.header.qform, undefined)
  isNear(second.header.sform?.affine, sheared)
  assert.is(nifti.layOut({ ...facts, affine: sheared }, 'x.nii').dropped.length, 1)
})

test('an edited affine replaces both forms', () => {
  const facts = probeFileSync(niftiFile(rich))
  const affine: Affine = [
    [1, 0, 0, 5],
    [0, 2, 0, 6],
    [0, 0, 3, 7],
    [0, 0, 0, 1],
  ]
  const back = readBack(writeFacts(facts, { affine }))
  assert.equal([back.header.qform?.code, back.header.sform?.code], [2, 2])
  isNear(back.affine, affine)
  isNear(back.header.qform?.affine, affine)
})

test('a volume placed by its shape alone keeps its place when cropped', () => {
  const facts = probeFileSync(niftiFile({ shape: [9, 7, 5] }))
  const back = readBack(writeFacts(facts, { shape: [5, 7, 5] }))
  isNear(back.affine, facts.affine)
  assert.is(back.header.sform?.code, 2)
})

test('slope and intercept are 1 and 0 unless the stored values are kept', () => {
  const facts = probeFileSync(niftiFile(rich))
  assert.equal(readBack(writeFacts(facts)).scaling, { slope: 2, intercept: -100 })
  const converted = readBack(writeFacts(facts, { scaling: null, dtype: 'float32' }))
  assert.equal(converted.header.scaling, { slope: 1, intercept: 0 })
})

test('an axis beyond 32767 makes it NIfTI-2', () => {
  const facts = probeFileSync(niftiFile({ shape: [4, 5, 6], datatype: 2 }))
  const back = readBack(writeFacts(facts, { shape: [40000, 2, 3] }))
  assert.is(back.header.version, 2)
  assert.equal(back.voxels.shape, [40000, 2, 3])
})

test('components are RGB, RGBA and complex; others are Unsupported, as is an eighth axis', () => {
  const facts = probeFileSync(niftiFile({ datatype: 2 }))
  for (const [dtype, components] of [
    ['uint8', 3],
    ['uint8', 4],
    ['float32', 2],
    ['float64', 2],
  ] as const) {
    const { voxels } = readBack(writeFacts(facts, { dtype, components }))
    assert.equal([voxels.dtype, voxels.components], [dtype, components])
  }
  for (const change of [
    { components: 5 },
    { dtype: 'int16' as const, components: 3 },
    { shape: [1, 2, 1, 1, 1, 1, 1, 2] },
  ]) {
    const fails = () => nifti.layOut(writeFacts(facts, change), 'out.nii')
    assert.throws(fails, (error: unknown) => error instanceof VoxlineError && error.code === 'Unsupported')
  }
})

test('the ending decides about compression; what does not fit is listed', () => {
  const facts = probeFileSync(niftiFile())
  assert.is(nifti.layOut(writeFacts(facts), 'a.nii.gz').compression, 'gzip')
  assert.is(nifti.layOut(writeFacts(facts), 'a.nii').compression, 'none')
  const header = { ...facts.header, description: 'ä'.repeat(60), keys: { Modality: 'MR' } }
  const { dropped } = nifti.layOut(writeFacts(facts, { header }), 'a.nii')
  assert.is(dropped.length, 2)
  assert.is(readBack(writeFacts(facts, { header })).header.description, 'ä'.repeat(39))
})

test('extensions of any length are padded to 16 bytes and precede the voxels', () => {
  const facts = probeFileSync(niftiFile())
  const extensions = [
    { code: 6, bytes: Uint8Array.of(1, 2, 3) },
    { code: 4, bytes: new Uint8Array(9).fill(5) },
  ]
  const { offset } = nifti.layOut(writeFacts(facts, { header: { extensions } }), 'a.nii')
  assert.is(offset, 352 + 16 + 32)
  const back = readBack(writeFacts(facts, { header: { extensions } }))
  assert.equal(
    back.header.extensions?.map(({ bytes }) => bytes.length),
    [8, 24],
  )
})

test('a path finds its format for writing, or an error that lists the endings', () => {
  assert.is(formatForWriting('/a/b.NII.GZ').name, 'nifti')
  assert.is(formatForWriting('b.nrrd').name, 'nrrd')
  assert.throws(
    () => formatForWriting('b.jpg'),
    (error: VoxlineError) => error.code === 'Unsupported' && error.message.includes('.nii.gz'),
  )
})

test.run()
