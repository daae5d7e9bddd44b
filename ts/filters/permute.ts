import { invalidArgument } from '../core/errors.ts'
import type { IndexMap } from '../geometry/index-map.ts'
import { defineFilter } from '../pipeline/define-filter.ts'
import type { Info } from '../pipeline/info.ts'
import { movingVoxels } from '../pipeline/moved-voxels.ts'
import { movedInfo, stridedMap } from '../pipeline/moved-info.ts'
import { param } from '../pipeline/param.ts'

function permutationOf({ shape }: Info, axes: readonly number[]): IndexMap {
  const rank = shape.length
  if (axes.length !== rank || axes.some((axis) => axis >= rank))
    throw invalidArgument('permute.axes', `each of 0 to ${rank - 1} once`, axes)
  return { axes, signs: axes.map(() => 1), starts: axes.map(() => 0) }
}

/** Output axis k is input axis axes[k]; no voxel moves in the world. */
export const permute = defineFilter({
  name: 'permute',
  summary: 'The axes in another order; no voxel moves in the world.',
  params: { axes: param.axes({ doc: 'For each output axis the input axis that it is.' }) },
  metadata: 'moved',
  output: (input, { axes }) => movedInfo(input, permutationOf(input, axes)),
  regional: (input, { axes }) => movingVoxels(stridedMap(permutationOf(input, axes))),
})
