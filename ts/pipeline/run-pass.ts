import type { RunHandle, RunResult } from '../native/addon.ts'
import { callNative, fromNative, isAborted } from '../native/errors.ts'
import type { EncodedPlan } from './encode-plan.ts'

/** What a pass reports to and is stopped by. */
export interface PassHooks {
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((fraction: number) => void) | undefined
  readonly onDivision?: ((index: number, count: number) => void) | undefined
  /** Told how many divisions had begun when the pass ended, however it did. */
  readonly onEnd?: (begun: number) => void
  /** Where the run was started; errors of native code carry its stack. */
  readonly caller: { readonly stack?: string }
}

/**
 * Carries out one encoded pass.
 *
 * Rejects with `signal.reason` when aborted, and with what a callback threw: a callback that throws stops the run.
 */
export async function runPass({ plan, handles }: EncodedPlan, hooks: PassHooks): Promise<RunResult> {
  const { signal, caller } = hooks
  signal?.throwIfAborted()
  let failure: { readonly error: unknown } | undefined
  let handle: RunHandle | undefined
  const guarded = <A extends readonly unknown[]>(callback: ((...args: A) => void) | undefined) =>
    callback && {
      call: (...args: A) => {
        if (failure) return
        try {
          callback(...args)
        } catch (error) {
          failure = { error }
          handle?.abort()
        }
      },
    }
  const [progress, division] = [guarded(hooks.onProgress), guarded(hooks.onDivision)]
  const callbacks = {
    ...(progress && { onProgress: progress.call }),
    ...(division && { onDivision: division.call }),
  }
  const stop = () => handle?.abort()
  try {
    handle = callNative((addon) => addon.run(plan, handles, callbacks))
    signal?.addEventListener('abort', stop, { once: true })
    const result = await handle.promise
    if (failure) throw failure.error
    return result
  } catch (error) {
    if (failure) throw failure.error
    if (isAborted(error) && signal?.aborted) throw signal.reason
    throw fromNative(error, caller)
  } finally {
    signal?.removeEventListener('abort', stop)
    hooks.onEnd?.(handle?.begun() ?? 0)
  }
}
