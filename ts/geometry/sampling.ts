import { type Affine, affineOf, columnOf, positiveZero, type Vector } from './affine.ts'
import { Geometry } from './geometry.ts'
import { type Direction, spatialAxes } from './orientation.ts'

/** Where the voxels of a new grid lie among those of an old one: voxel i at starts + steps · i, per axis; fractions are welcome. */
export interface Sampling {
  /** Of voxel 0 of the new grid. */
  readonly starts: readonly number[]
  /** Greater than 0. */
  readonly steps: readonly number[]
}

/** affine · M, where M is the sampling; columns beyond the spatial axes (ranks 1 and 2) stay. */
export function sampleAffine(
  affine: Affine,
  directions: readonly Direction[],
  { starts, steps }: Sampling,
): Affine {
  const columns = [columnOf(affine, 0), columnOf(affine, 1), columnOf(affine, 2)]
  const [x, y, z] = columnOf(affine, 3)
  const origin: [number, number, number] = [x, y, z]
  spatialAxes(directions).forEach((axis, k) => {
    const column = columns[k] as Vector
    const [start, step] = [starts[axis] as number, steps[axis] as number]
    for (let i = 0; i < 3; i++) origin[i] = (origin[i] as number) + start * (column[i] as number)
    columns[k] = [column[0] * step, column[1] * step, column[2] * step]
  })
  return affineOf(columns, origin.map(positiveZero) as unknown as Vector)
}

/** The geometry of the voxels sampled: none of them moves in the world. */
export function sampleGeometry(geometry: Geometry, sampling: Sampling): Geometry {
  const { directions } = geometry
  const affine = sampleAffine(geometry.affine, directions, sampling)
  const spacing = geometry.spacing.map((length, axis) => length * (sampling.steps[axis] as number))
  return new Geometry({ affine, spacing, directions })
}
