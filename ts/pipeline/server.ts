import { checkInteger } from '../core/check.ts'
import { callNative } from '../native/errors.ts'
import { volumeCount } from '../volume/volume-voxels.ts'

/** What the process holds: bytes of native memory by kind, allocations, workers, runs. */
export interface Counters {
  /** Bytes of native memory in use. */
  readonly live: number
  /** Bytes kept for reuse. */
  readonly pooled: number
  /** Bytes of mapped files. */
  readonly mapped: number
  /** Bytes of volumes in scratch files. */
  readonly scratch: number
  /** Bytes, counted in `live` too, of pages that were written after a snapshot and put aside by a later one. */
  readonly moved: number
  /** Most bytes in use so far. */
  readonly peak: number
  /** Allocations alive. */
  readonly memories: number
  /** Handles that have not been closed. */
  readonly handles: number
  /** Volumes with memory in this thread, neither disposed nor collected. */
  readonly volumes: number
  /** Threads of the pool. */
  readonly workers: number
  /** Runs at work. */
  readonly running: number
  /** Runs waiting for their turn. */
  readonly queued: number
}

/** Workers of the whole process; with an argument sets their number first. */
export function concurrency(change?: number): number {
  if (change === undefined) return callNative((addon) => addon.settings()).workers
  const workers = checkInteger('concurrency', change, 1, 1024)
  return callNative((addon) => addon.settings({ workers })).workers
}

/** The instruction set level kernels run at; with an argument sets it for the whole process first. */
export function simd(change?: string): string {
  return callNative((addon) => addon.settings(change === undefined ? undefined : { level: change })).level
}

/** What the process holds at this moment. */
export function counters(): Counters {
  return { ...callNative((addon) => addon.counters()), volumes: volumeCount() }
}
