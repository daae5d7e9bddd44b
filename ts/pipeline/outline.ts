import { VoxlineError } from '../core/errors.ts'
import type { Goal, PassPlanner, PlannedPass } from './planner.ts'
import type { PreparedNode } from './prepared.ts'
import type { Producers } from './producers.ts'

/** What a run will do, with examples in the place of reductions' values. */
export interface Outline {
  /** Passes that regional steps' inputs need beforehand. */
  readonly before: readonly PlannedPass[]
  readonly passes: readonly PlannedPass[]
  /** Bytes at most in memory. */
  readonly peak: number
  /** Bytes of them that regional steps hold from the beginning to the end. */
  readonly held: number
  /** The least budget that works. */
  readonly least: number
}

interface Planning {
  readonly planner: PassPlanner
  readonly producers: Producers
}

/** Plans all passes towards a node; throws `Memory` with what the greediest one needs. Steps hold less where they would not fit. */
export function outlineRun(target: PreparedNode, goal: Goal, planning: Planning): Outline {
  let refused: VoxlineError | undefined
  do {
    try {
      return outlined(target, goal, planning)
    } catch (error) {
      if (!(error instanceof VoxlineError) || error.code !== 'Memory') throw error
      if (!refused || requiredBy(error) < requiredBy(refused)) refused = error
    }
  } while (planning.producers.economize(target))
  throw refused
}

function outlined(target: PreparedNode, asked: Goal, { planner, producers }: Planning): Outline {
  const held = producers.heldBelow(target)
  const goal = { ...asked, held: asked.held + held }
  let refused: VoxlineError | undefined
  const planned = (plan: () => readonly PlannedPass[]): readonly PlannedPass[] => {
    try {
      return plan()
    } catch (error) {
      if (!(error instanceof VoxlineError) || error.code !== 'Memory') throw error
      if (!refused || requiredBy(error) > requiredBy(refused)) refused = error
      return []
    }
  }
  const before = producers.settling(target).flatMap((settling) => planned(() => settling(goal.held)))
  const passes = planned(() => planner.outline(goal))
  if (refused) throw refused
  const all = [...before, ...passes]
  return {
    before,
    passes,
    held,
    peak: Math.max(goal.held, ...all.map(({ layout, held }) => layout.peak + held)),
    least: Math.max(goal.held, ...all.map(({ layout, held }) => layout.least + held)),
  }
}

/** The least budget that would do, as an error says it. */
export function requiredBy({ details }: VoxlineError): number {
  return Number(details.required)
}
