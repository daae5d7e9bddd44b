import { parseOrientation, turn } from '../geometry/orientation.ts'
import { defineFilter } from '../pipeline/define-filter.ts'
import type { Info } from '../pipeline/info.ts'
import { movingVoxels } from '../pipeline/moved-voxels.ts'
import { movedInfo, stridedMap } from '../pipeline/moved-info.ts'
import { param } from '../pipeline/param.ts'

function turnOf({ geometry, shape }: Info, to: string) {
  return turn(geometry.directions, parseOrientation(to, shape.length, 'orient.to'), shape, 'orient.to')
}

/** Flips and permutes the axes so that they point where the letters of `to` say; no voxel moves in the world. */
export const orient = defineFilter({
  name: 'orient',
  summary: 'Flips and permutes the axes into another orientation.',
  params: {
    to: param.orientation({
      default: 'RAS',
      doc: 'Letters for where the axes point to; three complete themselves beyond three axes.',
    }),
  },
  metadata: 'moved',
  output: (input, { to }) => movedInfo(input, turnOf(input, to)),
  regional: (input, { to }) => movingVoxels(stridedMap(turnOf(input, to))),
})
