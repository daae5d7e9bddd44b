import type { Progress } from '../index.ts'
import type { Io } from './command.ts'

/** A line on standard error that is drawn over itself. */
export interface ProgressBar {
  readonly show: (progress: Pick<Progress, 'fraction' | 'stage'>) => void
  clear(): void
}

/** Makes a progress bar for a terminal. */
export function progressBar(io: Pick<Io, 'complain' | 'columns'>): ProgressBar {
  let drawn = false
  return {
    show({ fraction, stage }) {
      io.complain(`\r\x1b[2K${barLine(fraction, stage, io.columns)}`)
      drawn = true
    },
    clear() {
      if (drawn) io.complain('\r\x1b[2K')
      drawn = false
    },
  }
}

/** One line of at most `columns - 1` characters, so that the terminal does not wrap it. */
export function barLine(fraction: number, stage: string, columns: number): string {
  const width = Math.max(5, Math.min(40, columns - 30))
  const full = Math.round(Math.min(Math.max(fraction, 0), 1) * width)
  const bar = '█'.repeat(full) + '░'.repeat(width - full)
  return `${bar} ${String(Math.floor(fraction * 100)).padStart(3)} %  ${stage}`.slice(
    0,
    Math.max(1, columns - 1),
  )
}
