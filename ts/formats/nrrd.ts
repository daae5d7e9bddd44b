import { bytesOf } from '../core/dtype.ts'
import { formatError, VoxlineError } from '../core/errors.ts'
import type { FileFacts, FileHead, Format, HeadRequest, StoredVoxels } from '../volume/format.ts'
import { nrrdAxes } from './nrrd-axes.ts'
import { type NrrdHeader, nrrdEnd, nrrdField, nrrdTypes, parseNrrd } from './nrrd-header.ts'
import { layOutNrrd } from './nrrd-write.ts'
import { type Claim, checkHeld, claimedBytes, mostInflated } from './stored-size.ts'
import { besideHeader, decoded, integersOf, quoted, readText } from './text-header.ts'

type Probing<T> = Generator<HeadRequest, T, FileHead>

/** NRRD, one file or a header beside its data. */
export const nrrd: Format = {
  name: 'nrrd',
  summary:
    'NRRD, one file (.nrrd) or a header beside its data (.nhdr, read only); raw and gzip are read, raw is written.',
  suffixes: ['.nrrd', '.nhdr'],
  writes: ['.nrrd'],
  recognises: (head) => Buffer.from(head.subarray(0, 7)).toString('latin1') === 'NRRD000',
  probe: nrrdFacts,
  layOut: layOutNrrd,
}

function* nrrdFacts(head: FileHead): Probing<FileFacts> {
  const { path } = head
  const { text, file } = yield* readText(head, nrrdEnd)
  const header = parseNrrd(path, text)
  const type = nrrdField(header, 'type')
  const dtype = nrrdTypes.get(type.value.toLowerCase())
  if (type.value.toLowerCase() === 'block') throw unsupported(header, 'type', 'blocks of bytes are not read')
  if (dtype === undefined)
    throw formatError(path, 'type', `${quoted(type.value)} is not a known type`, type.offset)
  const warnings: string[] = []
  const { components, shape, affine, spacing } = nrrdAxes(header, warnings)
  const claim: Claim = {
    path,
    field: 'sizes',
    fieldOffset: nrrdField(header, 'sizes').offset,
    shape,
    dtype,
    components,
  }
  const voxels = yield* voxelsOf(file, header, claim, text)
  return {
    format: 'nrrd',
    path,
    voxels: voxels.stored,
    affine,
    spacing,
    scaling: null,
    header: headerOf(header),
    warnings,
    regionCost: voxels.stored.compression === 'none' ? 'region' : 'span',
    fileBytes: voxels.fileBytes,
  }
}

/** Fields that are read into something else than a free key. */
const used = new Set([
  'type',
  'dimension',
  'sizes',
  'encoding',
  'endian',
  'content',
  'kinds',
  'space',
  'space dimension',
  'space directions',
  'space origin',
  'spacings',
  'data file',
  'line skip',
  'byte skip',
])

function headerOf({ fields, keys }: NrrdHeader): FileFacts['header'] {
  const content = fields.get('content')
  const rest = [...fields]
    .filter(([name]) => !used.has(name))
    .map(([name, { value }]): [string, string] => [name, decoded(value)])
  const all = { ...Object.fromEntries(rest), ...keys }
  return {
    ...(content && { description: decoded(content.value) }),
    ...(Object.keys(all).length > 0 && { keys: all }),
  }
}

function unsupported({ path, fields }: NrrdHeader, field: string, message: string): VoxlineError {
  return new VoxlineError('Unsupported', `${path}: ${field}: ${message}`, {
    path,
    field,
    offset: fields.get(field)?.offset,
  })
}

function encodingOf(header: NrrdHeader): 'none' | 'gzip' {
  const line = nrrdField(header, 'encoding')
  const name = line.value.toLowerCase()
  if (name === 'raw') return 'none'
  if (name === 'gzip' || name === 'gz') return 'gzip'
  if (/^(txt|text|ascii|hex|bzip2|bz2)$/.test(name))
    throw unsupported(header, 'encoding', `${quoted(name)} is not read, only raw and gzip`)
  throw formatError(header.path, 'encoding', `${quoted(line.value)} is not a known encoding`, line.offset)
}

function isBigEndian(header: NrrdHeader, elementBytes: number): boolean {
  const line = header.fields.get('endian')
  if (line === undefined && elementBytes === 1) return false
  const { value, offset } = line ?? nrrdField(header, 'endian')
  if (/^(little|big)$/i.test(value)) return value.toLowerCase() === 'big'
  throw formatError(header.path, 'endian', `must be little or big, received ${quoted(value)}`, offset)
}

interface Voxels {
  readonly stored: StoredVoxels
  readonly fileBytes: number
}

/** The file that holds the voxels, and its first byte after the header's text. */
function* dataFile(
  head: FileHead,
  header: NrrdHeader,
  text: string,
): Probing<{ readonly file: FileHead; readonly start: number }> {
  const { path, fields } = header
  const line = fields.get('data file')
  if (line === undefined) {
    if (/\r?\n\r?\n$/.test(text)) return { file: head, start: text.length }
    throw formatError(
      path,
      'header',
      'truncated: no empty line ends it, and no data file is named',
      text.length,
    )
  }
  if (/^list\b/i.test(line.value)) throw unsupported(header, 'data file', 'a LIST of files is not read')
  if (/%\d*d/.test(line.value)) throw unsupported(header, 'data file', 'a pattern of file names is not read')
  const file = yield { path: besideHeader(path, line), end: 2, stored: true, namedBy: line.name }
  return { file, start: 0 }
}

function* voxelsOf(head: FileHead, header: NrrdHeader, claim: Claim, text: string): Probing<Voxels> {
  const compression = encodingOf(header)
  const bigEndian = isBigEndian(header, bytesOf(claim.dtype))
  const { file, start } = yield* dataFile(head, header, text)
  const { dtype, components, shape } = claim
  const common = { path: file.path, bigEndian, dtype, components, shape }
  const skip = skipOf(header, 'byte skip', -1)
  const lines = skipOf(header, 'line skip', 0)
  if (compression === 'none') {
    const after = start + (lines > 0 && skip !== -1 ? yield* linesLength(file, header, start, lines) : 0)
    if (skip === -1 && file.compression !== 'none')
      throw unsupported(header, 'byte skip', '-1 in a file that is compressed as a whole')
    const offset = skip === -1 ? file.mostBytes - claimedBytes(claim) : after + skip
    checkHeld(claim, Math.max(offset, after), file)
    return { stored: { ...common, offset, compression: file.compression }, fileBytes: file.fileBytes }
  }
  if (skip === -1) throw unsupported(header, 'byte skip', '-1 together with gzip')
  if (lines > 0) throw unsupported(header, 'line skip', 'lines before a gzip stream')
  if (file.compression !== 'none')
    throw unsupported(header, 'encoding', 'gzip in a file that is compressed as a whole')
  checkHeld(claim, skip, file, mostInflated(file.fileBytes - start))
  yield* checkMagic(file, header, start)
  return { stored: { ...common, offset: skip, compression, streamStart: start }, fileBytes: file.fileBytes }
}

function* checkMagic(file: FileHead, header: NrrdHeader, start: number): Probing<void> {
  const isRead = file.bytes.length >= start + 2
  const { bytes } = isRead ? file : yield { path: file.path, end: start + 2, stored: true }
  if (bytes[start] === 0x1f && bytes[start + 1] === 0x8b) return
  const where = file.path === header.path ? '' : ` of ${file.path}`
  throw formatError(
    header.path,
    'encoding',
    `gzip, but byte ${start}${where} does not start a gzip stream`,
    nrrdField(header, 'encoding').offset,
  )
}

function skipOf({ path, fields }: NrrdHeader, name: string, least: number): number {
  const line = fields.get(name)
  return line === undefined ? 0 : (integersOf(path, line, 1, least)[0] ?? 0)
}

const mostSkipped = 2 ** 20

/** Bytes of the lines of text that stand before the voxels. */
function* linesLength(file: FileHead, header: NrrdHeader, start: number, lines: number): Probing<number> {
  const { bytes } = yield { path: file.path, end: start + mostSkipped, stored: file.compression === 'none' }
  let at = start
  for (let line = 0; line < lines; ++line) {
    const end = bytes.indexOf(0x0a, at)
    if (end < 0) {
      const message = `${lines} lines are not in the first ${mostSkipped} bytes`
      throw formatError(header.path, 'line skip', message, header.fields.get('line skip')?.offset)
    }
    at = end + 1
  }
  return at - start
}
