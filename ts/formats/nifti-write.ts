import { bytesOf } from '../core/dtype.ts'
import { invalidArgument, VoxlineError } from '../core/errors.ts'
import type { Affine } from '../geometry/affine.ts'
import type { WriteFacts, WriteLayout } from '../volume/format.ts'
import type { HeaderForm } from '../volume/header.ts'
import { isSamePlace, isUsable, lengthsOf } from './frames.ts'
import { geometryOf, qformOf } from './nifti-affine.ts'
import { encodeExtensions } from './nifti-extensions.ts'
import { fillFields } from './nifti-fields.ts'
import {
  emptyHeader,
  encodeHeader,
  headerBytes,
  type NiftiHeader,
  parseHeader,
  sniffHeader,
} from './nifti-header.ts'
import { codeOfVoxel } from './nifti-types.ts'

const longestAxis1 = 32767

/** Lays out a `.nii` or `.nii.gz` file. */
export function layOutNifti(facts: WriteFacts, path: string): WriteLayout {
  const code = checkedCode(facts, path)
  checkAffine('affine', facts.affine)
  if (facts.header.qform) checkAffine('header.qform.affine', facts.header.qform.affine)
  if (facts.header.sform) checkAffine('header.sform.affine', facts.header.sform.affine)
  const original = originalOf(facts)
  const extensions = encodeExtensions(facts.header.extensions ?? [])
  const version = versionOf(facts, extensions.length)
  const offset = headerBytes(version) + extensions.length
  const header = emptyHeader(version)
  const keys = Object.keys(facts.header.keys ?? {}).map((key) => `key ${key}: NIfTI has no free keys`)
  const lost = [...fillFields(header, facts.header, original), ...keys]
  if (original !== null) keepNameless(header, original)
  const { numbers, texts } = header
  texts.magic = new TextEncoder().encode(version === 1 ? 'n+1\0' : 'n+2\0\r\n\x1a\n')
  numbers.datatype = [code]
  numbers.bitpix = [bytesOf(facts.dtype) * facts.components * 8]
  numbers.voxelOffset = [offset]
  const { slope, intercept } = scalingFor(facts)
  numbers.slope = [slope]
  numbers.intercept = [intercept]
  lost.push(...fillGeometry(header, facts, original))
  const bytes = new Uint8Array(offset)
  bytes.set(encodeHeader(header))
  bytes.set(extensions, headerBytes(version))
  return { header: bytes, offset, compression: /\.gz$/i.test(path) ? 'gzip' : 'none', dropped: lost }
}

function checkAffine(name: string, affine: Affine): void {
  if (!isUsable(affine)) throw invalidArgument(name, 'finite and invertible', affine)
}

function checkedCode(facts: WriteFacts, path: string): number {
  const fail = (message: string): never => {
    throw new VoxlineError('Unsupported', `${path}: NIfTI cannot hold ${message}`, { path })
  }
  if (facts.shape.length > 7) fail(`${facts.shape.length} axes, at most 7`)
  const code = codeOfVoxel(facts)
  return code ?? fail(`${facts.components} components of ${facts.dtype}`)
}

/** The source's own header where the volume came from NIfTI. */
function originalOf({ header: { original } }: WriteFacts): NiftiHeader | null {
  if (original?.format !== 'nifti') return null
  const found = sniffHeader(original.bytes)
  if (found === null || original.bytes.length < headerBytes(found.version)) return null
  return parseHeader('header.original', original.bytes, found.version, found.bigEndian)
}

function versionOf({ shape, header }: WriteFacts, extensionBytes: number): 1 | 2 {
  if (header.version === 2 || shape.some((length) => length > longestAxis1)) return 2
  const offset = headerBytes(1) + extensionBytes
  return Math.fround(offset) === offset ? 1 : 2
}

/** Fields that have no name in a volume's header and no meaning for its voxels. */
function keepNameless(header: NiftiHeader, original: NiftiHeader): void {
  for (const name of ['extents', 'sessionError', 'regular', 'globalMax', 'globalMin'] as const) {
    header.numbers[name] = original.numbers[name]
  }
  for (const name of ['dataType', 'databaseName', 'unused'] as const)
    header.texts[name] = original.texts[name]
}

/** Stored values moved unchanged keep their slope and intercept, also where these say none. */
function scalingFor({ scaling, header }: WriteFacts): { readonly slope: number; readonly intercept: number } {
  if (scaling !== null) return scaling
  const stored = header.scaling
  const isNone = stored !== undefined && (stored.slope === 0 || !Number.isFinite(stored.slope))
  return isNone ? stored : { slope: 1, intercept: 0 }
}

function fillGeometry(
  header: NiftiHeader,
  facts: WriteFacts,
  original: NiftiHeader | null,
): readonly string[] {
  const { shape } = facts
  const rank = shape.length
  const sameRank = original !== null && original.numbers.dim[0] === rank
  const rest = sameRank ? original.numbers.dim.slice(rank + 1) : Array<number>(7 - rank).fill(1)
  header.numbers.dim = [rank, ...shape, ...rest]
  if (original !== null && isAsRead(facts, original)) {
    keepGeometry(header, facts, original)
    return []
  }
  const moved = movedForms(header, facts)
  const { qfac, steps } = moved
  header.numbers.pixdim = [qfac, ...steps, ...extraSteps(facts, original)]
  return moved.lost
}

/** Whether the geometry and both forms are what the source's header states. */
function isAsRead(facts: WriteFacts, original: NiftiHeader): boolean {
  const rank = original.numbers.dim[0] ?? 0
  const shape = original.numbers.dim.slice(1, rank + 1)
  const stated = geometryOf('header.original', original, shape)
  const same = (a: HeaderForm | undefined, b: HeaderForm | undefined): boolean =>
    a === undefined || b === undefined
      ? a === b
      : a.code === b.code && isSamePlace(a.affine, b.affine, facts.shape)
  const sameExtent = [0, 1, 2].every((axis) => (shape[axis] ?? 1) === (facts.shape[axis] ?? 1))
  return (
    isSamePlace(facts.affine, stated.affine, facts.shape) &&
    same(facts.header.qform, stated.qform) &&
    same(facts.header.sform, stated.sform) &&
    (stated.source !== 'shape' || sameExtent)
  )
}

function keepGeometry(header: NiftiHeader, facts: WriteFacts, original: NiftiHeader): void {
  const { numbers } = header
  const own = original.numbers
  numbers.pixdim = [...own.pixdim.slice(0, 4), ...extraSteps(facts, original)]
  if (facts.header.qform !== undefined || (own.qformCode[0] ?? 0) <= 0) {
    numbers.qformCode = own.qformCode
    numbers.quaternion = own.quaternion
    numbers.qoffset = own.qoffset
  }
  if (facts.header.sform !== undefined || (own.sformCode[0] ?? 0) <= 0) {
    numbers.sformCode = own.sformCode
    numbers.srow = own.srow
  }
}

/** pixdim[4] to pixdim[7]: the source's own numbers where they still say the same. */
function extraSteps({ shape, spacing }: WriteFacts, original: NiftiHeader | null): number[] {
  return [3, 4, 5, 6].map((axis) => {
    const stored = original?.numbers.pixdim[axis + 1]
    if (axis >= shape.length)
      return stored !== undefined && original?.numbers.dim[0] === shape.length ? stored : 1
    const step = spacing[axis] ?? 1
    return stored !== undefined && Math.fround(Math.abs(stored) || 1) === Math.fround(step) ? stored : step
  })
}

interface MovedForms {
  readonly qfac: 1 | -1
  readonly steps: readonly number[]
  readonly lost: readonly string[]
}

/** Each form that is set follows the voxels; where they no longer give the affine, it is written as an sform. */
function movedForms(
  header: NiftiHeader,
  { affine, shape, header: { qform, sform } }: WriteFacts,
): MovedForms {
  const used = [sform, qform].find((form) => form !== undefined && form.code > 0)
  const follows = used !== undefined && isSamePlace(used.affine, affine, shape)
  const wanted: { readonly q?: HeaderForm; readonly s?: HeaderForm } = follows
    ? { ...(qform && qform.code > 0 && { q: qform }), ...(sform && sform.code > 0 && { s: sform }) }
    : { q: { code: 2, affine }, s: { code: 2, affine } }
  const fields = wanted.q && qformOf(wanted.q.affine)
  const { numbers } = header
  if (wanted.q && fields) {
    numbers.qformCode = [wanted.q.code]
    numbers.quaternion = fields.quaternion
    numbers.qoffset = fields.qoffset
  }
  const s = wanted.s ?? (fields ? undefined : { code: 2, affine })
  if (s !== undefined) {
    numbers.sformCode = [s.code]
    numbers.srow = s.affine.slice(0, 3).flat()
  }
  const lost = wanted.q && !fields ? ['qform: its axes are not at right angles'] : []
  return { qfac: fields?.qfac ?? 1, steps: fields?.steps ?? lengthsOf(affine), lost }
}
