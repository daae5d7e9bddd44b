import { type Affine, isAffine } from '../../geometry/affine.ts'
import {
  type Bounded,
  type Defaulted,
  type Described,
  isWithin,
  type Param,
  range,
  required,
  withPresence,
} from './declared.ts'
import { parseList, parseNumber } from './text.ts'

interface PerAxisOptions extends Bounded {
  readonly integer?: boolean
}

/** A number for the spatial axes, or a list with one per axis; `valuesPerAxis` settles it. */
export function perAxis(
  options: PerAxisOptions & Defaulted<number | readonly number[]>,
): Param<number | readonly number[], 'default'>
export function perAxis(options: PerAxisOptions): Param<number | readonly number[], 'required'>
export function perAxis(options: PerAxisOptions): Param<number | readonly number[], 'required' | 'default'> {
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
export function axes(options: Described & Defaulted<readonly number[]>): Param<readonly number[], 'default'>
export function axes(options: Described): Param<readonly number[], 'required'>
export function axes(options: Described): Param<readonly number[], 'required' | 'default'> {
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
export function indices(options: Described): Param<readonly (readonly number[])[], 'required'> {
  const isIndex = (one: unknown) =>
    Array.isArray(one) &&
    one.length >= 1 &&
    one.length <= 8 &&
    one.every((at) => Number.isSafeInteger(at) && at >= 0)
  return required({
    kind: 'indices',
    doc: options.doc,
    expected: 'a list of indices, each a list with an integer in [0, Infinity) per axis',
    check: (given) => Array.isArray(given) && given.length >= 1 && given.every(isIndex),
    parse: (text) => {
      const parts = text.split(';').map((index) => index.split(/[x×]/).map(parseNumber))
      return parts.flat().every((part) => typeof part === 'number') ? parts : text
    },
    format: (given) => given.map((index) => index.join('x')).join(';'),
  })
}

/** Any number of numbers, none by default. */
export function list(options: Bounded): Param<readonly number[], 'default'> {
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
export function limits(options: Described): Param<'auto' | readonly [low: number, high: number], 'default'> {
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

/** A 4 × 4 matrix of rows, the last 0 0 0 1. On the command line its 12 or 16 numbers, row by row. */
export function affine(options: Described): Param<Affine, 'required'> {
  return required({
    kind: 'affine',
    doc: options.doc,
    expected: '4 rows of 4 finite numbers, the last 0 0 0 1',
    check: isAffine,
    parse: parseAffine,
    format: (rows) => rows.flat().join('x'),
  })
}

function parseAffine(text: string): unknown {
  const numbers = text.split('x').map(parseNumber)
  if (numbers.some((number) => typeof number !== 'number')) return text
  if (numbers.length === 12) numbers.push(0, 0, 0, 1)
  return numbers.length === 16 ? [0, 4, 8, 12].map((first) => numbers.slice(first, first + 4)) : text
}
