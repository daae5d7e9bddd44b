import { bytesOf } from '../core/dtype.ts'
import { formatError, shown, VoxlineError } from '../core/errors.ts'
import type { Affine } from '../geometry/affine.ts'
import type { FileFacts, FileHead, Format, HeadRequest } from '../volume/format.ts'
import type { Header } from '../volume/header.ts'
import { analyzeAffine } from './analyze.ts'
import { lengthsOf } from './frames.ts'
import { geometryOf } from './nifti-affine.ts'
import { readExtensions } from './nifti-extensions.ts'
import { typedFields } from './nifti-fields.ts'
import { fieldOffset, headerBytes, type NiftiHeader, parseHeader, sniffHeader } from './nifti-header.ts'
import { isScalable, type Voxel, voxelOf } from './nifti-types.ts'
import { layOutNifti } from './nifti-write.ts'
import { checkHeld } from './stored-size.ts'

type Probing<T> = Generator<HeadRequest, T, FileHead>
type Kind = 'single' | 'pair' | 'analyze'

/** NIfTI-1 and NIfTI-2: single files, pairs, and the Analyze 7.5 files they grew out of. */
export const nifti: Format = {
  name: 'nifti',
  summary: 'NIfTI-1 and NIfTI-2, single files and pairs; Analyze 7.5 (read only).',
  suffixes: ['.nii.gz', '.hdr.gz', '.img.gz', '.nii', '.hdr', '.img'],
  writes: ['.nii.gz', '.nii'],
  recognises: (head) => sniffHeader(head) !== null,
  *probe(file) {
    const headFile = yield* headerFile(file)
    const header = readHeader(headFile)
    const kind = kindOf(headFile.path, header)
    return kind === 'analyze'
      ? yield* analyzeFacts(file, headFile, header)
      : yield* niftiFacts(file, headFile, header, kind)
  },
  layOut: layOutNifti,
}

const pairName = /\.(hdr|img)(\.gz)?$/i

/** The file that holds the header: the `.hdr` beside an `.img` that has none of its own. */
function* headerFile(file: FileHead): Probing<FileHead> {
  const isImage = /\.img(\.gz)?$/i.test(file.path)
  if (!isImage || isSingle(file.bytes)) return file
  return yield* firstOf(file.path, partners(file.path, 'hdr'), 352)
}

function isSingle(bytes: Uint8Array): boolean {
  const found = sniffHeader(bytes)
  const at = found?.version === 2 ? 4 : 344
  return found !== null && bytes[at] === 0x6e && bytes[at + 1] === 0x2b
}

/** Names the other file of a pair may have, the likeliest first. */
function partners(path: string, ending: 'hdr' | 'img'): string[] {
  const [whole = '', own = '', packed = ''] = pairName.exec(path) ?? []
  const other = own === own.toUpperCase() ? ending.toUpperCase() : ending
  const base = `${path.slice(0, path.length - whole.length)}.${other}`
  return packed === '' ? [base, `${base}.gz`] : [`${base}${packed}`, base]
}

function* firstOf(from: string, paths: readonly string[], end: number): Probing<FileHead> {
  for (const path of paths) {
    try {
      return yield { path, end }
    } catch (error) {
      if (!(error instanceof VoxlineError) || error.details.reason !== 'ENOENT') throw error
    }
  }
  throw new VoxlineError('Io', `${from}: the other file of the pair is missing: ${paths.join(' or ')}`, {
    path: paths[0],
  })
}

function readHeader(file: FileHead): NiftiHeader {
  const found = sniffHeader(file.bytes)
  if (found === null) {
    const reason =
      file.bytes.length < 4
        ? `truncated: ${file.bytes.length} of 348 bytes`
        : 'must be 348 or 540, in either byte order'
    throw formatError(file.path, file.bytes.length < 4 ? 'header' : 'sizeof_hdr', reason, 0)
  }
  return parseHeader(file.path, file.bytes, found.version, found.bigEndian)
}

/** nifti1.h, MAGIC: `n+` is one file, `ni` a pair, no magic in a pair is Analyze. */
function kindOf(path: string, header: NiftiHeader): Kind {
  const { version } = header
  const magic = Buffer.from(header.texts.magic)
  const inPair = pairName.test(path)
  const text = magic.toString('latin1')
  if (version === 1 && inPair && !isNearlyMagic(text)) return 'analyze'
  const offset = fieldOffset(version, 'magic')
  const single = text.startsWith(`n+${version}\0`)
  const pair = text.startsWith(`ni${version}\0`)
  if (!single && !pair) {
    throw formatError(
      path,
      'magic',
      `must be "n+${version}" or "ni${version}", received ${shown(text)}`,
      offset,
    )
  }
  const end = text.slice(4)
  if (version === 2 && end !== '\r\n\x1a\n' && end !== '\0\0\0\0') {
    throw formatError(path, 'magic', 'its line ends were changed: the file was moved as text', offset)
  }
  if (pair && !inPair)
    throw formatError(path, 'magic', '"ni" is the header of a pair and belongs in a .hdr file', offset)
  return single ? 'single' : 'pair'
}

function isNearlyMagic(text: string): boolean {
  const options = ['n', 'i+', '12', '\0']
  return options.filter((allowed, index) => allowed.includes(text[index] ?? ' ')).length >= 3
}

/** Checks an 8-number field whose first number counts the others. */
function rankOf(path: string, header: NiftiHeader): number {
  const rank = header.numbers.dim[0]
  if (rank === undefined || !(rank >= 1 && rank <= 7)) {
    throw formatError(
      path,
      'dim[0]',
      `must be 1 to 7, received ${shown(rank)}`,
      fieldOffset(header.version, 'dim'),
    )
  }
  return rank
}

function shapeOf(path: string, header: NiftiHeader): number[] {
  const rank = rankOf(path, header)
  return header.numbers.dim.slice(1, rank + 1).map((length, axis) => {
    if (length >= 1) return length
    const offset = fieldOffset(header.version, 'dim', axis + 1)
    throw formatError(path, `dim[${axis + 1}]`, `must be at least 1, received ${length}`, offset)
  })
}

function offsetOf(path: string, header: NiftiHeader, kind: Kind, warnings: string[]): number {
  const [stored = 0] = header.numbers.voxelOffset
  const fail = (expected: string): never => {
    throw formatError(
      path,
      'vox_offset',
      `must be ${expected}, received ${stored}`,
      fieldOffset(header.version, 'voxelOffset'),
    )
  }
  if (!Number.isSafeInteger(stored) || stored < 0) fail('an integer of 0 or more')
  const least = kind === 'single' ? headerBytes(header.version) + 4 : 0
  if (kind === 'single' && stored === 0) {
    warnings.push(`vox_offset: 0, taken as ${least}`)
    return least
  }
  return stored < least ? fail(`at least ${least} in a single file`) : stored
}

/** Where the voxels are, and that their file can hold them. */
function* voxelFile(asked: FileHead, headFile: FileHead, kind: Kind): Probing<FileHead> {
  if (kind === 'single') return headFile
  if (asked.path !== headFile.path) return asked
  return yield* firstOf(headFile.path, partners(headFile.path, 'img'), 0)
}

function* niftiFacts(
  asked: FileHead,
  headFile: FileHead,
  header: NiftiHeader,
  kind: Kind,
): Probing<FileFacts> {
  const { path } = headFile
  const warnings: string[] = []
  const { shape, voxel, offset } = layoutOf(path, header, kind, warnings)
  const file = yield* voxelFile(asked, headFile, kind)
  checkHeld(
    { path, field: 'dim', fieldOffset: fieldOffset(header.version, 'dim'), shape, ...voxel },
    offset,
    file,
  )
  const geometry = geometryOf(path, header, shape)
  const end = kind === 'single' ? offset : headFile.mostBytes
  const found = yield* readExtensions(headFile, header, end)
  const [slope = 0, intercept = 0] = [header.numbers.slope[0], header.numbers.intercept[0]]
  const volumeHeader: Header = {
    ...typedFields(header),
    ...(geometry.qform && { qform: geometry.qform }),
    ...(geometry.sform && { sform: geometry.sform }),
    scaling: { slope, intercept },
    version: header.version,
    original: { format: 'nifti', bytes: headFile.bytes.slice(0, headerBytes(header.version)) },
    ...(found.extensions.length > 0 && { extensions: found.extensions }),
  }
  return factsOf(
    asked,
    file,
    { shape, voxel, offset, bigEndian: header.bigEndian },
    {
      affine: geometry.affine,
      spacing: geometry.spacing,
      scaling: scalingOf(path, header, voxel),
      header: volumeHeader,
      warnings: [...warnings, ...geometry.warnings, ...found.warnings],
    },
  )
}

function* analyzeFacts(asked: FileHead, headFile: FileHead, header: NiftiHeader): Probing<FileFacts> {
  const { path } = headFile
  const warnings: string[] = []
  const { shape, voxel, offset } = layoutOf(path, header, 'analyze', warnings)
  const file = yield* voxelFile(asked, headFile, 'analyze')
  checkHeld({ path, field: 'dim', fieldOffset: fieldOffset(1, 'dim'), shape, ...voxel }, offset, file)
  const affine: Affine = analyzeAffine(headFile, header, shape, warnings)
  const lengths = lengthsOf(affine)
  const spacing = shape.map(
    (_, axis) => lengths[axis] ?? (Math.abs(header.numbers.pixdim[axis + 1] ?? 1) || 1),
  )
  const { description, auxiliaryFile } = typedFields(header)
  return factsOf(
    asked,
    file,
    { shape, voxel, offset, bigEndian: header.bigEndian },
    {
      affine,
      spacing,
      scaling: scalingOf(path, header, voxel),
      header: { ...(description && { description }), ...(auxiliaryFile && { auxiliaryFile }) },
      warnings,
    },
  )
}

interface Stored {
  readonly shape: readonly number[]
  readonly voxel: Voxel
  readonly offset: number
  readonly bigEndian: boolean
}

function layoutOf(
  path: string,
  header: NiftiHeader,
  kind: Kind,
  warnings: string[],
): Omit<Stored, 'bigEndian'> {
  const shape = shapeOf(path, header)
  const [code = 0] = header.numbers.datatype
  const voxel = voxelOf(path, code, kind === 'analyze', fieldOffset(header.version, 'datatype'))
  const [bits] = header.numbers.bitpix
  const expected = bytesOf(voxel.dtype) * voxel.components * 8
  if (bits !== expected) warnings.push(`bitpix: ${bits} contradicts datatype ${code}, taken as ${expected}`)
  return { shape, voxel, offset: offsetOf(path, header, kind, warnings) }
}

type Rest = Pick<FileFacts, 'affine' | 'spacing' | 'scaling' | 'header' | 'warnings'>

function factsOf(asked: FileHead, file: FileHead, stored: Stored, rest: Rest): FileFacts {
  const { shape, voxel, offset, bigEndian } = stored
  return {
    format: 'nifti',
    path: asked.path,
    voxels: { path: file.path, offset, compression: file.compression, bigEndian, ...voxel, shape },
    ...rest,
    regionCost: file.compression === 'none' ? 'region' : 'span',
    fileBytes: file.fileBytes,
  }
}

/** nifti1.h, SCL: a slope of 0 means none, and so does one that is not finite. */
function scalingOf(path: string, header: NiftiHeader, voxel: Voxel): FileFacts['scaling'] {
  const [slope = 0] = header.numbers.slope
  const [intercept = 0] = header.numbers.intercept
  if (slope === 0 || !Number.isFinite(slope) || !isScalable(voxel)) return null
  if (!Number.isFinite(intercept)) {
    const offset = fieldOffset(header.version, 'intercept')
    throw formatError(path, 'scl_inter', `must be finite where scl_slope is, received ${intercept}`, offset)
  }
  return slope === 1 && intercept === 0 ? null : { slope, intercept }
}
