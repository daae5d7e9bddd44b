/** What went wrong, as a word programs can match. */
export type ErrorCode =
  | 'InvalidArgument'
  | 'ShapeMismatch'
  | 'OutOfBounds'
  | 'Unsupported'
  | 'Format'
  | 'Io'
  | 'Memory'
  | 'Filter'
  | 'Disposed'
  | 'Internal'

/**
 * Every error the package throws or rejects with, except aborts, which reject with `signal.reason`.
 *
 * `details` holds what the message says in parts, for programs: the argument, file, field, offset, region or the least memory.
 */
export class VoxlineError extends Error {
  /** Always `VoxlineError`. */
  override readonly name = 'VoxlineError'
  /** What went wrong, for programs. */
  readonly code: ErrorCode
  /** The message’s parts, for programs. */
  readonly details: Readonly<Record<string, unknown>>

  /** `details` is what the message says, in parts. */
  constructor(
    code: ErrorCode,
    message: string,
    details: Readonly<Record<string, unknown>> = {},
    options?: ErrorOptions,
  ) {
    super(message, options)
    this.code = code
    this.details = details
  }
}

/** A value as an error message shows it: short, and never the contents of a large array. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 60 ? `${value.slice(0, 57)}...` : value)
  if (typeof value === 'bigint') return `${value}n`
  if (Array.isArray(value))
    return `[${value.slice(0, 8).map(shown).join(', ')}${value.length > 8 ? ', ...' : ''}]`
  if (ArrayBuffer.isView(value)) return `a ${value.constructor.name}`
  if (typeof value === 'function') return `function ${value.name}`
  if (typeof value === 'object' && value !== null)
    return `a ${value.constructor?.name ?? 'null-prototype'} object`
  return String(value)
}

/** `argument` must be `expected`, and `received` came. */
export function invalidArgument(argument: string, expected: string, received: unknown): VoxlineError {
  return new VoxlineError('InvalidArgument', `${argument} must be ${expected}, received ${shown(received)}`, {
    argument,
    expected,
    received,
  })
}

/** A file is not what its format says it must be. */
export function formatError(path: string, field: string, message: string, offset?: number): VoxlineError {
  const at = offset === undefined ? '' : ` at byte ${offset}`
  return new VoxlineError('Format', `${path}: ${field}${at}: ${message}`, { path, field, offset })
}
