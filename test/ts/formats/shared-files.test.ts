import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import * as assert from 'uvu/assert'
import { VoxlineError } from '../../../ts/core/errors.ts'
import { nifti } from '../../../ts/formats/nifti.ts'
import { probeFile, probeFileSync } from '../../../ts/formats/probe.ts'
import { directionsOfAffine, formatOrientation } from '../../../ts/geometry/orientation.ts'
import type { FileFacts } from '../../../ts/volume/format.ts'
import { sharedPath } from '../../support/shared.ts'
import { skipUnless } from '../../support/skip.ts'
import { suite } from '../../support/suite.ts'

const test = suite('shared files')
const withFiles = skipUnless(test, sharedPath('golden', 'manifest.json') !== null, 'no shared data')

type Rows = readonly (readonly number[])[]

interface Golden {
  readonly id: string
  readonly input: string
  readonly op: string
  readonly expected: {
    readonly class: string
    readonly must_fail?: boolean
    readonly shape: readonly number[]
    readonly dtype: string
    readonly zooms: readonly number[]
    readonly affine: Rows
    readonly axcodes: string
    readonly qform_code?: number
    readonly sform_code?: number
    readonly qform?: Rows | null
    readonly sform?: Rows | null
    readonly spacing_from_affine: readonly number[]
    readonly endian?: string
    readonly slope?: number
    readonly inter?: number
    readonly vox_offset?: number
    readonly descrip_hex?: string
    readonly extensions?: readonly (readonly [number, number])[]
    readonly intent_code?: number
  }
}

interface Grid {
  readonly id: string
  readonly input: string
  readonly op: string
  readonly expected: {
    readonly size: readonly number[]
    readonly spacing: readonly number[]
    readonly origin: readonly number[]
    readonly direction_columns: Rows
    readonly component: string
    readonly components: number
  }
}

interface Bad {
  readonly id: string
  readonly file: string
  readonly format: string
  readonly field: readonly string[]
  readonly expect: string
}

function entries<T>(...parts: string[]): readonly T[] {
  return JSON.parse(readFileSync(sharedPath(...parts) ?? '', 'utf8')).entries
}

function file(...parts: string[]): string {
  const path = sharedPath(...parts)
  if (path === null) throw new Error(`${parts.join('/')} is missing`)
  return path
}

const names: Readonly<Record<string, readonly [string, number]>> = {
  rgb: ['uint8', 3],
  rgba: ['uint8', 4],
  complex64: ['float32', 2],
  complex128: ['float64', 2],
}

function isNear(
  actual: readonly number[],
  expected: readonly number[],
  tolerance: number,
  what: string,
): void {
  assert.is(actual.length, expected.length, what)
  expected.forEach((value, i) => {
    const got = actual[i] ?? Number.NaN
    assert.ok(
      Math.abs(got - value) <= tolerance * Math.max(1, Math.abs(value)),
      `${what}: ${actual} is not ${expected}`,
    )
  })
}

function checkForms(facts: FileFacts, { id, expected }: Golden): void {
  for (const name of ['qform', 'sform'] as const) {
    const rows = expected[name]
    const form = facts.header[name]
    if (rows === undefined) continue
    assert.is(form === undefined, rows === null, `${id} ${name}`)
    if (rows === null || form === undefined) continue
    isNear(form.affine.flat(), rows.flat(), 1e-5, `${id} ${name}`)
    assert.is(form.code, expected[`${name}_code`], `${id} ${name}`)
  }
}

function checkGolden(facts: FileFacts, golden: Golden): void {
  const { expected, id } = golden
  const { voxels, header } = facts
  const [dtype, components] = names[expected.dtype] ?? [expected.dtype, 1]
  assert.equal([voxels.shape, voxels.dtype, voxels.components], [expected.shape, dtype, components], id)
  isNear(facts.affine.flat(), expected.affine.flat(), 1e-5, `${id} affine`)
  const spatial = Math.min(3, voxels.shape.length)
  const code = formatOrientation(directionsOfAffine(facts.affine, 3))
  assert.is(code, expected.axcodes, id)
  isNear(
    facts.spacing.slice(0, spatial),
    expected.spacing_from_affine.slice(0, spatial),
    1e-6,
    `${id} spacing`,
  )
  isNear(
    facts.spacing.slice(3),
    expected.zooms.slice(3).map((zoom) => zoom || 1),
    1e-6,
    `${id} zooms`,
  )
  checkForms(facts, golden)
  if (expected.endian) assert.is(voxels.bigEndian, expected.endian === 'big', id)
  if (expected.vox_offset !== undefined) assert.is(voxels.offset, expected.vox_offset, id)
  if (expected.slope !== undefined) {
    const { slope, intercept } = facts.scaling ?? { slope: 1, intercept: 0 }
    assert.equal([slope, intercept], [expected.slope, expected.inter], id)
  }
  const description = Buffer.from(expected.descrip_hex ?? '', 'hex').toString('utf8')
  if (expected.descrip_hex !== undefined) assert.is(header.description ?? '', description, id)
  if (expected.extensions) {
    const found = header.extensions?.map(({ code, bytes }) => [
      code,
      Buffer.from(bytes).toString('latin1').replace(/\0+$/, '').length,
    ])
    assert.equal(found ?? [], expected.extensions, id)
  }
}

withFiles('NIfTI and Analyze headers say what nibabel reads', async () => {
  const goldens = entries<Golden>('golden', 'manifest.json').filter(
    ({ op, input }) => op === 'read_header_and_voxels' && /\.(nii|hdr|img)(\.gz)?$/.test(input),
  )
  assert.ok(goldens.length > 40)
  for (const golden of goldens) {
    const path = file(...golden.input.split('/'))
    const facts = await probeFile(path).catch((error: unknown) => error)
    if (golden.expected.must_fail) {
      assert.ok(facts instanceof VoxlineError && facts.code === 'Format', golden.id)
      continue
    }
    if (facts instanceof Error) assert.unreachable(`${golden.id}: ${facts.message}`)
    checkGolden(facts as FileFacts, golden)
    const { files: _, ...now } = probeFileSync(path)
    const { files: __, ...later } = facts as ReturnType<typeof probeFileSync>
    assert.equal(now, later, golden.id)
  }
})

withFiles('a NIfTI header that was only read is written again unchanged', () => {
  const goldens = entries<Golden>('golden', 'manifest.json').filter(
    ({ op, input }) =>
      op === 'read_header_and_voxels' && /\.nii$/.test(input) && !input.includes('truncated'),
  )
  for (const { input, id } of goldens) {
    const path = file(...input.split('/'))
    const facts = probeFileSync(path)
    const { shape, dtype, components } = facts.voxels
    const { header } = nifti.layOut({ ...facts, shape, dtype, components }, 'out.nii')
    const written = probeFileSync(Buffer.concat([header, new Uint8Array(facts.fileBytes)]))
    assert.equal(written.affine, facts.affine, id)
    if (facts.voxels.bigEndian || facts.voxels.offset !== header.length) continue
    const stored = readFileSync(path).subarray(0, header.length)
    stored[348] = header[348] ?? 0
    assert.is(Buffer.compare(header, stored), 0, id)
  }
})

const itkTypes: Readonly<Record<string, string>> = {
  unsigned_char: 'uint8',
  char: 'int8',
  unsigned_short: 'uint16',
  short: 'int16',
  int: 'int32',
  float: 'float32',
  double: 'float64',
}

withFiles('MetaImage and NRRD headers say what ITK reads', () => {
  const goldens = entries<Grid>('golden', 'manifest.json').filter(
    ({ op }) => op === 'read_metaimage' || op === 'read_nrrd',
  )
  assert.ok(goldens.length > 15)
  for (const { input, id, expected } of goldens) {
    if (input.includes('ascii')) {
      assert.throws(
        () => probeFileSync(file(...input.split('/'))),
        (error: VoxlineError) => error.code === 'Unsupported',
      )
      continue
    }
    const facts = probeFileSync(file(...input.split('/')))
    const { voxels, affine } = facts
    assert.equal(
      [voxels.shape, voxels.dtype, voxels.components],
      [expected.size, itkTypes[expected.component], expected.components],
      id,
    )
    isNear(facts.spacing, expected.spacing, 1e-9, `${id} spacing`)
    const spatial = Math.min(3, expected.size.length)
    const signs = [-1, -1, 1]
    for (let row = 0; row < spatial; ++row) {
      isNear([(affine[row]?.[3] ?? 0) * (signs[row] ?? 1)], [expected.origin[row] ?? 0], 1e-9, `${id} origin`)
      for (let axis = 0; axis < spatial; ++axis) {
        const direction = ((affine[row]?.[axis] ?? 0) * (signs[row] ?? 1)) / (facts.spacing[axis] ?? 1)
        isNear([direction], [expected.direction_columns[axis]?.[row] ?? 0], 1e-6, `${id} direction`)
      }
    }
  }
})

/** What only shows when voxels are decoded. */
const deeper = new Set<string>([])

withFiles('malformed files are refused by name and field before a voxel is touched', () => {
  for (const bad of entries<Bad>('bad', 'manifest.json')) {
    if (!['nifti', 'meta', 'nrrd'].includes(bad.format) || deeper.has(bad.id)) continue
    let error: unknown = null
    try {
      const facts = probeFileSync(file('bad', ...bad.file.split('/')))
      assert.is(bad.expect, 'error_or_defined', bad.id)
      assert.ok(facts.warnings.length > 0, bad.id)
      continue
    } catch (caught) {
      error = caught
    }
    assert.instance(error, VoxlineError, bad.id)
    const message = (error as VoxlineError).message.toLowerCase()
    assert.ok(message.includes(basename(bad.file)), `${bad.id}: ${message}`)
    assert.ok(
      bad.field.some((word) => message.includes(word.toLowerCase())),
      `${bad.id}: ${message}`,
    )
  }
})

test.run()
