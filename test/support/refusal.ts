import { type ErrorCode, VoxlineError } from '../../ts/core/errors.ts'

/** Whether an error is the package's, with this code and, when given, about this argument. */
export function refusal(code: ErrorCode, argument?: string): (error: unknown) => boolean {
  return (error) => {
    if (!(error instanceof VoxlineError)) throw error
    if (error.code === code && (argument === undefined || error.details['argument'] === argument)) return true
    throw new Error(`expected ${code} ${argument ?? ''}, got ${error.code}: ${error.message}`)
  }
}
