import { invalidArgument } from '../core/errors.ts'
import type { Region } from '../volume/region.ts'
import { CustomSource } from './custom-source.ts'
import type { AnyStep } from './define-filter.ts'
import type { Info } from './info.ts'

/** What a step did in the runs since the monitor was made or reset. It changes no plan and no byte. */
export interface Monitor {
  /** Divisions in which the step computed anything. */
  readonly runs: number
  /** Per division in which anything of the step was wanted, what its consumers wanted. */
  readonly needed: readonly Region[]
  /** Per division in which the step computed anything, what it worked out: what was needed and not held from the division before. */
  readonly computed: readonly Region[]
  /** What the step made in the last run. */
  readonly info: Info | undefined
  /** Forgets what was recorded. */
  reset(): void
}

interface Record {
  readonly needed: Region[]
  readonly computed: Region[]
  info: Info | undefined
}

const records = new WeakMap<object, Set<Record>>()

/** Watches a step, or a source made by `defineSource`: how often it runs and which regions. */
export function monitor(step: AnyStep | CustomSource): Monitor {
  if (typeof step !== 'object' || step === null || !('bind' in step || step instanceof CustomSource))
    throw invalidArgument('monitor.step', 'a step or a source made by defineSource', step)
  const record: Record = { needed: [], computed: [], info: undefined }
  const known = records.get(step) ?? new Set()
  known.add(record)
  records.set(step, known)
  return {
    get runs() {
      return record.computed.length
    },
    get needed() {
      return [...record.needed]
    },
    get computed() {
      return [...record.computed]
    },
    get info() {
      return record.info
    },
    reset() {
      record.needed.length = 0
      record.computed.length = 0
      record.info = undefined
    },
  }
}

/** What was needed of a step in divisions, and what of that it computed. */
export interface Activity {
  readonly needed: readonly Region[]
  readonly computed: readonly Region[]
}

/** Tells a step's monitors what one pass did. */
export function tellMonitors(
  step: AnyStep | CustomSource,
  info: Info | undefined,
  activity: () => Activity,
): void {
  const watching = records.get(step)
  if (!watching) return
  const { needed, computed } = activity()
  for (const record of watching) {
    record.needed.push(...needed)
    record.computed.push(...computed)
    record.info = info
  }
}
