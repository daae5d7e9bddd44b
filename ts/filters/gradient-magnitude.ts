import type { Border } from '../core/border.ts'
import type { DType } from '../core/dtype.ts'
import { derivativeParams, dtypeParams } from '../pipeline/common-params.ts'
import { defineFilter } from '../pipeline/define-filter.ts'
import { asRealOrAsked, axesOrSpatial } from '../pipeline/info.ts'
import { storeValue } from '../pipeline/order.ts'
import { window } from '../pipeline/stage.ts'

/** Length of the gradient by central differences: √Σ ((f[+1] − f[−1]) / 2s)² over the axes. */
export const gradientMagnitude = defineFilter({
  name: 'gradientMagnitude',
  summary: 'Length of the gradient, by central differences.',
  params: {
    ...derivativeParams,
    ...dtypeParams,
  },
  output: asRealOrAsked,
  stages: (input, { axes, units, border, borderValue }) => {
    const used = axesOrSpatial(axes, input, 'gradientMagnitude.axes')
    const spacing = input.geometry.spacing.map((s) => (units === 'mm' ? s : 1))
    const weights = spacing.map((s, axis) => (used.includes(axis) ? 1 / (2 * s) : 0))
    const types = typesFor(input.dtype, border, borderValue)
    return [window('gradient_magnitude_window', { weights }, { border, borderValue, ...types })]
  },
})

// Small integers need not be converted first: their differences are exact either way. A border value they cannot hold is a float.
function typesFor(dtype: DType, border: Border, value: number | bigint): { dtype?: DType; out?: DType } {
  if (dtype !== 'uint8' && dtype !== 'int16' && dtype !== 'uint16') return {}
  const isHeld = border !== 'constant' || Number(storeValue(dtype, value)) === Number(value)
  return isHeld ? { dtype, out: 'float32' } : {}
}
