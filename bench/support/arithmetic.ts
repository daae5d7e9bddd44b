import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { milliseconds } from './timing.ts'

const aimedMilliseconds = 20

/** Threads that only compute, in registers: how much sooner several are done with a piece of work is what the machine itself allows. */
export class Arithmetic {
  readonly #workers: readonly Worker[]
  #rounds = 1e6

  private constructor(workers: readonly Worker[]) {
    this.#workers = workers
  }

  /** Takes a moment: the piece of work is such that one thread needs about 20 ms for it. */
  static async start(threads: number): Promise<Arithmetic> {
    const program = new URL('./arithmetic-loop.mjs', import.meta.url)
    const workers = Array.from({ length: threads }, () => new Worker(program))
    await Promise.all(workers.map((worker) => once(worker, 'online')))
    const arithmetic = new Arithmetic(workers)
    for (let k = 0; k < 5; k++) arithmetic.#rounds *= aimedMilliseconds / (await arithmetic.time(1))
    await arithmetic.time(threads)
    return arithmetic
  }

  /** Milliseconds that so many threads need for the work, each for its share. */
  async time(threads: number): Promise<number> {
    const share = Math.round(this.#rounds / threads)
    return await milliseconds(() =>
      Promise.all(
        this.#workers.slice(0, threads).map(async (worker) => {
          const done = once(worker, 'message')
          worker.postMessage(share)
          await done
        }),
      ),
    )
  }

  async end(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.terminate()))
  }
}
