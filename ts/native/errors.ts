import { type ErrorCode, VoxlineError } from '../core/errors.ts'
import type { Addon } from './addon.ts'
import { native } from './load.ts'

const codes: ReadonlySet<unknown> = new Set<ErrorCode>([
  'InvalidArgument',
  'ShapeMismatch',
  'OutOfBounds',
  'Unsupported',
  'Format',
  'Io',
  'Memory',
  'Filter',
  'Disposed',
  'Internal',
])

interface Coded {
  readonly code: ErrorCode
  readonly details?: Readonly<Record<string, unknown>>
}

function isCoded(error: unknown): error is Error & Coded {
  return error instanceof Error && codes.has((error as Partial<Coded>).code)
}

/** Whether native work was stopped; whoever asked for that rejects with the signal's reason instead. */
export function isAborted(error: unknown): boolean {
  return error instanceof Error && (error as { code?: unknown }).code === 'Aborted'
}

/**
 * The `VoxlineError` that a native error stands for. Its stack is that of `caller`, an object with a `stack` made where the
 * call began: a promise rejected by native code has none. What is not a native error comes back as it is.
 */
export function fromNative(error: unknown, caller?: { readonly stack?: string }): unknown {
  if (!isCoded(error) || error instanceof VoxlineError) return error
  const options = error.cause === undefined ? undefined : { cause: error.cause }
  const converted = new VoxlineError(error.code, error.message, error.details, options)
  converted.stack = `VoxlineError: ${error.message}${framesOf(caller?.stack ?? error.stack)}`
  return converted
}

// A message may have several lines and look like anything but a frame.
function framesOf(stack = ''): string {
  const first = stack.search(/\n {4}at /)
  return first === -1 ? '' : stack.slice(first)
}

/** Calls the addon and throws its errors as `VoxlineError`. */
export function callNative<T>(call: (addon: Addon) => T): T {
  try {
    return call(native())
  } catch (error) {
    throw fromNative(error)
  }
}

/** Awaits work of the addon; errors become `VoxlineError` with the stack of whoever called this function's caller. */
export async function awaitNative<T>(start: (addon: Addon) => Promise<T>): Promise<T> {
  const caller: { readonly stack?: string } = {}
  Error.captureStackTrace(caller, awaitNative)
  try {
    return await start(native())
  } catch (error) {
    throw fromNative(error, caller)
  }
}
