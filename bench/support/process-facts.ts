import { readFileSync, writeFileSync } from 'node:fs'

/** Bytes of this process in memory, as Linux counts them. */
export interface ProcessMemory {
  readonly resident: number
  /** The most it has been since `resetPeak`. */
  readonly peak: number
  /** Pages of files among the resident ones; the system may drop them at any time. */
  readonly ofFiles: number
}

/** Reads /proc/self/status. */
export function processMemory(): ProcessMemory {
  const text = readFileSync('/proc/self/status', 'utf8')
  const bytes = (field: string) => Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(text)?.[1]) * 1024
  return { resident: bytes('VmRSS'), peak: bytes('VmHWM'), ofFiles: bytes('RssFile') }
}

/** Makes the peak the present size. */
export function resetPeak(): void {
  writeFileSync('/proc/self/clear_refs', '5')
}

/** Bytes this process has asked the system to read so far. */
export function bytesRead(): number {
  return Number(/^rchar: (\d+)/m.exec(readFileSync('/proc/self/io', 'utf8'))?.[1])
}

/** Milliseconds this process's main thread has waited for a processor so far. */
export function queueTime(): number {
  return Number(readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'utf8').split(' ')[1]) / 1e6
}
