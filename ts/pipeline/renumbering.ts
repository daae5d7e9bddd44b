import type { DType } from '../core/dtype.ts'
import type { Info } from './info.ts'
import { slabParts, slabsOf } from './label-slabs.ts'
import {
  checkLabelRange,
  gatherLabels,
  type LabelState,
  paintLabels,
  partBytes,
  partReadings,
  releaseLabels,
  tableBytes,
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
  const partsWithin = (budget: number) => slabParts(info, slabsOf(info, axes, 1), partBytes(budget))
  return {
    needs: (region) => [region],
    prepare: async (tools) => {
      const { budget } = tools
      const parts = partsWithin(budget)
      const check = (greatest: number) => checkLabelRange(name, dtype, greatest)
      return await gatherLabels(tools, parts, check, (addon) =>
        addon.renumberLabels({ isBySize: order === 'size', minimumSize, tableBytes: 2 * tableBytes(budget) }),
      )
    },
    readings: (budget) => partReadings(info, partsWithin(budget), 0),
    release: releaseLabels,
    generate: ({ inputs: [input], output, state, tools }) => paintLabels(tools, state, input ?? null, output),
  }
}
