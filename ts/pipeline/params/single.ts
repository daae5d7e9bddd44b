import { type DType, dtypes, isDType } from '../../core/dtype.ts'
import {
  type Bounded,
  type Defaulted,
  type Described,
  isWithin,
  type Param,
  range,
  withPresence,
} from './declared.ts'
import { parseNumber, parseValue } from './text.ts'

export function int(options: Bounded & Defaulted<number>): Param<number, 'default'>
export function int(options: Bounded): Param<number, 'required'>
export function int(options: Bounded): Param<number, 'required' | 'default'> {
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

export function number(options: NumberOptions & Defaulted<number>): Param<number, 'default'>
export function number(options: NumberOptions): Param<number, 'required'>
export function number(options: NumberOptions): Param<number, 'required' | 'default'> {
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
export function value(options: ValueOptions & Defaulted<number | bigint>): Param<number | bigint, 'default'>
export function value(options: ValueOptions): Param<number | bigint, 'required'>
export function value(options: ValueOptions): Param<number | bigint, 'required' | 'default'> {
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

export function boolean(options: Described & Defaulted<boolean>): Param<boolean, 'default'>
export function boolean(options: Described): Param<boolean, 'required'>
export function boolean(options: Described): Param<boolean, 'required' | 'default'> {
  return withPresence<boolean>(options, {
    kind: 'boolean',
    doc: options.doc,
    expected: 'true or false',
    check: (given) => typeof given === 'boolean',
    parse: (text) => (text === 'true' || text === '' ? true : text === 'false' ? false : text),
    format: String,
  })
}

export function choice<const W extends string>(
  words: readonly W[],
  options: Described & Defaulted<NoInfer<W>>,
): Param<W, 'default'>
export function choice<const W extends string>(words: readonly W[], options: Described): Param<W, 'required'>
export function choice<const W extends string>(
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
export function dtype(options: Described & Defaulted<DType | 'same'>): Param<DType | 'same', 'default'>
export function dtype(options: Described): Param<DType | 'same', 'required'>
export function dtype(options: Described): Param<DType | 'same', 'required' | 'default'> {
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

/** Letters for where axes point to. Whether they suit a volume is known once its rank is. */
export function orientation(options: Described & Defaulted<string>): Param<string, 'default'>
export function orientation(options: Described): Param<string, 'required'>
export function orientation(options: Described): Param<string, 'required' | 'default'> {
  return withPresence<string>(options, {
    kind: 'orientation',
    doc: options.doc,
    expected: 'a letter per axis: L or R, P or A, I or S, then T U V W X',
    check: (given) => typeof given === 'string' && /^[LRPAISTtUuVvWwXx]{1,8}$/.test(given),
    parse: (text) => text,
    format: String,
  })
}
