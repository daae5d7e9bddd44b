import * as assert from 'uvu/assert'
import { probeFileSync } from '../../../ts/formats/probe.ts'
import { type NiftiFixture, niftiFile } from '../../support/nifti-fixtures.ts'
import { suite } from '../../support/suite.ts'

const test = suite('nifti geometry')

const base: NiftiFixture = { shape: [4, 5, 6], pixdim: [1, 2, 3, 4], qoffset: [10, 20, 30], qformCode: 1 }

function read(fixture: NiftiFixture) {
  return probeFileSync(niftiFile(fixture))
}

function isNear(
  actual: readonly (readonly number[])[],
  rows: readonly (readonly number[])[],
  tolerance = 1e-6,
): void {
  const apart = rows.flatMap((row, r) =>
    row.map((value, c) => Math.abs(value - (actual[r]?.[c] ?? Number.NaN))),
  )
  assert.ok(Math.max(...apart) <= tolerance, `${JSON.stringify(actual)} is not ${JSON.stringify(rows)}`)
  assert.equal(actual[3], [0, 0, 0, 1])
}

const srow = [-2, 0, 0, 50, 0, 3, 0, -60, 0, 0, 4, -70]

const table: readonly (readonly [string, NiftiFixture, readonly (readonly number[])[]])[] = [
  [
    'no rotation',
    base,
    [
      [2, 0, 0, 10],
      [0, 3, 0, 20],
      [0, 0, 4, 30],
    ],
  ],
  [
    'qfac 0',
    { ...base, pixdim: [0, 2, 3, 4] },
    [
      [2, 0, 0, 10],
      [0, 3, 0, 20],
      [0, 0, 4, 30],
    ],
  ],
  [
    'qfac -1',
    { ...base, pixdim: [-1, 2, 3, 4] },
    [
      [2, 0, 0, 10],
      [0, 3, 0, 20],
      [0, 0, -4, 30],
    ],
  ],
  [
    'half turn about z',
    { ...base, quaternion: [0, 0, 1] },
    [
      [-2, 0, 0, 10],
      [0, -3, 0, 20],
      [0, 0, 4, 30],
    ],
  ],
  [
    'third of a turn',
    { ...base, quaternion: [0.5, 0.5, 0.5] },
    [
      [0, 0, 4, 10],
      [2, 0, 0, 20],
      [0, 3, 0, 30],
    ],
  ],
  [
    'third of a turn, qfac -1',
    { ...base, quaternion: [0.5, 0.5, 0.5], pixdim: [-1, 2, 3, 4] },
    [
      [0, 0, -4, 10],
      [2, 0, 0, 20],
      [0, 3, 0, 30],
    ],
  ],
  [
    'squares of 1 + 1.3e-7',
    { ...base, quaternion: [Math.SQRT1_2, 0.7071069, 0] },
    [
      [0, 3, 0, 10],
      [2, 0, 0, 20],
      [0, 0, -4, 30],
    ],
  ],
  [
    'both codes set',
    { ...base, sformCode: 2, srow },
    [
      [-2, 0, 0, 50],
      [0, 3, 0, -60],
      [0, 0, 4, -70],
    ],
  ],
  [
    'sform_code 0',
    { ...base, sformCode: 0, srow },
    [
      [2, 0, 0, 10],
      [0, 3, 0, 20],
      [0, 0, 4, 30],
    ],
  ],
  [
    'both codes 0',
    { ...base, qformCode: 0, srow },
    [
      [-2, 0, 0, 3],
      [0, 3, 0, -6],
      [0, 0, 4, -10],
    ],
  ],
  [
    'both codes 0, pixdim -2 0 3',
    { ...base, qformCode: 0, pixdim: [1, -2, 0, 3] },
    [
      [-2, 0, 0, 3],
      [0, 1, 0, -2],
      [0, 0, 3, -7.5],
    ],
  ],
  [
    'both codes 0, rank 2',
    { ...base, qformCode: 0, shape: [4, 5], pixdim: [1, 2, 3, 1] },
    [
      [-2, 0, 0, 3],
      [0, 3, 0, -6],
      [0, 0, 1, 0],
    ],
  ],
]

for (const version of [1, 2] as const) {
  for (const bigEndian of [false, true]) {
    for (const [name, fixture, rows] of table) {
      test(`${name}: nibabel's affine (NIfTI-${version}, ${bigEndian ? 'big' : 'little'} endian)`, () => {
        const facts = read({ ...fixture, version, bigEndian })
        isNear(facts.affine, rows)
        const lengths = [0, 1, 2].map((c) => Math.hypot(...rows.map((row) => row[c] ?? 0)))
        for (const [axis, step] of facts.spacing.entries())
          assert.ok(Math.abs(step - (lengths[axis] ?? 0)) < 1e-6)
      })
    }
  }
}

test('a quaternion that is longer than 1 is scaled, with a warning', () => {
  const facts = read({ ...base, quaternion: [0, 0, 1.5] })
  isNear(facts.affine, [
    [-2, 0, 0, 10],
    [0, -3, 0, 20],
    [0, 0, 4, 30],
  ])
  assert.match(facts.warnings.join(), 'quatern')
})

test('a rounded quaternion gives no warning', () => {
  assert.equal(read({ ...base, quaternion: [Math.SQRT1_2, 0.7071069, 0] }).warnings, [])
})

test('an sform that is not finite gives way to the qform, with a warning', () => {
  const facts = read({ ...base, sformCode: 1, srow: [Number.NaN, ...srow.slice(1)] })
  isNear(facts.affine, [
    [2, 0, 0, 10],
    [0, 3, 0, 20],
    [0, 0, 4, 30],
  ])
  assert.match(facts.warnings.join(), 'sform')
  assert.is(facts.header.sform, undefined)
  assert.is(facts.header.qform?.code, 1)
})

test('an sform of rank 2 gives way to the qform, with a warning', () => {
  const facts = read({ ...base, sformCode: 1, srow: [1, 0, 0, 0, 0, 1, 0, 0, 1, 1, 0, 0] })
  isNear(facts.affine, [
    [2, 0, 0, 10],
    [0, 3, 0, 20],
    [0, 0, 4, 30],
  ])
  assert.is(facts.warnings.length, 1)
})

test('without a usable form the shape gives the affine', () => {
  const facts = read({ ...base, qoffset: [Number.POSITIVE_INFINITY, 0, 0] })
  isNear(facts.affine, [
    [-2, 0, 0, 3],
    [0, 3, 0, -6],
    [0, 0, 4, -10],
  ])
  assert.match(facts.warnings.join(), 'qform')
})

test('a negative code is unset, an unknown one is used and kept with a warning', () => {
  const negative = read({ ...base, qformCode: -3 })
  isNear(negative.affine, [
    [-2, 0, 0, 3],
    [0, 3, 0, -6],
    [0, 0, 4, -10],
  ])
  assert.is(negative.header.qform, undefined)
  const unknown = read({ ...base, qformCode: 77 })
  isNear(unknown.affine, [
    [2, 0, 0, 10],
    [0, 3, 0, 20],
    [0, 0, 4, 30],
  ])
  assert.is(unknown.header.qform?.code, 77)
  assert.match(unknown.warnings.join(), 'qform_code')
})

test('spacing of spatial axes is from the affine, of the others from pixdim', () => {
  const facts = read({ shape: [4, 5, 6, 2], sformCode: 1, srow, pixdim: [1, 1, 1, 1, 2.5], datatype: 2 })
  assert.equal(facts.spacing, [2, 3, 4, 2.5])
})

test('a spacing that is 0 or not finite counts as 1, with a warning that names it', () => {
  const facts = read({ shape: [4, 5, 6, 2, 3], pixdim: [1, 1, 0, 1, Number.NaN, -4] })
  assert.equal(facts.spacing, [1, 1, 1, 1, 4])
  assert.equal(
    facts.warnings.map((warning) => warning.slice(0, 9)),
    ['pixdim[2]', 'pixdim[4]'],
  )
})

const slopes: readonly (readonly [number, number, { slope: number; intercept: number } | null])[] = [
  [0, 5, null],
  [Number.NaN, 0, null],
  [Number.POSITIVE_INFINITY, 0, null],
  [1, 0, null],
  [2, -100, { slope: 2, intercept: -100 }],
  [-1, 0, { slope: -1, intercept: 0 }],
]

for (const [slope, intercept, expected] of slopes) {
  test(`slope ${slope} with intercept ${intercept} is ${expected ? 'used' : 'none'}`, () => {
    const facts = read({ slope, intercept })
    assert.equal(facts.scaling, expected)
    assert.equal(facts.header.scaling, { slope, intercept })
  })
}

test('an intercept that is not finite beside a good slope is a Format error', () => {
  const fails = () => read({ slope: 2, intercept: Number.NaN })
  assert.throws(fails, (error: { code: string; details: { field: string; offset: number } }) => {
    return error.code === 'Format' && error.details.field === 'scl_inter' && error.details.offset === 116
  })
})

test('RGB is never scaled', () => {
  assert.is(read({ datatype: 128, slope: 2, intercept: 1 }).scaling, null)
  assert.is(read({ datatype: 2304, slope: 2, intercept: 1 }).scaling, null)
  assert.equal(read({ datatype: 2, slope: 2, intercept: 1 }).scaling, { slope: 2, intercept: 1 })
})

test.run()
