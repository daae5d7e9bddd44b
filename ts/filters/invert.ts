import { isBig, isInteger, limitsOf } from '../core/dtype.ts'
import { invalidArgument } from '../core/errors.ts'
import { dtypeParams } from '../pipeline/common-params.ts'
import { defineFilter } from '../pipeline/define-filter.ts'
import { asInputOrAsked } from '../pipeline/info.ts'
import { storeValue } from '../pipeline/order.ts'
import { param } from '../pipeline/param.ts'
import { point } from '../pipeline/stage.ts'
import { valueWords } from '../pipeline/words.ts'

/** maximum − x; exact for 64-bit integers where the maximum is a value of their type. */
export const invert = defineFilter({
  name: 'invert',
  summary: 'Every voxel subtracted from a maximum.',
  params: {
    maximum: param.optional(
      param.value({
        doc: 'What voxels are subtracted from; by default the greatest value of an integer type. Floats need one.',
      }),
    ),
    ...dtypeParams,
  },
  output: asInputOrAsked,
  stages: ({ dtype }, options) => {
    if (options.maximum === undefined && !isInteger(dtype))
      throw invalidArgument('invert.maximum', `given, since the voxels are ${dtype}`, undefined)
    const maximum = options.maximum ?? (limitsOf(dtype)[1] as number | bigint)
    const isExact = isBig(dtype) && BigInt(storeValue(dtype, maximum)) === wholeOf(maximum)
    if (!isExact) return [point('linear', { scale: -1, shift: Number(maximum) })]
    const { high, low } = valueWords(dtype, maximum)
    return [point('invert', { maximumHigh: high, maximumLow: low }, { dtype })]
  },
})

function wholeOf(value: number | bigint): bigint | null {
  return typeof value === 'bigint' || Number.isInteger(value) ? BigInt(value) : null
}
