import { derivativeParams, dtypeParams } from '../pipeline/common-params.ts'
import { defineFilter } from '../pipeline/define-filter.ts'
import { asRealOrAsked, axesOrSpatial } from '../pipeline/info.ts'
import { window } from '../pipeline/stage.ts'

/** Sum of the second derivatives by differences: Σ (f[+1] − 2 f + f[−1]) / s² over the axes. */
export const laplacian = defineFilter({
  name: 'laplacian',
  summary: 'Sum of the second derivatives, by differences.',
  params: {
    ...derivativeParams,
    ...dtypeParams,
  },
  output: asRealOrAsked,
  stages: (input, { axes, units, border, borderValue }) => {
    const used = axesOrSpatial(axes, input, 'laplacian.axes')
    const spacing = input.geometry.spacing.map((s) => (units === 'mm' ? s : 1))
    const weights = spacing.map((s, axis) => (used.includes(axis) ? 1 / (s * s) : 0))
    return [window('laplacian_window', { weights }, { border, borderValue })]
  },
})
