import { checkOptions } from '../core/check.ts'
import { invalidArgument } from '../core/errors.ts'
import type { Volume } from '../volume/volume.ts'
import type { Info } from './info.ts'
import { insideRun } from './queue.ts'
import type { PipelineTile } from './tiles.ts'

/** A target made of functions. */
export interface SinkDeclaration {
  /** Used in messages. */
  readonly name: string
  /** Called once per run, when the output's facts are known and before anything is computed. */
  readonly open?: (info: Info) => void | Promise<void>
  /** Takes a part of the output; the volume is disposed afterwards. Parts come one after another, in order. */
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

/** What a sink is given, parts as they come or the whole, once `opened` is done. */
export interface SinkFeed {
  /** Parts in order. */
  parts(opened: (info: Info) => Promise<void>): AsyncIterable<PipelineTile>
  /** Everything at once. */
  whole(opened: (info: Info) => Promise<void>): Promise<Volume>
}

/** Feeds a sink, and tells it how that ended. */
export async function feedSink({ declaration }: CustomSink, feed: SinkFeed): Promise<void> {
  const { open, write, canWriteRegion = true, close, abort } = declaration
  let isOpen = false
  const opened = async (info: Info) => {
    isOpen = true
    await open?.(info)
  }
  try {
    if (canWriteRegion) for await (const tile of feed.parts(opened)) await writeAndDispose(write, tile)
    else {
      const volume = await feed.whole(opened)
      const region = { start: volume.shape.map(() => 0), shape: volume.shape }
      await writeAndDispose(write, { region, volume })
    }
  } catch (error) {
    // The first failure counts, whatever becomes of this.
    if (isOpen)
      await Promise.resolve(error)
        .then(abort)
        .catch(() => {})
    throw error
  }
  await close?.()
}

async function writeAndDispose(write: SinkDeclaration['write'], tile: PipelineTile): Promise<void> {
  try {
    await insideRun(async () => await write(tile))
  } finally {
    tile.volume.dispose()
  }
}
