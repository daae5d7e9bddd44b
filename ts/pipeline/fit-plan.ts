import { VoxlineError } from '../core/errors.ts'
import type { PassLayout } from '../native/addon.ts'
import { callNative } from '../native/errors.ts'
import type { EncodedPlan } from './encode-plan.ts'
import { knownLayouts } from './known-layouts.ts'
import type { Supplier } from './storage.ts'

/** A plan and what native code decides for it. */
export interface FittedPlan {
  readonly encoded: EncodedPlan
  readonly layout: PassLayout
  /** Finds the least bytes that would work. */
  readonly least: () => number
  /** Bytes that those who supply it may take beside the regions they are asked for. */
  readonly rooms?: ReadonlyMap<Supplier, number>
}

/** No plan keeps within the bytes there are. */
export interface Misfit {
  /** The least bytes that work. */
  readonly required: number
  /** The plan that works with them. */
  readonly tightest: () => FittedPlan
  /** What native code said. */
  readonly cause?: VoxlineError
}

/** Validates a plan and lays it out. */
export function describePlan(encoded: EncodedPlan): FittedPlan {
  const { plan, handles } = encoded
  const layout = knownLayouts.of(encoded)
  const least = () =>
    Math.min(
      layout.peak,
      callNative((addon) => addon.leastPeak(plan, handles)),
    )
  return { encoded, layout, least }
}

/** The plan within `memory` bytes, or what `otherwise` makes of it when those are too few. */
export function fitPlan(
  encode: (memory: number) => EncodedPlan,
  memory: number,
  otherwise: (misfit: Misfit) => FittedPlan,
): FittedPlan {
  try {
    return describePlan(encode(Math.max(1, memory)))
  } catch (error) {
    if (!(error instanceof VoxlineError) || error.code !== 'Memory') throw error
    const { required } = error.details
    if (typeof required !== 'number') throw error
    return otherwise({ required, tightest: () => describePlan(encode(required)), cause: error })
  }
}
