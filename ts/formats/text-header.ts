import { dirname, resolve } from 'node:path'
import { formatError } from '../core/errors.ts'
import type { FileHead, HeadRequest } from '../volume/format.ts'
import type { Header } from '../volume/header.ts'

/** A line of a header that is text: what it sets, to what, and where it starts. */
export interface HeaderLine {
  readonly name: string
  readonly value: string
  readonly offset: number
}

const mostText = 2 ** 20

/** Asks for more of a file until `endOf` finds where its text ends, and gives the text as Latin-1 characters, one per byte. */
export function* readText(
  head: FileHead,
  endOf: (text: string, isAll: boolean) => number | null,
): Generator<HeadRequest, { readonly text: string; readonly file: FileHead }, FileHead> {
  let file = head
  for (let wanted = Math.max(4096, head.bytes.length); ; wanted *= 2) {
    const text = latin1(file.bytes)
    const isAll = file.bytes.length >= file.mostBytes
    const end = endOf(text, isAll)
    if (end !== null) return { text: text.slice(0, end), file }
    if (isAll)
      throw formatError(file.path, 'header', 'truncated: the file ends within the header', file.bytes.length)
    if (file.bytes.length >= mostText)
      throw formatError(file.path, 'header', `longer than ${mostText} bytes`, mostText)
    const before = file.bytes.length
    file = yield { path: file.path, end: wanted }
    if (file.bytes.length < wanted && file.bytes.length === before) {
      throw formatError(file.path, 'header', 'truncated: the file ends within the header', before)
    }
  }
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
}

/** Text that was read one character per byte, as UTF-8 where it is. */
export function decoded(text: string): string {
  const bytes = Buffer.from(text, 'latin1')
  const utf8 = bytes.toString('utf8')
  return Buffer.from(utf8, 'utf8').equals(bytes) ? utf8 : text
}

const number = /^[-+]?(\d+\.?\d*([eE][-+]?\d+)?|\.\d+([eE][-+]?\d+)?)$/

/** The finite numbers of a line, `count` of them. */
export function numbersOf(path: string, line: HeaderLine, count: number): number[] {
  const words = line.value.trim().split(/\s+/)
  const values = words.map((word) => (number.test(word) ? Number(word) : Number.NaN))
  if (values.length === count && values.every(Number.isFinite)) return values
  throw formatError(
    path,
    line.name,
    `must be ${count} finite numbers, received ${quoted(line.value)}`,
    line.offset,
  )
}

/** The whole numbers of a line, each at least `least`. */
export function integersOf(path: string, line: HeaderLine, count: number, least: number): number[] {
  const values = numbersOf(path, line, count)
  if (values.every((value) => Number.isSafeInteger(value) && value >= least)) return values
  throw formatError(
    path,
    line.name,
    `must be ${count} integers of at least ${least}, received ${quoted(line.value)}`,
    line.offset,
  )
}

export function quoted(value: string): string {
  return JSON.stringify(value.length > 60 ? `${value.slice(0, 57)}...` : value)
}

/** The path of a data file that a header names; that it lies in the header's folder is checked where it is opened. */
export function besideHeader(path: string, line: HeaderLine): string {
  const name = decoded(line.value)
  if (name === '' || name.includes('\0')) throw formatError(path, line.name, 'must name a file', line.offset)
  return resolve(dirname(path), name)
}

type Part = Exclude<keyof Header, 'version' | 'original' | 'keys' | 'scaling'>

const parts: readonly Part[] = [
  'description',
  'intent',
  'units',
  'timing',
  'display',
  'auxiliaryFile',
  'qform',
  'sform',
  'extensions',
]

/** One sentence for each part of a volume's header that a format cannot hold. */
export function lostParts(header: Header, format: string, kept: readonly Part[]): string[] {
  const isPlain =
    header.units === undefined ||
    (header.units.time === 'unknown' && header.units.space !== 'm' && header.units.space !== 'um')
  return parts
    .filter((part) => header[part] !== undefined && !kept.includes(part) && !(part === 'units' && isPlain))
    .map((part) => `${part}: ${format} has no field for it`)
}

/** Whether a text can stand on one line of a header. */
export function isOneLine(text: string): boolean {
  return !/[\r\n\0]/.test(text)
}
