import { invalidArgument } from '../core/errors.ts'
import type { Region } from '../volume/region.ts'
import { CustomSource } from './custom-source.ts'
import type { AnyStep } from './define-filter.ts'
import type { Info } from './info.ts'

/** What a step did in the runs since the monitor was made or reset. It changes no plan and no byte. */
export interface Monitor {
  /** Divisions in which the step computed anything. */
  readonly runs: number
  /** Per such division, what its consumers wanted. */
  readonly needed: readonly Region[]
  /** Per such division, what it worked out. */
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
      return record.needed.length
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

/** Tells a step's monitors what one pass did. */
export function tellMonitors(
  step: AnyStep | CustomSource,
  info: Info | undefined,
  regions: readonly Region[],
): void {
  for (const record of records.get(step) ?? []) {
    record.needed.push(...regions)
    record.computed.push(...regions)
    record.info = info
  }
}
