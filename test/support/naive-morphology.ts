import type { Border } from '../../ts/index.ts'
import { borderIndex, boxOffsets, eachIndex, type Field, valueAt } from './naive-filters.ts'

/** The order of voxels: NaN above everything, -0 below 0. */
export function inOrder(a: number, b: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b))
  return a - b || Number(Object.is(b, -0)) - Number(Object.is(a, -0))
}

type Offset = readonly number[]

/** The offsets of a structuring element, by its formula. */
export function elementOffsets(element: string, radius: readonly number[]): readonly Offset[] {
  const sum = (offset: Offset, more: number) =>
    offset.reduce((total, d, axis) => total + (d === 0 ? 0 : (d / (radius[axis] + more)) ** 2), 0)
  const isIn: Readonly<Record<string, (offset: Offset) => boolean>> = {
    box: () => true,
    ball: (offset) => sum(offset, 0.5) <= 1,
    sphere: (offset) => sum(offset, 0) <= 1 + 1e-12,
    cross: (offset) => offset.filter((d) => d !== 0).length <= 1,
  }
  return boxOffsets(radius).filter(isIn[element])
}

// Where voxel i + d of an axis is found, by i and d + radius; NaN outside where no voxel stands for it.
function placesAlong(
  n: number,
  stride: number,
  radius: number,
  border: Border | 'ignore',
): readonly number[][] {
  return Array.from({ length: n }, (_, i) =>
    Array.from({ length: 2 * radius + 1 }, (_, k) => {
      const from = borderIndex(i + k - radius, n, border === 'ignore' ? 'constant' : border)
      return from === null ? Number.NaN : from * stride
    }),
  )
}

/** Least or greatest values over an element; with `ignore` those inside the field only. */
export function extremeOf(
  { shape, values }: Field,
  which: 'least' | 'greatest',
  offsets: readonly Offset[],
  { border, borderValue = 0 }: { readonly border: Border | 'ignore'; readonly borderValue?: number },
): Field {
  const radius = shape.map((_, axis) => Math.max(...offsets.map((offset) => offset[axis])))
  const strides = shape.map((_, axis) => shape.slice(0, axis).reduce((product, n) => product * n, 1))
  const places = shape.map((n, axis) => placesAlong(n, strides[axis], radius[axis], border))
  const steps = offsets.map((offset) => offset.map((d, axis) => d + radius[axis]))
  const made: number[] = []
  eachIndex(shape, (index) => {
    const rows = index.map((i, axis) => places[axis][i])
    let best: number | undefined
    for (const step of steps) {
      let at = 0
      for (let axis = 0; axis < rows.length; axis++) at += rows[axis][step[axis]]
      if (Number.isNaN(at) && border === 'ignore') continue
      const value = Number.isNaN(at) ? borderValue : values[at]
      if (best === undefined || inOrder(value, best) < 0 === (which === 'least')) best = value
    }
    made.push(best as number)
  })
  return { shape, values: made }
}

/** A field with `radius` more values on every side. */
export function padded(field: Field, radius: readonly number[], value: number): Field {
  const values: number[] = []
  const shape = field.shape.map((n, axis) => n + 2 * radius[axis])
  eachIndex(shape, (index) => {
    const place = index.map((i, axis) => i - radius[axis])
    values.push(valueAt(field, place, 'constant', value))
  })
  return { shape, values }
}

/** A field without `radius` values on every side. */
export function cropped(field: Field, radius: readonly number[]): Field {
  const values: number[] = []
  const shape = field.shape.map((n, axis) => n - 2 * radius[axis])
  eachIndex(shape, (index) => {
    const place = index.map((i, axis) => i + radius[axis])
    values.push(valueAt(field, place, 'edge', 0))
  })
  return { shape, values }
}
