import type { DType } from '../core/dtype.ts'
import { formatError } from '../core/errors.ts'
import { decoded, type HeaderLine, quoted } from './text-header.ts'

/** A NRRD header's fields and its free keys. */
export interface NrrdHeader {
  readonly path: string
  readonly fields: ReadonlyMap<string, HeaderLine>
  readonly keys: Readonly<Record<string, string>>
}

const types: readonly (readonly [DType, string])[] = [
  ['int8', 'signed char|int8|int8_t'],
  ['uint8', 'uchar|unsigned char|uint8|uint8_t'],
  ['int16', 'short|short int|signed short|signed short int|int16|int16_t'],
  ['uint16', 'ushort|unsigned short|unsigned short int|uint16|uint16_t'],
  ['int32', 'int|signed int|int32|int32_t'],
  ['uint32', 'uint|unsigned int|uint32|uint32_t'],
  ['int64', 'longlong|long long|long long int|signed long long|signed long long int|int64|int64_t'],
  ['uint64', 'ulonglong|unsigned long long|unsigned long long int|uint64|uint64_t'],
  ['float32', 'float'],
  ['float64', 'double'],
]

/** The element type of each name NRRD has for one. */
export const nrrdTypes: ReadonlyMap<string, DType> = new Map(
  types.flatMap(([dtype, names]) => names.split('|').map((name): [string, DType] => [name, dtype])),
)

const otherNames: Readonly<Record<string, string>> = {
  datafile: 'data file',
  lineskip: 'line skip',
  byteskip: 'byte skip',
  axismins: 'axis mins',
  axismaxs: 'axis maxs',
  oldmin: 'old min',
  oldmax: 'old max',
  sampleunits: 'sample units',
  centerings: 'centers',
}

/** Where the header's text ends: after the first empty line, or with the file. */
export function nrrdEnd(text: string, isAll: boolean): number | null {
  const blank = /\r?\n\r?\n/.exec(text)
  if (blank !== null) return blank.index + blank[0].length
  return isAll ? text.length : null
}

/** Splits a header into fields and keys (NRRD format, sections 2 to 5). Throws `Format` for a line that is neither. */
export function parseNrrd(path: string, text: string): NrrdHeader {
  const fields = new Map<string, HeaderLine>()
  const keys: Record<string, string> = Object.create(null)
  const [magic = '', ...lines] = text.split('\n')
  if (!/^NRRD000[1-5]\r?$/.test(magic))
    throw formatError(path, 'magic', `must be NRRD0001 to NRRD0005, received ${quoted(magic)}`, 0)
  let offset = magic.length + 1
  for (const raw of lines) {
    const at = offset
    offset += raw.length + 1
    const line = raw.replace(/\r$/, '')
    if (line === '' || line.startsWith('#')) continue
    const split = /^([^:]+):(=)?\s*(.*)$/.exec(line)
    if (split === null)
      throw formatError(path, 'header', `must be lines of "field: value", received ${quoted(line)}`, at)
    const [, name = '', isKey, value = ''] = split
    if (isKey !== undefined) {
      keys[decoded(name)] = unescaped(decoded(line.slice(name.length + 2)))
      continue
    }
    const lower = name.trim().toLowerCase()
    const field = otherNames[lower] ?? lower
    if (fields.has(field)) throw formatError(path, field, 'is set twice', at)
    fields.set(field, { name: field, value: value.trim(), offset: at })
    if (field === 'data file' && /^list\b/i.test(value)) break
  }
  return { path, fields, keys }
}

function unescaped(text: string): string {
  return text.replace(/\\([\\n])/g, (_, char: string) => (char === 'n' ? '\n' : '\\'))
}

/** A free key's value as it stands on one line. */
export function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
}

/** A field that must be there. */
export function nrrdField({ path, fields }: NrrdHeader, name: string): HeaderLine {
  const line = fields.get(name)
  if (line === undefined) throw formatError(path, name, 'is missing: truncated or not a NRRD')
  return line
}
