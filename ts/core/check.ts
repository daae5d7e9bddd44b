import { type ErrorCode, invalidArgument, VoxlineError } from './errors.ts'

/** An error of any code whose details name the argument. */
export function refused(
  code: ErrorCode,
  argument: string,
  message: string,
  details: object = {},
): VoxlineError {
  return new VoxlineError(code, `${argument} ${message}`, { argument, ...details })
}

/** The value as an integer in [min, max]. */
export function checkInteger(
  argument: string,
  value: unknown,
  min = Number.MIN_SAFE_INTEGER,
  max = Number.MAX_SAFE_INTEGER,
): number {
  if (Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max)
    return (value as number) + 0
  const low = min === Number.MIN_SAFE_INTEGER ? '-Infinity' : min
  const high = max === Number.MAX_SAFE_INTEGER ? 'Infinity' : max
  throw invalidArgument(argument, `an integer in [${low}, ${high}]`, value)
}

/** The value as a list of `length` integers, each at least `min`. */
export function checkIntegers(
  argument: string,
  value: unknown,
  length: number,
  min?: number,
): readonly number[] {
  return checkList(argument, value, length, 'integers').map((item, i) =>
    checkInteger(`${argument}[${i}]`, item, min),
  )
}

/** The value as a list of `length` finite numbers. */
export function checkNumbers(argument: string, value: unknown, length: number): readonly number[] {
  return checkList(argument, value, length, 'finite numbers').map((item, i) => {
    if (typeof item === 'number' && Number.isFinite(item)) return item + 0
    throw invalidArgument(`${argument}[${i}]`, 'a finite number', item)
  })
}

function checkList(argument: string, value: unknown, length: number, what: string): readonly unknown[] {
  if (Array.isArray(value) && value.length === length) return Array.from(value)
  throw invalidArgument(argument, `a list of ${length} ${what}`, value)
}

/** The value as one of a list of words. */
export function checkChoice<T extends string>(argument: string, value: unknown, choices: readonly T[]): T {
  if (choices.includes(value as T)) return value as T
  throw invalidArgument(argument, `one of ${choices.map((choice) => `'${choice}'`).join(', ')}`, value)
}

/** Refuses anything but an object whose keys are all known, so that a misspelt option is not lost. */
export function checkOptions(argument: string, value: unknown, known: readonly string[]): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw invalidArgument(argument, 'an object', value)
  for (const key of Object.keys(value))
    if (!known.includes(key))
      throw invalidArgument(`${argument}.${key}`, `absent (known: ${known.join(', ')})`, 'it')
}
