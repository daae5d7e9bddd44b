import type { DType } from '../core/dtype.ts'
import type { Info } from './info.ts'
import { slabParts, slabsOf } from './label-slabs.ts'
import {
  checkLabelRange,
  gatherLabels,
  type LabelState,
  paintLabels,
  partBytes,
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
  return {
    needs: (region) => [region],
    prepare: async (tools) => {
      const { budget, room } = tools
      const axes = [...info.shape.keys()]
      const bytes = partBytes(room)
      const parts = slabParts(info, slabsOf(info, axes, 1), bytes)
      const check = (greatest: number) => checkLabelRange(name, dtype, greatest)
      return await gatherLabels(tools, parts, check, (addon) =>
        addon.renumberLabels({ isBySize: order === 'size', minimumSize, tableBytes: 2 * tableBytes(budget) }),
      )
    },
    release: releaseLabels,
    generate: ({ inputs: [input], output, state, tools }) => paintLabels(tools, state, input ?? null, output),
  }
}
