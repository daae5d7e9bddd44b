import { invalidArgument } from '../core/errors.ts'
import { dtypeParams, neighbourParams } from '../pipeline/common-params.ts'
import { componentRegions } from '../pipeline/components.ts'
import { defineFilter } from '../pipeline/define-filter.ts'
import { type Info, resolveDType } from '../pipeline/info.ts'
import { checkOneComponent, joinedAxes } from '../pipeline/joined-axes.ts'
import { param } from '../pipeline/param.ts'
import { limitWords } from '../pipeline/words.ts'

/**
 * A mask of the voxels with lower ≤ x ≤ upper that are joined to a seed through such voxels; limits are compared exactly in every element
 * type. A seed outside the limits grows nothing, one outside the volume is `InvalidArgument`.
 */
export const connectedThreshold = defineFilter({
  name: 'connectedThreshold',
  summary: 'Mask of the voxels within limits that are joined to seeds.',
  params: {
    seeds: param.indices({ doc: 'Voxels to grow from, by their indices.' }),
    lower: param.value({
      infinite: true,
      default: Number.NEGATIVE_INFINITY,
      doc: 'The least value that belongs to a region.',
    }),
    upper: param.value({
      infinite: true,
      default: Number.POSITIVE_INFINITY,
      doc: 'The greatest value that belongs to a region.',
    }),
    ...neighbourParams,
    ...dtypeParams,
  },
  check: ({ lower, upper }) => {
    if (lower > upper) throw invalidArgument('connectedThreshold.upper', `at least lower (${lower})`, upper)
  },
  metadata: 'labels',
  output: (input, options) => {
    checkOneComponent(input, 'connectedThreshold')
    joinedAxes(input, options, 'connectedThreshold')
    checkSeeds(input, options.seeds)
    return { ...input, dtype: resolveDType(options.dtype ?? 'uint8', input.dtype) }
  },
  regional: (input, options) =>
    componentRegions(input, {
      name: 'connectedThreshold',
      axes: joinedAxes(input, options, 'connectedThreshold'),
      connectivity: options.connectivity,
      outcome: 'seeded',
      within: limitWords(input.dtype, options.lower, options.upper),
      seeds: options.seeds,
      dtype: resolveDType(options.dtype ?? 'uint8', input.dtype),
    }),
})

function checkSeeds({ shape }: Info, seeds: readonly (readonly number[])[]): void {
  const outside = seeds.find(
    (seed) => seed.length !== shape.length || seed.some((at, axis) => at >= (shape[axis] as number)),
  )
  if (outside === undefined) return
  throw invalidArgument('connectedThreshold.seeds', `indices in a volume of shape [${shape}]`, outside)
}
