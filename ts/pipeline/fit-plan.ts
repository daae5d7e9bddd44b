import { VoxlineError } from '../core/errors.ts'
import type { PassLayout } from '../native/addon.ts'
import { callNative } from '../native/errors.ts'
import type { EncodedPlan } from './encode-plan.ts'

/** A plan and what native code decides for it. */
export interface FittedPlan {
  readonly encoded: EncodedPlan
  readonly layout: PassLayout
}

/** Validates a plan and lays it out. */
export function describePlan(encoded: EncodedPlan): FittedPlan {
  return { encoded, layout: callNative((addon) => addon.describePlan(encoded.plan, encoded.handles)) }
}

/** The plan within `memory` bytes, or `otherwise` with the least bytes that work when those are too few. */
export function fitPlan(
  encode: (memory: number) => EncodedPlan,
  memory: number,
  otherwise: (required: number, error: VoxlineError) => FittedPlan,
): FittedPlan {
  try {
    return describePlan(encode(Math.max(1, memory)))
  } catch (error) {
    if (!(error instanceof VoxlineError) || error.code !== 'Memory') throw error
    const { required } = error.details
    if (typeof required !== 'number') throw error
    return otherwise(required, error)
  }
}
