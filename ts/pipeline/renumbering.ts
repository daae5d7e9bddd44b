import type { DType } from '../core/dtype.ts'
import type { Addon } from '../native/addon.ts'
import type { Info } from './info.ts'
import { cachedSlabs, slabParts, slabsOf } from './label-slabs.ts'
import {
  checkLabelRange,
  gatherLabels,
  heldTables,
  type LabelState,
  paintLabels,
  partBytes,
  partReadings,
  releaseLabels,
  tableSpace,
} from './label-state.ts'
import type { Regional } from './regional.ts'

/** New numbers for the labels of a volume. */
export interface RenumberingRules {
  /** Of the filter. */
  readonly name: string
  readonly order: 'size' | 'first'
  readonly minimumSize: number
  /** Of the output. */
  readonly dtype: DType
}

/** Labels of the first input counted in one reading, then looked up. */
export function renumberedRegions(info: Info, rules: RenumberingRules): Regional<LabelState> {
  const { name, order, minimumSize, dtype } = rules
  const axes = [...info.shape.keys()]
  const partsWithin = (budget: number) =>
    slabParts(info, slabsOf(info, axes, cachedSlabs, 1), partBytes(budget))
  return {
    held: heldTables,
    needs: (region) => [region],
    prepare: async (tools) => {
      const { budget } = tools
      const parts = partsWithin(budget)
      const check = (greatest: number) => checkLabelRange(name, dtype, greatest)
      const create = (addon: Addon) =>
        addon.renumberLabels({ isBySize: order === 'size', minimumSize, ...tableSpace(tools) })
      return await gatherLabels(tools, { parts, create, check })
    },
    readings: (budget) => partReadings(partsWithin(budget), 0, 0),
    release: releaseLabels,
    generate: ({ inputs: [input], output, state, tools }) => paintLabels(tools, state, input ?? null, output),
  }
}
