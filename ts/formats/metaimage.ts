import type { DType } from '../core/dtype.ts'
import { formatError, VoxlineError } from '../core/errors.ts'
import type { FileFacts, FileHead, Format, HeadRequest, StoredVoxels } from '../volume/format.ts'
import { metaGeometry } from './metaimage-affine.ts'
import { layOutMetaImage, metaFields, metaTypes } from './metaimage-write.ts'
import { type Claim, checkHeld, claimedBytes, mostInflated } from './stored-size.ts'
import { besideHeader, decoded, type HeaderLine, integersOf, quoted, readText } from './text-header.ts'

type Probing<T> = Generator<HeadRequest, T, FileHead>
type Fields = ReadonlyMap<string, HeaderLine>

/** MetaImage, one file or a header beside its data. */
export const metaimage: Format = {
  name: 'metaimage',
  summary: 'MetaImage, one file (.mha) or a header beside its data (.mhd, read only).',
  suffixes: ['.mha', '.mhd'],
  writes: ['.mha'],
  recognises: (head) => /^\s*(ObjectType|NDims)\s*=/.test(Buffer.from(head).toString('latin1')),
  probe: metaFacts,
  layOut: layOutMetaImage,
}

const lastField = /^[ \t]*ElementDataFile[ \t]*=[^\n]*(\n|$)/m

function* metaFacts(head: FileHead): Probing<FileFacts> {
  const { path } = head
  const { text, file } = yield* readText(head, (whole, isAll) => {
    const found = lastField.exec(whole)
    if (found === null) return isAll ? whole.length : null
    return found[1] === '' && !isAll ? null : found.index + found[0].length
  })
  const fields = fieldsOf(path, text)
  // The last field of every header: without it the file has been cut.
  required(path, fields, 'ElementDataFile')
  const { shape, dtype, components } = typeOf(path, fields)
  const dim = required(path, fields, 'DimSize')
  const claim: Claim = { path, field: 'DimSize', fieldOffset: dim.offset, shape, dtype, components }
  const warnings: string[] = []
  const geometry = metaGeometry(path, fields, shape.length, warnings)
  const voxels = yield* voxelsOf(file, fields, claim, text.length)
  const comment = fields.get('Comment')
  const keys = Object.fromEntries(
    [...fields].filter(([name]) => !metaFields.has(name)).map(([name, { value }]) => [name, decoded(value)]),
  )
  const hasSlope =
    fields.has('ElementToIntensityFunctionSlope') || fields.has('ElementToIntensityFunctionOffset')
  if (hasSlope) warnings.push('ElementToIntensityFunctionSlope: stored values are given, as ITK does')
  return {
    format: 'metaimage',
    path,
    voxels: voxels.stored,
    ...geometry,
    scaling: null,
    header: {
      ...(comment && { description: decoded(comment.value) }),
      ...(Object.keys(keys).length > 0 && { keys }),
    },
    warnings,
    regionCost: voxels.stored.compression === 'none' ? 'region' : 'span',
    fileBytes: voxels.fileBytes,
  }
}

function fieldsOf(path: string, text: string): Fields {
  const fields = new Map<string, HeaderLine>()
  let offset = 0
  for (const line of text.split('\n')) {
    const at = offset
    offset += line.length + 1
    if (line.trim() === '') continue
    const equals = line.indexOf('=')
    if (equals < 0)
      throw formatError(path, 'header', `must be lines of "name = value", received ${quoted(line)}`, at)
    const name = line.slice(0, equals).trim()
    if (fields.has(name)) throw formatError(path, name, 'is set twice', at)
    fields.set(name, { name, value: line.slice(equals + 1).trim(), offset: at })
  }
  return fields
}

function required(path: string, fields: Fields, name: string): HeaderLine {
  const line = fields.get(name)
  if (line === undefined) throw formatError(path, name, 'is missing: truncated or not a MetaImage')
  return line
}

function flagOf(path: string, fields: Fields, name: string, fallback: boolean): boolean {
  const line = fields.get(name)
  if (line === undefined) return fallback
  if (/^(true|t|1)$/i.test(line.value)) return true
  if (/^(false|f|0)$/i.test(line.value)) return false
  throw formatError(path, name, `must be True or False, received ${quoted(line.value)}`, line.offset)
}

function unsupported(path: string, field: string, message: string, offset?: number): VoxlineError {
  return new VoxlineError('Unsupported', `${path}: ${field}: ${message}`, { path, field, offset })
}

function typeOf(
  path: string,
  fields: Fields,
): { readonly shape: number[]; readonly dtype: DType; readonly components: number } {
  const object = fields.get('ObjectType')
  if (object !== undefined && object.value !== 'Image') {
    throw unsupported(path, 'ObjectType', `${quoted(object.value)} is not an image`, object.offset)
  }
  const [rank = 0] = integersOf(path, required(path, fields, 'NDims'), 1, 1)
  if (rank > 8) throw unsupported(path, 'NDims', `${rank} axes, at most 8`)
  const shape = integersOf(path, required(path, fields, 'DimSize'), rank, 1)
  const channels = fields.get('ElementNumberOfChannels')
  const [components = 1] = channels === undefined ? [1] : integersOf(path, channels, 1, 1)
  const type = required(path, fields, 'ElementType')
  const dtype = metaTypes.get(type.value.replace(/_ARRAY$/, ''))
  if (dtype === undefined)
    throw formatError(path, 'ElementType', `${quoted(type.value)} is not a known type`, type.offset)
  if (!flagOf(path, fields, 'BinaryData', true))
    throw unsupported(path, 'BinaryData', 'voxels written as text are not read')
  return { shape, dtype, components }
}

interface Voxels {
  readonly stored: StoredVoxels
  readonly fileBytes: number
}

function* voxelsOf(header: FileHead, fields: Fields, claim: Claim, textBytes: number): Probing<Voxels> {
  const { path } = header
  const line = required(path, fields, 'ElementDataFile')
  const isLocal = /^local$/i.test(line.value)
  if (/^list\b/i.test(line.value))
    throw unsupported(path, 'ElementDataFile', 'a LIST of files is not read', line.offset)
  if (line.value.includes('%'))
    throw unsupported(path, 'ElementDataFile', 'a pattern of file names is not read', line.offset)
  const file = isLocal
    ? header
    : yield { path: besideHeader(path, line), end: 0, stored: true, namedBy: line.name }
  const skip = fields.get('HeaderSize')
  const [skipped = 0] = skip === undefined ? [0] : integersOf(path, skip, 1, -1)
  const start = skipped > 0 ? skipped : isLocal ? textBytes : 0
  const bigEndian = flagOf(
    path,
    fields,
    'BinaryDataByteOrderMSB',
    flagOf(path, fields, 'ElementByteOrderMSB', false),
  )
  const { dtype, components, shape } = claim
  const common = { path: file.path, bigEndian, dtype, components, shape }
  if (!flagOf(path, fields, 'CompressedData', false)) {
    const offset = skipped === -1 ? file.mostBytes - claimedBytes(claim) : start
    if (skipped === -1 && file.compression !== 'none') {
      throw unsupported(path, 'HeaderSize', '-1 in a file that is compressed as a whole', skip?.offset)
    }
    checkHeld(claim, Math.max(offset, isLocal ? textBytes : 0), file)
    return { stored: { ...common, offset, compression: file.compression }, fileBytes: file.fileBytes }
  }
  if (skipped === -1) throw unsupported(path, 'HeaderSize', '-1 together with CompressedData', skip?.offset)
  if (file.compression !== 'none')
    throw unsupported(path, 'CompressedData', 'in a file that is compressed as a whole')
  checkPacked(path, fields, file, start)
  checkHeld(claim, 0, file, mostInflated(file.fileBytes - start))
  const packed = yield {
    path: isLocal ? path : besideHeader(path, line),
    end: start + 2,
    stored: true,
    ...(!isLocal && { namedBy: line.name }),
  }
  const isGzip = packed.bytes[start] === 0x1f && packed.bytes[start + 1] === 0x8b
  const compression = isGzip ? 'gzip' : 'zlib'
  return { stored: { ...common, offset: 0, compression, streamStart: start }, fileBytes: file.fileBytes }
}

function checkPacked(path: string, fields: Fields, file: FileHead, start: number): void {
  const line = fields.get('CompressedDataSize')
  const [size = 0] = line === undefined ? [0] : integersOf(path, line, 1, 0)
  const held = Math.max(file.fileBytes - start, 0)
  if (held > 0 && size <= held) return
  throw formatError(
    path,
    'CompressedDataSize',
    `truncated: ${size} bytes, but ${held} are there`,
    line?.offset,
  )
}
