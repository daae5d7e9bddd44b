import { isBig } from '../../ts/core/dtype.ts'
import { type Border, type DType, Volume } from '../../ts/index.ts'
import { randomIntegers } from './random.ts'

/** Values in index order, axis 0 fastest, with their shape: what reference filters work on. */
export interface Field {
  readonly shape: readonly number[]
  readonly values: readonly number[]
}

/** Calls `visit` for every index, axis 0 fastest. */
export function eachIndex(
  shape: readonly number[],
  visit: (index: readonly number[], at: number) => void,
): void {
  const index = shape.map(() => 0)
  const size = shape.reduce((product, n) => product * n, 1)
  for (let at = 0; at < size; at++) {
    visit(index, at)
    for (let axis = 0; axis < shape.length && ++index[axis] === shape[axis]; axis++) index[axis] = 0
  }
}

/** Where along an axis of n voxels the value of position i comes from; null outside a constant border. */
export function borderIndex(i: number, n: number, border: Border): number | null {
  if (i >= 0 && i < n) return i
  const modulo = (a: number, m: number) => ((a % m) + m) % m
  switch (border) {
    case 'edge':
      return i < 0 ? 0 : n - 1
    case 'constant':
      return null
    case 'wrap':
      return modulo(i, n)
    case 'symmetric': {
      const k = modulo(i, 2 * n)
      return k < n ? k : 2 * n - 1 - k
    }
    case 'reflect': {
      if (n === 1) return 0
      const k = modulo(i, 2 * n - 2)
      return k < n ? k : 2 * n - 2 - k
    }
  }
}

/** The value at an index that may lie outside. */
export function valueAt(
  { shape, values }: Field,
  index: readonly number[],
  border: Border,
  outside: number,
): number {
  let at = 0
  let stride = 1
  for (let axis = 0; axis < shape.length; axis++) {
    const i = borderIndex(index[axis], shape[axis], border)
    if (i === null) return outside
    at += i * stride
    stride *= shape[axis]
  }
  return values[at]
}

/** Makes a field of the same shape voxel by voxel; `sample(offset)` looks around the voxel. */
export function mapField(
  field: Field,
  options: { readonly border?: Border; readonly borderValue?: number },
  f: (sample: (offset: readonly number[]) => number) => number,
): Field {
  const { border = 'edge', borderValue = 0 } = options
  const values: number[] = []
  eachIndex(field.shape, (index) => {
    const sample = (offset: readonly number[]) =>
      valueAt(
        field,
        index.map((i, axis) => i + (offset[axis] ?? 0)),
        border,
        borderValue,
      )
    values.push(f(sample))
  })
  return { shape: field.shape, values }
}

/** All offsets of a box. */
export function boxOffsets(radius: readonly number[]): readonly (readonly number[])[] {
  const offsets: number[][] = []
  eachIndex(
    radius.map((r) => 2 * r + 1),
    (index) => offsets.push(index.map((i, axis) => i - radius[axis])),
  )
  return offsets
}

/** A unit step along an axis. */
export function along(axis: number, step: number): readonly number[] {
  return Array.from({ length: axis + 1 }, (_, k) => (k === axis ? step : 0))
}

/** The values of a volume in index order; several components are the last axis. */
export function fieldOf(volume: Volume): Field {
  const { data, shape, stride, offset } = volume.array()
  const values: number[] = []
  eachIndex(shape, (index) => {
    values.push(Number(data[index.reduce((sum, i, axis) => sum + i * stride[axis], offset)]))
  })
  return { shape, values }
}

/** A volume of repeatable noise with the ends of its element type among the values; floats have fractions. */
export function noise(
  shape: readonly number[],
  dtype: DType,
  options: {
    seed?: number
    low?: number
    high?: number
    components?: number
    spacing?: readonly number[]
    affine?: readonly (readonly number[])[]
  } = {},
): Volume {
  const { seed = 7, low = dtype.startsWith('u') ? 0 : -100, high = 100, components = 1 } = options
  const { spacing, affine } = options
  const place = { ...(spacing && { spacing }), ...(affine && { affine }) }
  const volume = Volume.create({ shape, dtype, components, ...place })
  const random = randomIntegers(seed)
  const { data } = volume
  for (let i = 0; i < data.length; i++) {
    const value = dtype.startsWith('float') ? random(low * 64, high * 64) / 64 : random(low, high)
    data[i] = isBig(dtype) ? BigInt(value) : value
  }
  volume.touch()
  return volume
}

/** The largest difference of two lists, NaN equal to NaN. */
export function largestDifference(a: readonly number[], b: readonly number[]): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY
  return a.reduce((most, value, i) => {
    if (Object.is(value, b[i]) || (Number.isNaN(value) && Number.isNaN(b[i]))) return most
    const difference = Math.abs(value - b[i])
    return Number.isNaN(difference) ? Number.POSITIVE_INFINITY : Math.max(most, difference)
  }, 0)
}

/** A value as an element type stores it: half to even, saturated, NaN to 0. */
export function stored(dtype: DType, value: number): number {
  if (dtype === 'float64') return value
  if (dtype === 'float32') return Math.fround(value)
  if (Number.isNaN(value)) return 0
  const bits = Number(/\d+/.exec(dtype)?.[0])
  const [low, high] = dtype.startsWith('u') ? [0, 2 ** bits - 1] : [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1]
  const floor = Math.floor(value)
  const rest = value - floor
  const nearest = rest > 0.5 || (rest === 0.5 && floor % 2 !== 0) ? floor + 1 : floor
  return Math.min(Math.max(nearest, low), high)
}
