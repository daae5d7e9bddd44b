import * as assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import {
  type AnyStep,
  type FileSource,
  fromFile,
  gradientMagnitude,
  mean,
  median,
  pipe,
  rescaleIntensity,
  statistics,
  threshold,
  Volume,
  warp,
} from '../../ts/index.ts'
import { type LineProcess, lineProcess } from '../support/line-process.ts'
import { sharedPath } from '../support/shared.ts'
import { skipUnless } from '../support/skip.ts'
import { suite } from '../support/suite.ts'
import { temporaryFiles } from '../support/temporary.ts'

const test = suite('conformance/scipy')

// Of a series one frame is taken.
const volumes = [
  'mni152_2009a_t1_1mm.nii.gz',
  'anatomical.nii',
  'functional.nii',
  'avg152T1_LR_nifti.nii.gz',
  'dcm_qa_ax.nii',
  'stroke_t1.nii.gz',
  'aniso_vox.nii.gz',
  'reoriented_anat_moved.nii',
]

interface Compared {
  /** The function of scipy_filters.py. */
  readonly reference: string
  readonly step: (limit: number, field: Volume) => AnyStep<Volume>
  /** The k of spec/filters.md §1: |difference| ≤ 10⁻ᵏ · range + 10⁻ᵏ · |value|; null for exact. */
  readonly digits: number | null
  /** Larger volumes would take scipy too long. */
  readonly mostVoxels?: number
}

const compared: readonly Compared[] = [
  { reference: 'gradient_magnitude', step: () => gradientMagnitude(), digits: 6 },
  { reference: 'median', step: () => median(), digits: null },
  { reference: 'mean', step: () => mean(), digits: 6 },
  { reference: 'threshold', step: (below) => threshold({ below }), digits: null },
  {
    reference: 'rescale_intensity',
    step: () => rescaleIntensity({ min: 0, max: 255, dtype: 'float32' }),
    digits: 6,
  },
  {
    reference: 'warp',
    step: (_, field) => warp(field, { dtype: 'float32' }),
    digits: 4,
    mostVoxels: 2 ** 20,
  },
]

const python = ['python3', '/usr/bin/python3'].find(
  (command) => spawnSync(command, ['-c', 'import numpy, scipy.ndimage']).status === 0,
)
const script = fileURLToPath(new URL('scipy_filters.py', import.meta.url))
const present = volumes.flatMap((name) => sharedPath('data/nifti', name) ?? [])
const isPossible = python !== undefined && present.length > 0
const withScipy = skipUnless(test, isPossible, 'needs python3 with scipy, and the shared volumes')

// The file in its own order, three axes.
async function frameOf(path: string): Promise<FileSource> {
  const { shape } = await pipe(fromFile(path, { orientation: 'storage' })).info()
  const start = shape.map((length, axis) => (axis < 3 ? 0 : length >> 1))
  const region = { start, shape: shape.map((length, axis) => (axis < 3 ? length : 1)) }
  return fromFile(path, { orientation: 'storage', region })
}

// Waves of some millimetres on the volume's grid.
function wavesOn({ shape, affine }: Volume): Volume {
  const field = Volume.create({ shape: shape.slice(0, 3), affine, dtype: 'float32', components: 3 })
  for (let i = 0; i < field.data.length; i++) field.data[i] = 4 * Math.sin(i / 97)
  field.touch()
  return field
}

function worstOf(
  found: ArrayLike<number | bigint>,
  wanted: Float64Array,
  digits: number | null,
): string | null {
  if (found.length !== wanted.length) return `${found.length} voxels, not ${wanted.length}`
  const range =
    wanted.reduce((most, x) => Math.max(most, x), -1 / 0) -
    wanted.reduce((least, x) => Math.min(least, x), 1 / 0)
  const share = digits === null ? 0 : 10 ** -digits
  for (let i = 0; i < wanted.length; i++) {
    const [a, b] = [Number(found[i]), wanted[i] as number]
    if (!(Math.abs(a - b) <= share * (range + Math.abs(b)))) return `element ${i} is ${a}, not ${b}`
  }
  return null
}

async function compare(path: string, scipy: LineProcess): Promise<string[]> {
  const file = temporaryFiles()
  const source = await frameOf(path)
  const volume = await pipe(source).compute()
  writeFileSync(file('voxels'), (await volume.copy({ dtype: 'float32' })).data)
  const limit = Math.fround((await pipe(source, statistics()).compute()).mean)
  const field = wavesOn(volume)
  writeFileSync(file('field'), field.data)
  const wrong: string[] = []
  for (const { reference, step, digits, mostVoxels = Infinity } of compared) {
    if (volume.size > mostVoxels) continue
    const made = await pipe(source, step(limit, field)).compute({ divisions: 3 })
    const { shape, spacing, affine } = volume
    const given = { shape: shape.slice(0, 3), spacing, affine, limit, field: file('field') }
    const query = { filter: reference, ...given }
    await scipy.ask({ ...query, voxels: file('voxels'), out: file('out') })
    const wanted = new Float64Array(new Uint8Array(readFileSync(file('out'))).buffer)
    const complaint = worstOf((await made.copy()).data, wanted, digits)
    if (complaint !== null) wrong.push(`${path}: ${reference}: ${complaint}`)
  }
  return wrong
}

withScipy('six filters agree with scipy on the shared volumes', async () => {
  const scipy = lineProcess(python as string, [script])
  const wrong: string[] = []
  for (const path of present) wrong.push(...(await compare(path, scipy)))
  scipy.end()
  assert.deepEqual(wrong, [])
  console.log(
    `  ${compared.length} filters agree with scipy on ${present.length} volumes, warp on the small ones`,
  )
})

test.run()
