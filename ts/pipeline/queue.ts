import { AsyncLocalStorage } from 'node:async_hooks'
import { EventEmitter } from 'node:events'
import { VoxlineError } from '../core/errors.ts'
import { keptBytes, releaseOldest } from './kept-data.ts'
import { memoryInUse, memoryLimit, showBytes } from './limits.ts'
import { onAbort } from './on-abort.ts'
import type { RunStop } from './run-stop.ts'

/** How many runs are at work and wait for memory, and what those at work may take. */
export interface QueueState {
  /** Runs that were let in and have not ended. */
  readonly running: number
  /** Runs that wait until there is memory for them. */
  readonly waiting: number
  /** Bytes the running ones may take. */
  readonly bytes: number
}

interface Asking {
  /** Lines are in the order of these. */
  readonly number: number
  readonly bytes: number
}

interface Waiting extends Asking {
  readonly enter: () => void
}

/** @internal A run's place in the queue. */
export interface Place {
  /** Calls what may wait for anything, such as a user's code: the run stands beside the line meanwhile, and then waits for its turn again. */
  aside<T>(work: () => Promise<T>): Promise<T>
  /**
   * Lets the run in, which may take so many bytes beside `kept` ones, when they are free below `memoryLimit()`; in the order of asking.
   *
   * Throws `Memory` when it could never be let in.
   */
  enter(bytes: number, kept: number, stop: RunStop): Promise<void>
  /** The run has ended, or will not begin; any number of times. */
  leave(): void
}

// Runs that are being planned or wait with their plans.
const mostPlanned = 16

// Set for what runs on behalf of a run: were it to wait for the run's memory, neither would end.
const inside = new AsyncLocalStorage<true>()

/** Does work of a run that has been let in: runs it starts are let in at once. */
export async function insideRun<T>(work: () => Promise<T>): Promise<T> {
  return await inside.run(true, work)
}

/** The runs of this thread, as a server sees them: emits `change` with a `QueueState`. */
class RunQueue extends EventEmitter<{ change: [QueueState] }> {
  readonly #waiting: Waiting[] = []
  // Those that are not planned yet, and how many are being planned.
  readonly #coming: Waiting[] = []
  #planning = 0
  // How many runs have asked for a place.
  #asked = 0
  #running = 0
  #bytes = 0
  // Running ones that wait for whoever takes what they make.
  #paused = 0
  // Runs that are planned, wait with their plans or are at work, and bytes that are none of theirs.
  #here = 0
  #outside = 0

  /** How things stand now. */
  get state(): QueueState {
    const waiting = this.#waiting.length + this.#coming.length
    return { running: this.#running, waiting, bytes: this.#bytes }
  }

  /**
   * @internal A place for a run, taken before it opens a file or plans anything.
   *
   * It waits, in the order of asking, while several runs that are planned or being planned wait already: a thousand would hold plans and
   * open files for long.
   */
  async join(signal: AbortSignal | undefined): Promise<Place> {
    const mayWait = inside.getStore() === undefined
    const number = this.#asked++
    let [isHere, isPlanning] = [false, false]
    let end = () => {}
    const approach = async () => {
      const isNext = isNextIn(this.#coming, number) && this.#mayPlan()
      if (mayWait && !isNext) await this.#inLine(this.#coming, { number, bytes: 0 }, signal)
      else this.#planning++
      isPlanning = true
      this.#measureOutside()
      this.#here++
      isHere = true
    }
    const planned = () => {
      if (isPlanning) this.#planning--
      isPlanning = false
    }
    const go = () => {
      planned()
      if (isHere) this.#here--
      isHere = false
    }
    await approach()
    return {
      aside: async (work) => {
        go()
        this.#letCome()
        const made = await work()
        await approach()
        return made
      },
      enter: async (bytes, kept, stop) => {
        planned()
        stop.throwIfStopped()
        this.#makeRoom(bytes, kept)
        const isNext = isNextIn(this.#waiting, number) && this.#fits(bytes)
        if (mayWait && !isNext) await this.#inLine(this.#waiting, { number, bytes }, stop.signal)
        else this.#begin(bytes)
        end = () => this.#end(bytes)
        this.#letCome()
      },
      leave: () => {
        go()
        end()
        end = () => {}
        this.#letCome()
      },
    }
  }

  // Runs at work take some of their bytes, and at most all of them; those on their way may have taken others.
  #measureOutside(): void {
    const most = outsideBytes()
    const least = this.#here === this.#running ? most - this.#bytes : this.#outside
    this.#outside = Math.min(Math.max(this.#outside, least), most)
  }

  #makeRoom(bytes: number, kept: number): void {
    if (bytes > this.#most) releaseOldest(bytes - this.#most)
    if (bytes > this.#most) throw tooLarge(bytes + kept, this.#most + kept)
  }

  /** @internal Does what a run waits for before it goes on: others that wait for memory are let in as if it were not at work. */
  async pause(wait: () => Promise<void>): Promise<void> {
    this.#paused++
    this.#admit()
    try {
      await wait()
    } finally {
      this.#paused--
    }
  }

  // Bytes for runs.
  get #most(): number {
    return memoryLimit() - this.#outside - keptBytes().room
  }

  #begin(bytes: number): void {
    this.#running++
    this.#bytes += bytes
    this.#changed()
  }

  #end(bytes: number): void {
    this.#running--
    this.#bytes -= bytes
    this.#changed()
    this.#admit()
  }

  #admit(): void {
    for (let next = this.#waiting[0]; next && this.#fits(next.bytes); next = this.#waiting[0]) {
      this.#waiting.shift()
      this.#begin(next.bytes)
      next.enter()
    }
    this.#letCome()
  }

  #mayPlan(): boolean {
    return this.#planning + this.#waiting.length < mostPlanned
  }

  #letCome(): void {
    while (this.#mayPlan()) {
      const next = this.#coming.shift()
      if (!next) return
      this.#planning++
      next.enter()
      this.#changed()
    }
  }

  // A run alone is let in whatever the limit has become meanwhile.
  #fits(bytes: number): boolean {
    return this.#running === this.#paused || this.#bytes + bytes <= this.#most
  }

  // Listeners that throw do so by themselves.
  #changed(): void {
    if (this.listenerCount('change') === 0) return
    const { state } = this
    queueMicrotask(() => this.emit('change', state))
  }

  async #inLine(line: Waiting[], asking: Asking, signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted()
    await new Promise<void>((resolve, reject) => {
      let leave = () => {}
      const stop = () => {
        leave()
        line.splice(line.indexOf(entry), 1)
        this.#changed()
        this.#admit()
        reject(signal?.reason)
      }
      const enter = () => {
        leave()
        resolve()
      }
      const entry = { ...asking, enter }
      line.splice(line.findLastIndex(({ number }) => number < asking.number) + 1, 0, entry)
      if (signal) leave = onAbort(signal, stop)
      this.#changed()
    })
  }
}

function isNextIn(line: readonly Waiting[], number: number): boolean {
  const [first] = line
  return first === undefined || number < first.number
}

// Of the process, without what runs use again and what is kept for them.
function outsideBytes(): number {
  const { resident, pooled } = memoryInUse()
  return resident - pooled - keptBytes().filled
}

function tooLarge(bytes: number, most: number): VoxlineError {
  const limit = memoryLimit()
  const message = `this run needs ${showBytes(bytes)} and memoryLimit() of ${showBytes(limit)} leaves ${showBytes(Math.max(0, most))}`
  return new VoxlineError('Memory', message, { required: bytes, limit })
}

/** The runs of this thread: `queue.on('change', ({ running, waiting, bytes }) => …)`, `queue.state`. */
export const queue: RunQueue = new RunQueue()
