import { checkChoice, checkInteger, checkOptions } from '../core/check.ts'
import { invalidArgument } from '../core/errors.ts'
import { callNative } from '../native/errors.ts'
import { anySignal } from './any-signal.ts'
import { defaultBudget, parseBytes } from './limits.ts'
import type { Progress, RunEvent } from './progress.ts'

const executors = ['fused', 'reference'] as const
const splits = ['slabs', 'blocks'] as const
// In the order of Level in native/kernel/kernel.h.
const levels = ['baseline', 'v2', 'v3', 'v4', 'neon'] as const

/** Options of every run. None of them changes a byte of the result. */
export interface RunOptions {
  /** How many parts are computed one after another; by default as the budget asks. */
  readonly divisions?: number
  /** The budget: bytes, or text such as '256MiB'; half of what is free below `memoryLimit()` by default. */
  readonly memory?: number | string
  /** Most workers; all of the pool's by default. */
  readonly threads?: number
  /** Whether parts are slabs along the slowest axis or blocks along all. */
  readonly split?: 'slabs' | 'blocks'
  /** Shape of what one worker computes at once; the planner's choice by default. */
  readonly tile?: readonly number[]
  /** 'reference' runs stage by stage: slow and obvious. */
  readonly executor?: 'fused' | 'reference'
  /** Instruction set level; the best by default. */
  readonly simd?: string
  /**
   * Takes a snapshot of a source volume, and a copy of source bytes, when the run begins: writes made meanwhile are not
   * seen. False by default: what is written to voxels still to be read may be seen, all or in part.
   */
  readonly isolate?: boolean
  /** Stops the run within a tile; its promise then rejects with the signal’s reason. */
  readonly signal?: AbortSignal
  /** Milliseconds after which the run is aborted, waiting for memory included; it then rejects with a `TimeoutError`. */
  readonly timeout?: number
  /** At most ten times a second; the fraction never falls and ends at 1. */
  readonly onProgress?: (progress: Progress) => void
  /** What happens, in order; see `RunEvent`. */
  readonly onEvent?: (event: RunEvent) => void
}

const runOptions = [
  'divisions',
  'memory',
  'threads',
  'split',
  'tile',
  'executor',
  'simd',
  'isolate',
  'signal',
  'timeout',
  'onProgress',
  'onEvent',
]

/** Checked run options. */
export interface Settings {
  /** What error messages call the run: `compute`. */
  readonly call: string
  /** 0: as the budget asks. */
  readonly divisions: number
  /** Bytes a run may take, and whether the caller asked for it. */
  readonly budget: number
  readonly isBudgetGiven: boolean
  /** 0: all. */
  readonly threads: number
  readonly split: 'slabs' | 'blocks'
  readonly tile: readonly number[] | undefined
  readonly executor: 'fused' | 'reference'
  /** -1: the best. */
  readonly level: number
  readonly isolate: boolean
  readonly signal: AbortSignal | undefined
  readonly onProgress: ((progress: Progress) => void) | undefined
  readonly onEvent: ((event: RunEvent) => void) | undefined
}

/** Checks the options of a call and settles them against the environment; `more` are options of that call alone. */
export function settleRun(call: string, options: RunOptions, more: readonly string[] = []): Settings {
  checkOptions(call, options, [...runOptions, ...more])
  const { divisions, memory, split = 'slabs', tile, timeout, onProgress, onEvent } = options
  const asked = options.signal
  if (options.isolate !== undefined && typeof options.isolate !== 'boolean')
    throw invalidArgument(`${call}.isolate`, 'true or false', options.isolate)
  if (asked !== undefined && !(asked instanceof AbortSignal))
    throw invalidArgument(`${call}.signal`, 'an AbortSignal', asked)
  const limit = timeout === undefined ? undefined : checkInteger(`${call}.timeout`, timeout, 1, 2 ** 31 - 1)
  return {
    call,
    divisions: divisions === undefined ? 0 : checkInteger(`${call}.divisions`, divisions, 1),
    budget: memory === undefined ? defaultBudget() : parseBytes(`${call}.memory`, memory),
    isBudgetGiven: memory !== undefined,
    threads: threadsOf(call, options.threads),
    split: checkChoice(`${call}.split`, split, splits),
    tile: tile && checkTile(`${call}.tile`, tile),
    executor: executorOf(call, options.executor),
    level: options.simd === undefined ? -1 : levelOf(`${call}.simd`, options.simd),
    isolate: options.isolate ?? false,
    signal: limit === undefined ? asked : withTimeout(asked, limit),
    onProgress: checkCallback(`${call}.onProgress`, onProgress),
    onEvent: checkCallback(`${call}.onEvent`, onEvent),
  }
}

function withTimeout(signal: AbortSignal | undefined, milliseconds: number): AbortSignal {
  const late = AbortSignal.timeout(milliseconds)
  return signal ? anySignal(signal, late) : late
}

function threadsOf(call: string, given: number | undefined): number {
  if (given !== undefined) return checkInteger(`${call}.threads`, given, 1, 1 << 20)
  const text = process.env.VOXLINE_THREADS?.trim()
  if (!text) return 0
  return checkInteger('VOXLINE_THREADS', /^\d+$/.test(text) ? Number(text) : text, 1, 1 << 20)
}

function executorOf(call: string, given: string | undefined): 'fused' | 'reference' {
  if (given !== undefined) return checkChoice(`${call}.executor`, given, executors)
  const text = process.env.VOXLINE_EXECUTOR?.trim().toLowerCase()
  return text ? checkChoice('VOXLINE_EXECUTOR', text, executors) : 'fused'
}

function levelOf(argument: string, given: string): number {
  const usable = callNative((addon) => addon.settings()).levels
  return levels.indexOf(checkChoice(argument, given, usable) as (typeof levels)[number])
}

function checkTile(argument: string, tile: unknown): readonly number[] {
  if (!Array.isArray(tile) || tile.length < 1)
    throw invalidArgument(argument, 'a list with a length per axis', tile)
  return tile.map((length, axis) => checkInteger(`${argument}[${axis}]`, length, 1))
}

function checkCallback<F>(argument: string, given: F | undefined): F | undefined {
  if (given === undefined || typeof given === 'function') return given
  throw invalidArgument(argument, 'a function', given)
}
