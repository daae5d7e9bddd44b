import type { RunHandle, RunResult } from '../native/addon.ts'
import { callNative, fromNative, isAborted } from '../native/errors.ts'
import type { EncodedPlan } from './encode-plan.ts'
import type { RunStop } from './run-stop.ts'

/** What a pass reports to and is stopped by. */
export interface PassHooks {
  readonly stop: RunStop
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
 * Rejects with the reason when it is stopped, and with what a callback threw: a callback that throws stops the run.
 */
export async function runPass({ plan, handles }: EncodedPlan, hooks: PassHooks): Promise<RunResult> {
  const { stop, caller } = hooks
  stop.throwIfStopped()
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
  const unlisten = stop.listen(() => handle?.abort())
  try {
    handle = callNative((addon) => addon.run(plan, handles, callbacks))
    const result = await handle.promise
    if (failure) throw failure.error
    return result
  } catch (error) {
    if (failure) throw failure.error
    if (isAborted(error) && stop.isStopped) throw stop.reason
    throw fromNative(error, caller)
  } finally {
    unlisten()
    hooks.onEnd?.(handle?.begun() ?? 0)
  }
}
