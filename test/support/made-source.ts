import { arrayClass } from '../../ts/core/dtype.ts'
import {
  type Affine,
  type CustomSource,
  type DType,
  defineSource,
  type SourceRequest,
} from '../../ts/index.ts'
import { eachIndex } from './naive-filters.ts'

/** How a made source behaves. */
export interface MadeOptions {
  readonly canReadRegion?: boolean
  readonly affine?: Affine
  /** Told of every request before it is answered; what it throws fails the read. */
  readonly onRead?: (request: SourceRequest) => void
}

/** A source whose voxels are a function of their index, so that nothing is in memory as a whole. */
export function madeSource(
  shape: readonly number[],
  dtype: DType,
  value: (...index: number[]) => number,
  { canReadRegion = true, affine, onRead }: MadeOptions = {},
): CustomSource {
  return defineSource({
    name: 'made',
    describe: () => ({ shape, dtype, ...(affine && { affine }) }),
    canReadRegion,
    read: (request) => {
      onRead?.(request)
      const { start, shape: lengths } = request.region
      const array = new (arrayClass(dtype))(lengths.reduce((product, n) => product * n, 1))
      eachIndex(lengths, (index, at) => {
        array[at] = value(...index.map((i, axis) => i + (start[axis] as number)))
      })
      return array
    },
  })
}
