import { anySignal } from './any-signal.ts'

/** How a run is stopped: by the caller's signal, by a part of it that fails, or by its end. */
export class RunStop {
  readonly #listeners = new Set<() => void>()
  #cause: { readonly reason: unknown } | undefined
  // Signals cost as much as a short run's planning: made for who has one or asks.
  #own: AbortController | undefined
  #signal: AbortSignal | undefined

  constructor(asked: AbortSignal | undefined) {
    if (asked) this.#signal = anySignal(asked, this.#controller().signal)
  }

  /** Aborted when the run is stopped, with the same reason. */
  get signal(): AbortSignal {
    this.#signal ??= this.#controller().signal
    return this.#signal
  }

  #controller(): AbortController {
    this.#own = new AbortController()
    if (this.#cause) this.#own.abort(this.#cause.reason)
    return this.#own
  }

  /** Whether the run has been stopped. */
  get isStopped(): boolean {
    return this.#cause !== undefined || this.#signal?.aborted === true
  }

  /** What stopped it first. */
  get reason(): unknown {
    return this.#signal?.aborted ? this.#signal.reason : this.#cause?.reason
  }

  /** Throws the reason once it has been stopped. */
  throwIfStopped(): void {
    if (this.isStopped) throw this.reason
  }

  /** Stops it; only the first time counts. */
  stop(reason: unknown): void {
    if (this.isStopped) return
    this.#cause = { reason }
    this.#own?.abort(reason)
    for (const listener of this.#listeners) listener()
  }

  /** Calls `listener` when it is stopped from now on, until the function it gives is called. */
  listen(listener: () => void): () => void {
    const signal = this.#signal
    if (signal) {
      signal.addEventListener('abort', listener, { once: true })
      return () => signal.removeEventListener('abort', listener)
    }
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
}
