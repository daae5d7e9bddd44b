import type { Region } from '../volume/region.ts'

/** How far a run has come. */
export interface Progress {
  /** In [0, 1]. */
  readonly fraction: number
  /** The step the pass ends with. */
  readonly stage: string
  /** Number of the pass, from 0. */
  readonly pass: number
  /** Voxels done and to be done, over all passes. */
  readonly done: number
  /** Voxels in all, over all passes. */
  readonly total: number
}

/** What happens in a run, in order. */
export type RunEvent =
  | { readonly type: 'start'; readonly passes: number }
  /** A pass begins; `stage` is the step it ends with. */
  | { readonly type: 'pass'; readonly pass: number; readonly stage: string; readonly divisions: number }
  /** One per stage when its pass is done; milliseconds are summed over workers. */
  | { readonly type: 'stage'; readonly pass: number; readonly stage: string; readonly milliseconds: number }
  /** One per division, when it begins. */
  | {
      readonly type: 'tile'
      readonly pass: number
      readonly index: number
      readonly count: number
      readonly region: Region
    }
  | { readonly type: 'end'; readonly milliseconds: number; readonly error?: unknown }
  | { readonly type: 'abort'; readonly milliseconds: number; readonly reason: unknown }

const interval = 100

/** Joins the progress of passes into one that never falls and is reported at most ten times a second. */
export class ProgressReporter {
  readonly #report: ((progress: Progress) => void) | undefined
  readonly #total: number
  #weights: readonly number[]
  #pass = 0
  #stage = ''
  #fraction = 0
  #last = Number.NEGATIVE_INFINITY

  /** `weights` are the modelled costs of the passes; `total` counts the voxels of all of them. */
  constructor(report: ((progress: Progress) => void) | undefined, weights: readonly number[], total: number) {
    this.#report = report
    this.#weights = weights
    this.#total = total
  }

  startPass(pass: number, stage: string): void {
    this.#pass = pass
    this.#stage = stage
  }

  /** `fraction` of the pass's own work. */
  update(fraction: number): void {
    const sum = (weights: readonly number[]) => weights.reduce((total, weight) => total + weight, 0)
    const before = sum(this.#weights.slice(0, this.#pass))
    const own = (this.#weights[this.#pass] ?? 0) * Math.min(Math.max(fraction, 0), 1)
    this.#fraction = Math.max(this.#fraction, Math.min(1, (before + own) / sum(this.#weights)))
    const now = performance.now()
    if (this.#fraction >= 1 || now - this.#last < interval) return
    this.#last = now
    this.#emit()
  }

  /** The last report: everything is done. */
  finish(): void {
    this.#fraction = 1
    this.#emit()
  }

  #emit(): void {
    const fraction = this.#fraction
    const done = Math.round(fraction * this.#total)
    this.#report?.({ fraction, stage: this.#stage, pass: this.#pass, done, total: this.#total })
  }
}
