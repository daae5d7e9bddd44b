import { bytesOf, type DType, isInteger, realOf } from '../core/dtype.ts'
import { borderParams, boxParams, dtypeParams } from '../pipeline/common-params.ts'
import { defineFilter } from '../pipeline/define-filter.ts'
import { asRealOrAsked, valuesPerAxis } from '../pipeline/info.ts'
import { point, sweep } from '../pipeline/stage.ts'

// The narrowest type in which sums of `count` voxels are exact; floats and 64-bit integers sum in their real type.
function sumType(dtype: DType, count: number, borderValue: number | bigint): DType {
  if (!isInteger(dtype) || bytesOf(dtype) === 8) return realOf(dtype)
  const outside = Number(borderValue)
  if (!Number.isInteger(outside)) return 'float64'
  const most = count * Math.max(2 ** (bytesOf(dtype) * 8), Math.abs(outside))
  return most < 2 ** 31 ? 'int32' : most < 2 ** 53 ? 'int64' : 'float64'
}

/** Mean over a box of 2 · radius + 1 voxels per axis. */
export const mean = defineFilter({
  name: 'mean',
  summary: 'Mean over a box of voxels.',
  params: {
    ...boxParams,
    ...borderParams,
    ...dtypeParams,
  },
  output: asRealOrAsked,
  stages: (input, { radius, border, borderValue }) => {
    const radii = valuesPerAxis(radius, input, 0, 'mean.radius')
    const count = radii.reduce((product, r) => product * (2 * r + 1), 1)
    const dtype = sumType(input.dtype, count, borderValue)
    const sums = []
    // What stands outside the volume is as many voxels' sum as the axes before have added up.
    let summed = 1
    for (let axis = radii.length - 1; axis >= 0; axis--) {
      const r = radii[axis] as number
      if (r === 0) continue
      sums.push(
        sweep(
          'box_sum_line',
          { radius: r },
          { axis, border, borderValue: Number(borderValue) * summed, dtype },
        ),
      )
      summed *= 2 * r + 1
    }
    if (sums.length === 0) return []
    const out = dtype === 'float64' ? 'float64' : realOf(input.dtype)
    return [...sums, point('divide_count', { count }, { dtype, out })]
  },
})
