import { borderParams, dtypeParams, unitParams } from '../pipeline/common-params.ts'
import { defineFilter } from '../pipeline/define-filter.ts'
import { axesOrSpatial, realOrAsked } from '../pipeline/info.ts'
import { param } from '../pipeline/param.ts'
import { window } from '../pipeline/stage.ts'

/** Sum of the second derivatives by differences: Σ (f[+1] − 2 f + f[−1]) / s² over the axes. */
export const laplacian = defineFilter({
  name: 'laplacian',
  summary: 'Sum of the second derivatives, by differences.',
  params: {
    axes: param.optional(param.axes({ doc: 'Axes to differentiate along; by default the spatial ones.' })),
    ...unitParams,
    ...borderParams,
    ...dtypeParams,
  },
  output: (input, { dtype }) => ({ ...input, dtype: realOrAsked(dtype, input.dtype) }),
  stages: (input, { axes, units, border, borderValue }) => {
    const used = axesOrSpatial(axes, input, 'laplacian.axes')
    const spacing = input.geometry.spacing.map((s) => (units === 'mm' ? s : 1))
    const weights = spacing.map((s, axis) => (used.includes(axis) ? 1 / (s * s) : 0))
    return [window('laplacian_window', { weights }, { border, borderValue })]
  },
})
