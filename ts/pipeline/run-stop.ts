import { anySignal } from './any-signal.ts'
import { onAbort } from './on-abort.ts'

/** How a run is stopped: by the caller's signal, by a part of it that fails, or by its end. */
export class RunStop {
  readonly #asked: AbortSignal | undefined
  readonly #listeners = new Set<() => void>()
  #cause: { readonly reason: unknown } | undefined
  // Signals cost as much as a short run's planning, and Node.js 20 never forgets one that follows another: made for who asks.
  #own: AbortController | undefined
  #signal: AbortSignal | undefined

  constructor(asked: AbortSignal | undefined) {
    this.#asked = asked
  }

  /** Aborted when the run is stopped, with the same reason. */
  get signal(): AbortSignal {
    this.#signal ??= this.#makeSignal()
    return this.#signal
  }

  #makeSignal(): AbortSignal {
    this.#own = new AbortController()
    if (this.#cause) this.#own.abort(this.#cause.reason)
    else if (this.#asked) return anySignal(this.#asked, this.#own.signal)
    return this.#own.signal
  }

  /** Whether the run has been stopped. */
  get isStopped(): boolean {
    return this.#cause !== undefined || this.#asked?.aborted === true
  }

  /** What stopped it first. */
  get reason(): unknown {
    return this.#cause ? this.#cause.reason : this.#asked?.reason
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

  /** Calls `listener` when it is stopped from now on, once, until the function it gives is called. */
  listen(listener: () => void): () => void {
    const once = () => {
      if (this.#listeners.delete(once)) listener()
    }
    this.#listeners.add(once)
    const leave = this.#asked && onAbort(this.#asked, once)
    return () => {
      this.#listeners.delete(once)
      leave?.()
    }
  }
}
