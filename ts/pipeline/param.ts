import { type DType, dtypes, isDType } from '../core/dtype.ts'
import { type Affine, isAffine } from '../geometry/affine.ts'
import { isVolumeOperand, type Operand, type VolumeOperand } from './operand.ts'

/** Whether an option must be given, has a default, or may be left out. */
export type Presence = 'required' | 'default' | 'optional'

/** Declaration of one option of a filter: its type, check, default, documentation and spelling on the command line. */
export interface Param<T, P extends Presence = Presence> {
  /** What values it takes. */
  readonly kind:
    | 'integer'
    | 'number'
    | 'value'
    | 'boolean'
    | 'choice'
    | 'dtype'
    | 'perAxis'
    | 'axes'
    | 'indices'
    | 'list'
    | 'range'
    | 'operand'
    | 'volume'
    | 'orientation'
    | 'affine'
  /** Whether it must be given. */
  readonly presence: P
  /** One sentence for help and documentation. */
  readonly doc: string
  /** What a value must be, as error messages say it. */
  readonly expected: string
  /** The value where none is given. */
  readonly default: T | undefined
  /** The words a choice may be. */
  readonly choices?: readonly string[]
  /** Whether a value may be given. */
  check(value: unknown): boolean
  /** Reads command-line text; what is not understood comes back as the text itself, for `check` to refuse. */
  parse(text: string): unknown
  /** Writes a value as `parse` reads it. */
  format(value: T): string
}

/** The type of a declared option's value. */
export type ValueOf<Q> =
  Q extends Param<infer T, infer P> ? ('optional' extends P ? T | undefined : T) : never

interface Described {
  /** One sentence for help and documentation. */
  readonly doc: string
}

interface Bounded extends Described {
  readonly min?: number
  readonly max?: number
  /** The bounds themselves are refused. */
  readonly exclusive?: boolean
}

type Defaulted<T> = { readonly default: T }

function withPresence<T>(
  options: object,
  rest: Omit<Param<T>, 'presence' | 'default'>,
): Param<T, 'required' | 'default'> {
  const given = (options as Partial<Defaulted<T>>).default
  return { ...rest, presence: given === undefined ? 'required' : 'default', default: given }
}

function range({ min, max, exclusive }: Bounded): string {
  const [open, close] = exclusive ? ['(', ')'] : ['[', ']']
  const left = min === undefined ? '(-Infinity' : `${open}${min}`
  const right = max === undefined ? 'Infinity)' : `${max}${close}`
  return min === undefined && max === undefined ? '' : ` in ${left}, ${right}`
}

function isWithin(
  value: number,
  { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY, exclusive }: Bounded,
): boolean {
  return exclusive ? value > min && value < max : value >= min && value <= max
}

function parseNumber(text: string): unknown {
  const word = text.trim().toLowerCase()
  if (word === 'inf' || word === 'infinity') return Number.POSITIVE_INFINITY
  if (word === '-inf' || word === '-infinity') return Number.NEGATIVE_INFINITY
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/.test(word)) return text
  return Number(word)
}

function parseValue(text: string): unknown {
  const number = parseNumber(text)
  if (typeof number !== 'number' || !/^[+-]?\d+$/.test(text.trim()) || Number.isSafeInteger(number))
    return number
  return BigInt(text.trim().replace('+', ''))
}

function int(options: Bounded & Defaulted<number>): Param<number, 'default'>
function int(options: Bounded): Param<number, 'required'>
function int(options: Bounded): Param<number, 'required' | 'default'> {
  return withPresence<number>(options, {
    kind: 'integer',
    doc: options.doc,
    expected: `an integer${range(options)}`,
    check: (value) => Number.isSafeInteger(value) && isWithin(value as number, options),
    parse: parseNumber,
    format: String,
  })
}

interface NumberOptions extends Bounded {
  /** Infinities are fine. */
  readonly infinite?: boolean
}

function number(options: NumberOptions & Defaulted<number>): Param<number, 'default'>
function number(options: NumberOptions): Param<number, 'required'>
function number(options: NumberOptions): Param<number, 'required' | 'default'> {
  return withPresence<number>(options, {
    kind: 'number',
    doc: options.doc,
    expected: `a ${options.infinite ? '' : 'finite '}number${range(options)}`,
    check: (value) =>
      typeof value === 'number' &&
      !Number.isNaN(value) &&
      (options.infinite || Number.isFinite(value)) &&
      isWithin(value, options),
    parse: parseNumber,
    format: String,
  })
}

interface ValueOptions extends Described {
  readonly infinite?: boolean
}

/** A voxel's value: a number, or a bigint for what a number cannot hold. */
function value(options: ValueOptions & Defaulted<number | bigint>): Param<number | bigint, 'default'>
function value(options: ValueOptions): Param<number | bigint, 'required'>
function value(options: ValueOptions): Param<number | bigint, 'required' | 'default'> {
  return withPresence<number | bigint>(options, {
    kind: 'value',
    doc: options.doc,
    expected: `a ${options.infinite ? '' : 'finite '}number or a bigint`,
    check: (given) =>
      typeof given === 'bigint' ||
      (typeof given === 'number' && !Number.isNaN(given) && (options.infinite || Number.isFinite(given))),
    parse: parseValue,
    format: String,
  })
}

function boolean(options: Described & Defaulted<boolean>): Param<boolean, 'default'>
function boolean(options: Described): Param<boolean, 'required'>
function boolean(options: Described): Param<boolean, 'required' | 'default'> {
  return withPresence<boolean>(options, {
    kind: 'boolean',
    doc: options.doc,
    expected: 'true or false',
    check: (given) => typeof given === 'boolean',
    parse: (text) => (text === 'true' || text === '' ? true : text === 'false' ? false : text),
    format: String,
  })
}

function choice<const W extends string>(
  words: readonly W[],
  options: Described & Defaulted<NoInfer<W>>,
): Param<W, 'default'>
function choice<const W extends string>(words: readonly W[], options: Described): Param<W, 'required'>
function choice<const W extends string>(
  words: readonly W[],
  options: Described,
): Param<W, 'required' | 'default'> {
  return withPresence<W>(options, {
    kind: 'choice',
    doc: options.doc,
    expected: `one of ${words.join(', ')}`,
    choices: words,
    check: (given) => (words as readonly unknown[]).includes(given),
    parse: (text) => text,
    format: String,
  })
}

/** An element type, or `'same'`: that of the input. */
function dtype(options: Described & Defaulted<DType | 'same'>): Param<DType | 'same', 'default'>
function dtype(options: Described): Param<DType | 'same', 'required'>
function dtype(options: Described): Param<DType | 'same', 'required' | 'default'> {
  return withPresence<DType | 'same'>(options, {
    kind: 'dtype',
    doc: options.doc,
    expected: `'same' or one of ${dtypes.join(', ')}`,
    choices: ['same', ...dtypes],
    check: (given) => given === 'same' || isDType(given),
    parse: (text) => text,
    format: String,
  })
}

interface PerAxisOptions extends Bounded {
  readonly integer?: boolean
}

/** A number for the spatial axes, or a list with one per axis; `valuesPerAxis` settles it. */
function perAxis(
  options: PerAxisOptions & Defaulted<number | readonly number[]>,
): Param<number | readonly number[], 'default'>
function perAxis(options: PerAxisOptions): Param<number | readonly number[], 'required'>
function perAxis(options: PerAxisOptions): Param<number | readonly number[], 'required' | 'default'> {
  const fits = (one: unknown) =>
    (options.integer ? Number.isSafeInteger(one) : Number.isFinite(one)) && isWithin(one as number, options)
  const kind = options.integer ? 'an integer' : 'a number'
  return withPresence<number | readonly number[]>(options, {
    kind: 'perAxis',
    doc: options.doc,
    expected: `${kind}${range(options)}, or a list of 1 to 8 of them`,
    check: (given) =>
      Array.isArray(given) ? given.length >= 1 && given.length <= 8 && given.every(fits) : fits(given),
    parse: (text) => {
      const parts = text.split(/[x×]/).map(parseNumber)
      if (parts.some((part) => typeof part !== 'number')) return text
      return parts.length === 1 ? parts[0] : parts
    },
    format: (given) => (typeof given === 'number' ? String(given) : given.join('x')),
  })
}

/** A list of index axes; without it filters use the spatial ones. */
function axes(options: Described & Defaulted<readonly number[]>): Param<readonly number[], 'default'>
function axes(options: Described): Param<readonly number[], 'required'>
function axes(options: Described): Param<readonly number[], 'required' | 'default'> {
  const isAxis = (one: unknown) => Number.isSafeInteger(one) && (one as number) >= 0 && (one as number) < 8
  return withPresence<readonly number[]>(options, {
    kind: 'axes',
    doc: options.doc,
    expected: 'a list of different axes, each an integer in [0, 7]',
    check: (given) => Array.isArray(given) && given.every(isAxis) && new Set(given).size === given.length,
    parse: parseList,
    format: (given) => given.join('x'),
  })
}

/** A list of voxels, each by its index. On the command line `10x20x30;11x20x30`. */
function indices(options: Described): Param<readonly (readonly number[])[], 'required'> {
  const isIndex = (one: unknown) =>
    Array.isArray(one) &&
    one.length >= 1 &&
    one.length <= 8 &&
    one.every((at) => Number.isSafeInteger(at) && at >= 0)
  return {
    kind: 'indices',
    presence: 'required',
    default: undefined,
    doc: options.doc,
    expected: 'a list of indices, each a list with an integer in [0, Infinity) per axis',
    check: (given) => Array.isArray(given) && given.length >= 1 && given.every(isIndex),
    parse: (text) => {
      const parts = text.split(';').map((index) => index.split(/[x×]/).map(parseNumber))
      return parts.flat().every((part) => typeof part === 'number') ? parts : text
    },
    format: (given) => given.map((index) => index.join('x')).join(';'),
  }
}

/** Any number of numbers, none by default. */
function list(options: Bounded): Param<readonly number[], 'default'> {
  const fits = (one: unknown) => Number.isFinite(one) && isWithin(one as number, options)
  return {
    kind: 'list',
    presence: 'default',
    default: [],
    doc: options.doc,
    expected: `a list of numbers${range(options)}`,
    check: (given) => Array.isArray(given) && given.every(fits),
    parse: (text) => (text === 'none' ? [] : parseList(text)),
    format: (given) => given.join('x') || 'none',
  }
}

/** Two numbers in rising order, or `'auto'`: those of the volume. */
function limits(options: Described): Param<'auto' | readonly [low: number, high: number], 'default'> {
  const fits = (given: readonly unknown[]) =>
    given.length === 2 &&
    given.every(Number.isFinite) &&
    Number.isFinite((given[1] as number) - (given[0] as number)) &&
    (given[0] as number) <= (given[1] as number)
  return {
    kind: 'range',
    presence: 'default',
    default: 'auto',
    doc: options.doc,
    expected: "'auto' or a list of two finite numbers in rising order",
    check: (given) => given === 'auto' || (Array.isArray(given) && fits(given)),
    parse: (text) => (text === 'auto' ? text : parseList(text)),
    format: (given) => (given === 'auto' ? given : given.join('x')),
  }
}

function parseList(text: string): unknown {
  const parts = text.split(/[x×]/).map(parseNumber)
  return parts.every((part) => typeof part === 'number') ? parts : text
}

const volumeWords = 'a volume, a pipeline, the path or the bytes of a file'

/** A further input: a number for every voxel, or a volume. On the command line a number or a path. */
function operand(options: Described): Param<Operand, 'required'> {
  return {
    kind: 'operand',
    presence: 'required',
    default: undefined,
    doc: options.doc,
    expected: `a number, a bigint, or ${volumeWords}`,
    check: (given) =>
      typeof given === 'bigint' ||
      (typeof given === 'number' && !Number.isNaN(given)) ||
      isVolumeOperand(given),
    parse: parseValue,
    format: formatOperand,
  }
}

/** A further input that is a volume. On the command line a path. */
function volume(options: Described): Param<VolumeOperand, 'required'> {
  return {
    kind: 'volume',
    presence: 'required',
    default: undefined,
    doc: options.doc,
    expected: volumeWords,
    check: isVolumeOperand,
    parse: (text) => text,
    format: formatOperand,
  }
}

/** Letters for where axes point to. Whether they suit a volume is known once its rank is. */
function orientation(options: Described & Defaulted<string>): Param<string, 'default'>
function orientation(options: Described): Param<string, 'required'>
function orientation(options: Described): Param<string, 'required' | 'default'> {
  return withPresence<string>(options, {
    kind: 'orientation',
    doc: options.doc,
    expected: 'a letter per axis: L or R, P or A, I or S, then T U V W X',
    check: (given) => typeof given === 'string' && /^[LRPAISTtUuVvWwXx]{1,8}$/.test(given),
    parse: (text) => text,
    format: String,
  })
}

/** A 4 × 4 matrix of rows, the last 0 0 0 1. On the command line its 12 or 16 numbers, row by row. */
function affine(options: Described): Param<Affine, 'required'> {
  return {
    kind: 'affine',
    presence: 'required',
    default: undefined,
    doc: options.doc,
    expected: '4 rows of 4 finite numbers, the last 0 0 0 1',
    check: isAffine,
    parse: parseAffine,
    format: (rows) => rows.flat().join('x'),
  }
}

function parseAffine(text: string): unknown {
  const numbers = text.split('x').map(parseNumber)
  if (numbers.some((number) => typeof number !== 'number')) return text
  if (numbers.length === 12) numbers.push(0, 0, 0, 1)
  return numbers.length === 16 ? [0, 4, 8, 12].map((first) => numbers.slice(first, first + 4)) : text
}

function formatOperand(given: Operand): string {
  if (typeof given === 'string' || typeof given === 'number' || typeof given === 'bigint')
    return String(given)
  return 'path' in given ? String(given.path) : 'a volume'
}

/** An option that may be left out and then is `undefined`. */
export function optional<T>(declared: Param<T, 'required'>): Param<T, 'optional'> {
  return { ...declared, presence: 'optional' }
}

/** Declarations of options. */
export const param = {
  int,
  number,
  value,
  boolean,
  choice,
  dtype,
  perAxis,
  axes,
  indices,
  list,
  range: limits,
  operand,
  volume,
  orientation,
  affine,
  optional,
} as const
