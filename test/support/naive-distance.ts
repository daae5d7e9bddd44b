import { eachIndex, type Field } from './naive-filters.ts'

/** Which voxels distances are measured to, as the filter names them. */
export type NaiveFeatures = 'border' | 'object' | 'background'

const isObject = (value: number) => value > 0 || value < 0

function featuresOf(
  { shape, values }: Field,
  to: NaiveFeatures,
  axes: readonly number[],
): readonly number[][] {
  const found: number[][] = []
  const stride = shape.map((_, axis) => shape.slice(0, axis).reduce((n, length) => n * length, 1))
  eachIndex(shape, (index, at) => {
    const inside = isObject(values[at])
    if (to !== 'border') {
      if (inside === (to === 'object')) found.push([...index])
      return
    }
    if (!inside) return
    let isBorder = false
    eachIndex(
      shape.map((_, axis) => (axes.includes(axis) ? 3 : 1)),
      (offset) => {
        const near = index.map((i, axis) => i + (axes.includes(axis) ? offset[axis] - 1 : 0))
        if (near.some((i, axis) => i < 0 || i >= shape[axis])) return
        isBorder ||= !isObject(values[near.reduce((sum, i, axis) => sum + i * stride[axis], 0)])
      },
    )
    if (isBorder) found.push([...index])
  })
  return found
}

/** Distances by comparing every voxel with every feature, along `axes`; unsigned. */
export function naiveDistance(
  field: Field,
  to: NaiveFeatures,
  axes: readonly number[],
  spacing: readonly number[],
): readonly number[] {
  const features = featuresOf(field, to, axes)
  const result: number[] = []
  eachIndex(field.shape, (index) => {
    let best = Number.POSITIVE_INFINITY
    for (const feature of features) {
      if (feature.some((i, axis) => !axes.includes(axis) && i !== index[axis])) continue
      const square = axes.reduce((sum, axis) => sum + ((feature[axis] - index[axis]) * spacing[axis]) ** 2, 0)
      if (square < best) best = square
    }
    result.push(Math.sqrt(best))
  })
  return result
}

/** A volume's values as signed distances have them: negative inside. */
export function signedAs({ values }: Field, distances: readonly number[]): readonly number[] {
  return distances.map((distance, at) => (isObject(values[at]) && distance !== 0 ? -distance : distance))
}
