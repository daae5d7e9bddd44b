import { freemem } from 'node:os'
import { callNative } from '../native/errors.ts'

/** Bytes as they were at one moment. */
export interface ProcessMemory {
  /** In memory, of the process. */
  readonly resident: number
  /** Of those, what nobody uses at present. */
  readonly pooled: number
  /** Free in the machine. */
  readonly free: number
}

// Milliseconds: asking the system reads files, which takes longer than planning a small run.
const mostAge = 3

let known: ProcessMemory | undefined
let asked = Number.NEGATIVE_INFINITY

/** What the process takes, as it was some milliseconds ago at most. */
export function processMemory(): ProcessMemory {
  const now = performance.now()
  if (known === undefined || now - asked > mostAge) {
    const { pooled } = callNative((addon) => addon.counters())
    known = { resident: process.memoryUsage.rss(), pooled, free: freemem() }
    asked = now
  }
  return known
}
