import { invalidArgument } from '../core/errors.ts'
import { checkShape } from '../core/shape.ts'
import { inverseMap, matrixOf } from './index-map.ts'
import { formatOrientation, isSpatial, parseOrientation, turn } from './orientation.ts'

/** Orientation algebra on its own: codes say where each axis points to as its index grows. */
export const Referential = {
  /**
   * The complete code for a rank (`LPI` of rank 4 is `LPIT`); throws `InvalidArgument` for anything that is
   * not a code.
   */
  parse(code: string, rank: number): string {
    return formatOrientation(parseOrientation(code, rank, 'code'))
  },

  /**
   * The integer matrix, rank + 1 rows, from voxel indices in orientation `from`, whose shape is given, to
   * those in `to`.
   *
   * Throws `InvalidArgument` for codes that are not valid for the shape's rank.
   */
  matrix(from: string, to: string, shape: readonly number[]): number[][] {
    const lengths = checkShape('shape', shape)
    const rank = lengths.length
    const back = turn(parseOrientation(from, rank, 'from'), parseOrientation(to, rank, 'to'), lengths, 'to')
    return matrixOf(inverseMap(back))
  },

  /**
   * Whether the spatial axes of a code are a right-handed system: the sign of their permutation times those
   * of their directions.
   */
  isDirect(code: string): boolean {
    if (typeof code !== 'string' || code.length === 0)
      throw invalidArgument('code', 'an orientation code', code)
    const spatial = parseOrientation(code, code.length, 'code').filter(isSpatial)
    let sign = 1
    spatial.forEach((direction, k) => {
      if (direction < 0) sign = -sign
      for (const later of spatial.slice(k + 1)) if (Math.abs(later) < Math.abs(direction)) sign = -sign
    })
    return sign > 0
  },
}
