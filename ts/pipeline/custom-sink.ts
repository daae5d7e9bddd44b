import { checkOptions } from '../core/check.ts'
import { invalidArgument } from '../core/errors.ts'
import type { Volume } from '../volume/volume.ts'
import { abortable } from './abortable.ts'
import type { Info } from './info.ts'
import { insideRun } from './queue.ts'
import type { PipelineTile } from './tiles.ts'

/**
 * A target made of functions.
 *
 * A run that is aborted or out of time waits for none of them: it rejects although `open`, `write` or `close` has not settled. An `open` that
 * settles later is followed by `abort`, so that what it opened can be closed; `abort` is told at once of a `write` that goes on, whose
 * volume stays until it settles. What such a call gives or throws is not told.
 */
export interface SinkDeclaration {
  /** Used in messages. */
  readonly name: string
  /** Called once per run, when the output's facts are known and before anything is computed; it may wait for other runs. */
  readonly open?: (info: Info) => void | Promise<void>
  /** Takes a part of the output; the volume is disposed once it has settled. Parts come one after another, in order. */
  readonly write: (tile: PipelineTile) => void | Promise<void>
  /** False for a sink that takes the whole volume at once only; the steps above still stream. */
  readonly canWriteRegion?: boolean
  /** Called when everything has been written. */
  readonly close?: () => void | Promise<void>
  /** Called instead of `close` when the run has failed or was aborted, unless that was before `open`; what it throws is not told. */
  readonly abort?: (reason: unknown) => void | Promise<void>
}

/** A target made by `defineSink`. */
export class CustomSink {
  /** What it was made of. */
  readonly declaration: SinkDeclaration

  /** @internal Made by `defineSink`. */
  constructor(declaration: SinkDeclaration) {
    this.declaration = declaration
  }
}

/** Makes a target for `Pipeline.write` of functions. */
export function defineSink(declaration: SinkDeclaration): CustomSink {
  checkOptions('defineSink', declaration, ['name', 'open', 'write', 'canWriteRegion', 'close', 'abort'])
  const { name, open, write, canWriteRegion = true, close, abort } = declaration
  if (typeof name !== 'string' || name === '') throw invalidArgument('defineSink.name', 'a name', name)
  if (typeof write !== 'function') throw invalidArgument('defineSink.write', 'a function', write)
  for (const [key, given] of Object.entries({ open, close, abort }))
    if (given !== undefined && typeof given !== 'function')
      throw invalidArgument(`defineSink.${key}`, 'a function', given)
  if (typeof canWriteRegion !== 'boolean')
    throw invalidArgument('defineSink.canWriteRegion', 'true or false', canWriteRegion)
  return new CustomSink({ ...declaration })
}

/** Tells a sink what will come. */
export type OpenSink = (info: Info) => Promise<void>

/** What a sink is given, parts as they come or the whole, once `opened` is done. */
export interface SinkFeed {
  /** Parts in order. */
  parts(opened: OpenSink): AsyncIterable<PipelineTile>
  /** Everything at once. */
  whole(opened: OpenSink): Promise<Volume>
}

/** Feeds a sink, and tells it how that ended; waits for none of its calls once the signal is aborted. */
export async function feedSink(
  { declaration }: CustomSink,
  feed: SinkFeed,
  signal: AbortSignal | undefined,
): Promise<void> {
  const calls = new SinkCalls(declaration, signal)
  try {
    if (declaration.canWriteRegion ?? true)
      for await (const tile of feed.parts(calls.open)) await calls.write(tile)
    else {
      const volume = await feed.whole(calls.open)
      const region = { start: volume.shape.map(() => 0), shape: volume.shape }
      await calls.write({ region, volume })
    }
  } catch (error) {
    await calls.abort(error)
    throw error
  }
  await calls.close()
}

// One run's calls of a sink.
class SinkCalls {
  readonly #declaration: SinkDeclaration
  readonly #signal: AbortSignal | undefined
  #opening: Promise<void> | undefined
  #isWaiting = false

  constructor(declaration: SinkDeclaration, signal: AbortSignal | undefined) {
    this.#declaration = declaration
    this.#signal = signal
  }

  readonly open = async (info: Info): Promise<void> => {
    const opening = async () => await this.#declaration.open?.(info)
    this.#opening = opening()
    await this.#settled(this.#opening)
  }

  async write(tile: PipelineTile): Promise<void> {
    const writing = async () => {
      try {
        await this.#declaration.write(tile)
      } finally {
        tile.volume.dispose()
      }
    }
    await this.#settled(insideRun(writing))
  }

  async close(): Promise<void> {
    const closing = async () => await this.#declaration.close?.()
    await this.#settled(closing())
  }

  // The failure counts, whatever becomes of this.
  async abort(reason: unknown): Promise<void> {
    if (!this.#opening) return
    const aborting = this.#opening
      .catch(() => {})
      .then(() => this.#declaration.abort?.(reason))
      .catch(() => {})
    if (!this.#isWaiting) await aborting
  }

  async #settled(call: Promise<void>): Promise<void> {
    this.#isWaiting = true
    const waited = call.finally(() => {
      this.#isWaiting = false
    })
    await abortable(waited, this.#signal)
  }
}
