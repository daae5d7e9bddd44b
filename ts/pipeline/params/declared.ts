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
    | 'volumes'
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

/** What every declaration says. */
export interface Described {
  /** One sentence for help and documentation. */
  readonly doc: string
}

/** Numbers within bounds. */
export interface Bounded extends Described {
  readonly min?: number
  readonly max?: number
  /** The bounds themselves are refused. */
  readonly exclusive?: boolean
}

/** A declaration that names the value where none is given. */
export type Defaulted<T> = { readonly default: T }

/** A declaration that is required, or has a default where the options name one. */
export function withPresence<T>(
  options: object,
  rest: Omit<Param<T>, 'presence' | 'default'>,
): Param<T, 'required' | 'default'> {
  const given = (options as Partial<Defaulted<T>>).default
  return { ...rest, presence: given === undefined ? 'required' : 'default', default: given }
}

/** A declaration of what must be given. */
export function required<T>(rest: Omit<Param<T>, 'presence' | 'default'>): Param<T, 'required'> {
  return { ...rest, presence: 'required', default: undefined }
}

/** An option that may be left out and then is `undefined`. */
export function optional<T>(declared: Param<T, 'required'>): Param<T, 'optional'> {
  return { ...declared, presence: 'optional' }
}

/** Bounds as messages say them. */
export function range({ min, max, exclusive }: Bounded): string {
  const [open, close] = exclusive ? ['(', ')'] : ['[', ']']
  const left = min === undefined ? '(-Infinity' : `${open}${min}`
  const right = max === undefined ? 'Infinity)' : `${max}${close}`
  return min === undefined && max === undefined ? '' : ` in ${left}, ${right}`
}

/** Whether a number lies within bounds. */
export function isWithin(
  value: number,
  { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY, exclusive }: Bounded,
): boolean {
  return exclusive ? value > min && value < max : value >= min && value <= max
}
