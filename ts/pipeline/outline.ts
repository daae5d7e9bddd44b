import { VoxlineError } from '../core/errors.ts'
import type { Goal, PassPlanner, PlannedPass } from './planner.ts'
import type { Target } from './prepared.ts'
import type { Preparation, Producers } from './producers.ts'

/** What a run will do, with examples in the place of reductions' values. */
export interface Outline {
  /** Passes that regional steps' inputs need beforehand. */
  readonly before: readonly PlannedPass[]
  /** How steps are made ready for the passes. */
  readonly preparations: readonly Preparation[]
  readonly passes: readonly PlannedPass[]
  /** Bytes at most in memory. */
  readonly peak: number
  /** Bytes of them that regional steps hold from the beginning to the end. */
  readonly held: number
  /** Finds the least budget that works. */
  readonly least: () => number
}

interface Planning {
  readonly planner: PassPlanner
  readonly producers: Producers
}

/** Plans all passes towards a node; throws `Memory` with what the greediest one needs. Steps hold less where they would not fit. */
export function outlineRun(target: Target, goal: Goal, planning: Planning): Outline {
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

function outlined(target: Target, asked: Goal, { planner, producers }: Planning): Outline {
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
  // Where passes do not fit: whether what comes before them would, if they did.
  const budget = Math.max(planner.budget, refused ? requiredBy(refused) : 0)
  const preparations = producers.preparations(target, refused ? null : passes, { budget, held: asked.held })
  const beyond = preparations.filter(({ bytes, room }) => bytes > room).map(({ least }) => least())
  const required = Math.max(0, ...beyond)
  if (!refused || requiredBy(refused) < required) planner.checkBudget(required)
  if (refused) throw refused
  const all = [...before, ...passes]
  const peaks = [
    ...preparations.map(({ peak }) => peak),
    ...all.map(({ layout, held }) => layout.peak + held),
  ]
  return {
    before,
    preparations,
    passes,
    held,
    peak: Math.max(goal.held, ...peaks),
    least: () =>
      Math.max(
        goal.held,
        ...preparations.map(({ least }) => least()),
        ...all.map((pass) => pass.least() + pass.held),
      ),
  }
}

/** The least budget that would do, as an error says it. */
export function requiredBy({ details }: VoxlineError): number {
  return Number(details.required)
}
