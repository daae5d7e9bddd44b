import { gridParams } from '../pipeline/common-params.ts'
import { defineFilter } from '../pipeline/define-filter.ts'
import { underMask } from '../pipeline/further-inputs.ts'
import { otsuOf } from '../pipeline/otsu.ts'
import { param } from '../pipeline/param.ts'
import { type Measure, type Outcome, outcome } from '../pipeline/stage.ts'

/** What `otsuThreshold` finds. */
export interface OtsuThreshold {
  /** Upper edge of the last bin of the lower class; NaN when there are no voxels. */
  readonly value: number
}

type Next = Measure<OtsuThreshold> | Outcome<OtsuThreshold>

/** The threshold that parts the histogram into the two classes with the greatest variance between them (Otsu 1979). */
export const otsuThreshold = defineFilter({
  name: 'otsuThreshold',
  summary: 'The threshold between two classes of voxels with the greatest variance between them.',
  params: {
    bins: param.int({ min: 1, max: 65536, default: 256, doc: 'Bins of the histogram.' }),
    mask: param.optional(param.volume({ doc: 'Voxels where this volume is not 0 are looked at.' })),
    ...gridParams,
  },
  measure: ({ dtype }, { bins }, operands): Measure<OtsuThreshold> => {
    const next = (value: number): Next => outcome({ value })
    const again = (read: Measure<OtsuThreshold>): Next => read
    return otsuOf({ dtype, under: underMask('otsuThreshold', operands), bins, next, again })
  },
})
