import { spatialAxes } from '../geometry/orientation.ts'
import { gridParams } from '../pipeline/common-params.ts'
import { defineFilter } from '../pipeline/define-filter.ts'
import { labelCode } from '../pipeline/further-inputs.ts'
import type { Info } from '../pipeline/info.ts'
import { type LabelRecord, labelRecords } from '../pipeline/label-records.ts'
import { param } from '../pipeline/param.ts'
import { after, type Measure, outcome } from '../pipeline/stage.ts'

/** What `labelStatistics` measures of one label. NaN voxels are left out of everything but count, nan, bounds and centroid. */
export interface LabelStatistics {
  /** The label. */
  readonly label: number
  /** Voxels with this label. */
  readonly count: number
  /** Those of them that are NaN. */
  readonly nan: number
  /** Count times the size of a voxel: cubic millimetres in three dimensions. */
  readonly physicalSize: number
  /** A bigint for 64-bit integers; NaN when all voxels are NaN. */
  readonly min: number | bigint
  /** The greatest voxel, as `min`. */
  readonly max: number | bigint
  /** Sum over the number of voxels that are not NaN. */
  readonly mean: number
  /** A bigint for 64-bit integers, whose sums are exact. */
  readonly sum: number | bigint
  /** With n - 1; 0 for a single voxel. */
  readonly variance: number
  /** Square root of the variance. */
  readonly sigma: number
  /** First and last index per axis, both part of it. */
  readonly bounds: readonly (readonly [first: number, last: number])[]
  /** Mean index per axis. */
  readonly centroid: readonly number[]
  /** The centroid in RAS millimetres. */
  readonly centroidWorld: readonly number[]
}

function settled(record: LabelRecord, label: number, info: Info): LabelStatistics {
  const { shape, components, geometry } = info
  const { count, nan, min, max, mean, sum, variance, first, last, indices } = record
  const voxels = count / components
  const spatial = spatialAxes(geometry.directions)
  const voxelSize = spatial.reduce((size, axis) => size * (geometry.spacing[axis] as number), 1)
  const centroid = shape.map((_, axis) => meanIndex(indices[axis] as bigint, count))
  return {
    label,
    count: voxels,
    nan,
    physicalSize: voxels * voxelSize,
    min,
    max,
    mean,
    sum,
    variance,
    sigma: Math.sqrt(variance),
    bounds: shape.map((_, axis) => [first[axis] as number, last[axis] as number]),
    centroid,
    centroidWorld: [...geometry.indexToWorld(centroid)],
  }
}

// The whole part first: sums of indices may be beyond 2^53.
function meanIndex(sum: bigint, count: number): number {
  const n = BigInt(count)
  return Number(sum / n) + Number(sum % n) / count
}

/** Size, place and values of every label of a second volume, in rising order of the labels. */
export const labelStatistics = defineFilter({
  name: 'labelStatistics',
  summary: 'Size, place, range, mean, deviation and sum of the voxels of every label.',
  positional: 'labels',
  params: {
    labels: param.volume({
      doc: 'Labels: integers of 32 bits, 0 among them; others are rounded and saturate.',
    }),
    ...gridParams,
  },
  measure: (info, _, operands): Measure<readonly LabelStatistics[]> => {
    const { further, decode } = labelCode('labelStatistics', operands, 'labels')
    const rank = info.shape.length + (info.components > 1 ? 1 : 0)
    return after([labelRecords(info.dtype, rank, further)], (records) => {
      const labels = records.map((record) => settled(record, decode(record.code), info))
      return outcome(labels.sort((a, b) => a.label - b.label))
    })
  },
})
