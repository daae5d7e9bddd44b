import type { PassLayout } from '../native/addon.ts'
import { callNative } from '../native/errors.ts'
import type { EncodedPlan } from './encode-plan.ts'

const mostLayouts = 32
// Those of many divisions are long, and soon found out beside the work that they are for.
const mostDivisions = 16

interface Known {
  readonly plan: Float64Array
  readonly workers: number
  readonly layout: PassLayout
}

/** What native code has decided for the latest plans: a layout depends on the plan's numbers alone, not on whose voxels they are. */
class KnownLayouts {
  readonly #known: Known[] = []

  /** The layout of a plan. Throws what native code says of one that is wrong or does not fit. */
  of({ plan, handles }: EncodedPlan): PassLayout {
    // Notes name files.
    if (handles.some((handle) => typeof handle === 'string'))
      return callNative((addon) => addon.describePlan(plan, handles))
    const workers = callNative((addon) => addon.workers())
    const at = this.#known.findIndex((one) => one.workers === workers && isSame(one.plan, plan))
    const found = this.#known[at]
    if (found) {
      this.#known.splice(at, 1)
      this.#known.unshift(found)
      return found.layout
    }
    const layout = callNative((addon) => addon.describePlan(plan, handles))
    if (layout.divisions.length <= mostDivisions * 2 * rankOf(layout)) this.#keep({ plan, workers, layout })
    return layout
  }

  #keep(known: Known): void {
    this.#known.unshift(known)
    this.#known.length = Math.min(this.#known.length, mostLayouts)
  }
}

function rankOf({ tile }: PassLayout): number {
  return tile.length
}

function isSame(a: Float64Array, b: Float64Array): boolean {
  if (a.length !== b.length) return false
  for (let k = 0; k < a.length; k++) if (!Object.is(a[k], b[k])) return false
  return true
}

/** The layouts of this thread. */
export const knownLayouts = new KnownLayouts()
