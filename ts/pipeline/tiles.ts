import { VoxlineError } from '../core/errors.ts'
import { makeVolume } from '../volume/internals.ts'
import { checkRegion, type Region, type RegionOptions } from '../volume/region.ts'
import type { Volume } from '../volume/volume.ts'
import { anySignal } from './any-signal.ts'
import type { Definition } from './flow.ts'
import type { Info } from './info.ts'
import { queue as runs } from './queue.ts'
import { Run } from './run.ts'
import type { Caller } from './run-scope.ts'
import type { Settings } from './settings.ts'
import { viewStorage } from './source.ts'
import { allocated, resultParts, streamedTarget } from './targets.ts'

/** A part of a pipeline's output. */
export interface PipelineTile {
  /** Where the tile lies in the output. */
  readonly region: Region
  /** The voxels of that region. */
  readonly volume: Volume
}

// Parts that wait to be taken while the next one is computed: two ahead in all.
const waiting = 1

/** Delivers a pipeline's output part by part; leaving the loop aborts what is under way. `opened` is awaited before anything is computed. */
export async function* tilesOf(
  definition: Definition,
  settings: Settings,
  region: RegionOptions | undefined,
  caller: Caller,
  opened?: (info: Info) => Promise<void>,
): AsyncGenerator<PipelineTile, void, undefined> {
  const left = new AbortController()
  const signal = settings.signal ? anySignal(settings.signal, left.signal) : left.signal
  const queue = new TileQueue()
  const done = Run.during({ definition, settings: { ...settings, signal }, caller }, async (run) => {
    const { target } = run.prepared
    checkVolume(run, settings)
    if (opened) await run.aside(() => opened(target.info))
    await deliver(run, checkRegion('tiles.region', region ?? {}, target.info.shape), queue)
  })
  done.then(
    () => queue.end(),
    (error: unknown) => queue.fail(error),
  )
  try {
    for (let tile = await queue.take(); tile; tile = await queue.take()) yield tile
  } finally {
    left.abort()
    queue.close()
    await done.catch(() => {})
  }
}

/** Throws `Unsupported` when the last step of a run makes a plain object. */
export function checkVolume({ prepared }: Run, { call }: Settings): void {
  if (!prepared.measures) return
  const message = `${call} needs a volume, and the last step measures: use compute()`
  throw new VoxlineError('Unsupported', message)
}

async function deliver(run: Run, region: Region, queue: TileQueue): Promise<void> {
  const { target } = run.prepared
  const parts = await run.cut({ region, sinks: [streamedTarget(resultParts(target, region))], held: 0 })
  let volume: Volume | undefined
  try {
    await run.deliver(parts, async (part) => {
      await queue.room()
      const memory = allocated(resultParts(target, part))
      const made = makeVolume(memory)
      volume = made
      const complete = () => {
        queue.put({ region: part, volume: made })
        volume = undefined
      }
      return { sink: viewStorage(memory), complete }
    })
  } catch (error) {
    volume?.dispose()
    throw error
  }
}

// A queue between the run and the loop that takes its tiles; the run waits while it is full.
class TileQueue {
  readonly #tiles: PipelineTile[] = []
  #end: { readonly error?: unknown } | undefined
  #closed = false
  #wake: (() => void)[] = []

  async take(): Promise<PipelineTile | undefined> {
    for (;;) {
      const tile = this.#tiles.shift()
      if (tile) {
        this.#changed()
        return tile
      }
      if (this.#end) {
        if ('error' in this.#end) throw this.#end.error
        return undefined
      }
      await this.#change()
    }
  }

  get #hasRoom(): boolean {
    return this.#tiles.length < waiting || this.#closed
  }

  async room(): Promise<void> {
    if (this.#hasRoom) return
    await runs.pause(async () => {
      while (!this.#hasRoom) await this.#change()
    })
  }

  put(tile: PipelineTile): void {
    if (this.#closed) tile.volume.dispose()
    else this.#tiles.push(tile)
    this.#changed()
  }

  end(): void {
    this.#end ??= {}
    this.#changed()
  }

  fail(error: unknown): void {
    this.#end ??= { error }
    this.#changed()
  }

  close(): void {
    this.#closed = true
    for (const { volume } of this.#tiles.splice(0)) volume.dispose()
    this.#changed()
  }

  #change(): Promise<void> {
    return new Promise((resolve) => this.#wake.push(resolve))
  }

  #changed(): void {
    for (const wake of this.#wake.splice(0)) wake()
  }
}
