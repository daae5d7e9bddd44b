import { freemem, totalmem } from 'node:os'
import { constrainedMemory } from 'node:process'
import { invalidArgument } from '../core/errors.ts'
import { callNative } from '../native/errors.ts'

const units = {
  b: 1,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
} as const

let limit: number | undefined

/**
 * The most memory the process should take, in bytes; with an argument ('4GiB' or bytes) sets it first.
 *
 * Initially the smaller of physical memory and the control group's limit.
 */
export function memoryLimit(change?: string | number): number {
  if (change !== undefined) limit = parseBytes('memoryLimit', change)
  limit ??= machineLimit()
  return limit
}

// Asking the system reads files: once is enough for what holds until somebody sets another.
function machineLimit(): number {
  const constrained = constrainedMemory()
  return constrained > 0 ? Math.min(constrained, totalmem()) : totalmem()
}

/** Bytes of the process in physical memory, and those of them that wait to be used again. */
export function memoryInUse(): { readonly resident: number; readonly pooled: number } {
  const { resident, pooled } = callNative((addon) => addon.memoryInUse())
  return { resident: resident || process.memoryUsage.rss(), pooled }
}

const readingHolds = 100
let reading = { at: -Infinity, free: 0, resident: 0 }

// In the machine. The system takes long to say it: between readings what the process has taken since is counted.
function machineFree(resident: number): number {
  const now = performance.now()
  if (now - reading.at > readingHolds) reading = { at: now, free: freemem(), resident }
  return reading.free - Math.max(0, resident - reading.resident)
}

/**
 * Budget of a run that names none: half of what is free below the limit and in the machine, rounded down by at most a sixteenth so that
 * runs one after another have the same and can be planned alike.
 */
export function defaultBudget(): number {
  const { resident } = memoryInUse()
  const half = Math.max(0, Math.min(memoryLimit() - resident, machineFree(resident)) / 2)
  const step = 2 ** Math.max(0, Math.floor(Math.log2(Math.max(1, half))) - 4)
  return Math.floor(half / step) * step
}

/** A number of bytes, or text such as '256MiB'; anything else is `InvalidArgument` naming `argument`. */
export function parseBytes(argument: string, value: unknown): number {
  const bytes = typeof value === 'string' ? bytesOfText(value) : value
  if (typeof bytes === 'number' && Number.isFinite(bytes) && bytes >= 1) return Math.floor(bytes)
  throw invalidArgument(argument, "a number of bytes ≥ 1 or text such as '256MiB'", value)
}

function bytesOfText(text: string): number | undefined {
  const match = /^\s*(\d+(?:\.\d+)?)\s*([kmgt]?i?b)?\s*$/i.exec(text)
  if (match === null) return undefined
  const unit = units[(match[2] ?? 'b').toLowerCase() as keyof typeof units] as number | undefined
  return unit === undefined ? undefined : Number(match[1]) * unit
}

/** Bytes as people read them. */
export function showBytes(bytes: number): string {
  const steps = ['B', 'KiB', 'MiB', 'GiB', 'TiB']
  let value = bytes
  let step = 0
  for (; value >= 1024 && step < steps.length - 1; step++) value /= 1024
  return `${step === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${steps[step]}`
}
