import type { Addon, WorkHandle } from '../native/addon.ts'
import { callNative, fromNative, isAborted } from '../native/errors.ts'
import type { CustomSource } from './custom-source.ts'
import type { AnyStep } from './define-filter.ts'
import { type Activity, tellMonitors } from './monitor.ts'
import type { Prepared } from './prepared.ts'
import { insideRun } from './queue.ts'
import { RunStop } from './run-stop.ts'
import type { Settings } from './settings.ts'

/** Where a run was started: errors of native code carry this stack. */
export interface Caller {
  readonly stack?: string
}

/** What everything in a run shares: its settings, its end, and the work that is still going on. */
export class RunScope {
  readonly prepared: Prepared
  readonly settings: Settings
  readonly caller: Caller
  /** Stopped by the caller's signal, when any part of the run has failed, and at its end. */
  readonly stop: RunStop
  readonly #working = new Set<Promise<unknown>>()
  #workers: number | undefined
  #failure: { readonly error: unknown } | undefined

  constructor(prepared: Prepared, settings: Settings, caller: Caller) {
    this.prepared = prepared
    this.settings = settings
    this.caller = caller
    this.stop = new RunStop(settings.signal)
  }

  /** Workers that native work of the run gets at most. */
  get workers(): number {
    this.#workers ??= workersOf(this.settings)
    return this.#workers
  }

  /** What failed first behind native code's back, if anything did. */
  get failure(): { readonly error: unknown } | undefined {
    return this.#failure
  }

  /** Does work that native code waits for; what goes wrong is kept and stops the run. */
  async answer(work: () => Promise<void>): Promise<boolean> {
    const done = insideRun(work).then(
      () => true,
      (error: unknown) => {
        this.#failure ??= { error }
        this.stop.stop(error)
        return false
      },
    )
    this.#working.add(done)
    const fine = await done
    this.#working.delete(done)
    return fine
  }

  /** Stops what still goes on and waits for it. */
  async end(): Promise<void> {
    this.stop.stop(hasEnded)
    while (this.#working.size > 0) await Promise.all(this.#working)
  }

  /** Awaits native work that can be stopped. */
  async work<T>(start: (addon: Addon) => WorkHandle<T>): Promise<T> {
    const { stop } = this
    stop.throwIfStopped()
    const handle = callNative(start)
    const unlisten = stop.listen(() => handle.abort())
    try {
      return await handle.promise
    } catch (error) {
      if (isAborted(error) && stop.isStopped) throw stop.reason
      throw fromNative(error, this.caller)
    } finally {
      unlisten()
    }
  }

  /** Tells the monitors of a step or source what was made of it. */
  tell(watched: AnyStep | CustomSource, activity: () => Activity): void {
    tellMonitors(watched, this.prepared.infos.get(watched), activity)
  }
}

// One for all: making an error looks at the stack.
const hasEnded = new Error('the run has ended')

function workersOf({ threads }: Settings): number {
  const workers = callNative((addon) => addon.workers())
  return threads > 0 ? Math.min(threads, workers) : workers
}
