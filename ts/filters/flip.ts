import type { IndexMap } from '../geometry/index-map.ts'
import { defineFilter } from '../pipeline/define-filter.ts'
import { axesOrSpatial, type Info } from '../pipeline/info.ts'
import { movingVoxels } from '../pipeline/moved-voxels.ts'
import { movedInfo, stridedMap } from '../pipeline/moved-info.ts'
import { param } from '../pipeline/param.ts'

function flipOf(input: Info, given: readonly number[]): IndexMap {
  const flipped = axesOrSpatial(given, input, 'flip.axes')
  return {
    axes: input.shape.map((_, axis) => axis),
    signs: input.shape.map((_, axis) => (flipped.includes(axis) ? -1 : 1)),
    starts: input.shape.map((length, axis) => (flipped.includes(axis) ? length - 1 : 0)),
  }
}

/** Axes run the other way; no voxel moves in the world. */
export const flip = defineFilter({
  name: 'flip',
  summary: 'Axes run the other way; no voxel moves in the world.',
  params: { axes: param.axes({ doc: 'Axes that are to run the other way.' }) },
  metadata: 'moved',
  output: (input, { axes }) => movedInfo(input, flipOf(input, axes)),
  regional: (input, { axes }) => movingVoxels(stridedMap(flipOf(input, axes))),
})
