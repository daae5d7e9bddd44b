import { UsageError, unknownWord } from './usage-error.ts'

/** Declaration of one flag: help and parsing both come from it. */
export interface Flag<T = unknown> {
  readonly doc: string
  /** What stands for the value in help; null for a switch. */
  readonly value: string | null
  /** Reads the value's text; throws `UsageError`, given the flag as it was written. */
  read(text: string, flag: string): T
}

/** Flags by name, without the dashes. */
export type Flags = Readonly<Record<string, Flag>>

/** What flags were given; those left out are undefined. */
export type FlagValues<F extends Flags> = {
  readonly [K in keyof F]?: F[K] extends Flag<infer T> ? T | undefined : never
}

function toggle(doc: string): Flag<true> {
  return { doc, value: null, read: () => true }
}

function text(value: string, doc: string): Flag<string> {
  const read = (given: string, flag: string) => {
    if (given !== '') return given
    throw new UsageError(`${flag} needs a value: ${value}`)
  }
  return { doc, value, read }
}

function number(value: string, doc: string): Flag<number> {
  return { doc, value, read: (given, flag) => readNumber(given, flag) }
}

function numbers(value: string, doc: string): Flag<readonly number[]> {
  return { doc, value, read: (given, flag) => given.split(',').map((one) => readNumber(one, flag)) }
}

function whole(value: string, doc: string, min = 0): Flag<number> {
  const read = (given: string, flag: string) => {
    const found = Number(given)
    if (/^\d+$/.test(given) && Number.isSafeInteger(found) && found >= min) return found
    throw new UsageError(`${flag} must be an integer of at least ${min}, received ${JSON.stringify(given)}`)
  }
  return { doc, value, read }
}

function choice<const W extends string>(words: readonly W[], doc: string): Flag<W> {
  const read = (given: string, flag: string) => {
    if ((words as readonly string[]).includes(given)) return given as W
    throw new UsageError(`${flag} must be one of ${words.join(', ')}, received ${JSON.stringify(given)}`)
  }
  return { doc, value: words.length > 4 ? 'NAME' : words.join('|'), read }
}

function readNumber(given: string, flag: string): number {
  const found = Number(given)
  if (given.trim() !== '' && Number.isFinite(found)) return found
  throw new UsageError(`${flag} must be a finite number, received ${JSON.stringify(given)}`)
}

/** Declarations of flags. */
export const flag = { toggle, text, number, numbers, whole, choice } as const

/** A command line taken apart. */
export interface Parsed<F extends Flags> {
  readonly flags: FlagValues<F>
  readonly words: readonly string[]
}

/**
 * Takes a command line apart: `--name`, `--name VALUE` or `--name=VALUE`; after `--` everything is a word.
 *
 * Throws `UsageError` for unknown flags, missing values and values given to switches.
 */
export function parseFlags<F extends Flags>(args: readonly string[], known: F): Parsed<F> {
  const values: Record<string, unknown> = {}
  const words: string[] = []
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] as string
    if (arg === '--') {
      words.push(...args.slice(i + 1))
      break
    }
    if (!arg.startsWith('-') || arg === '-') {
      words.push(arg)
      continue
    }
    const [name, given] = splitFlag(arg)
    const declared = Object.hasOwn(known, name) ? known[name] : undefined
    if (declared === undefined) throw unknownFlag(arg, known)
    if (declared.value === null && given !== undefined)
      throw new UsageError(`--${name} takes no value, received ${JSON.stringify(given)}`)
    if (Object.hasOwn(values, name)) throw new UsageError(`--${name} is given twice`)
    const value = declared.value === null ? '' : (given ?? args[++i])
    if (value === undefined) throw new UsageError(`--${name} needs a value: ${declared.value}`)
    values[name] = declared.read(value, `--${name}`)
  }
  return { flags: values as FlagValues<F>, words }
}

function splitFlag(arg: string): readonly [name: string, value: string | undefined] {
  const end = arg.indexOf('=')
  const dashes = arg.startsWith('--') ? 2 : 0
  return end < 0 ? [arg.slice(dashes), undefined] : [arg.slice(dashes, end), arg.slice(end + 1)]
}

function unknownFlag(arg: string, known: Flags): UsageError {
  return unknownWord(
    'flag',
    arg.split('=')[0] as string,
    Object.keys(known).map((name) => `--${name}`),
  )
}
