import type { Volume } from '../../ts/index.ts'

/** Every index of a shape, axis 0 fastest. */
export function eachIndex(shape: readonly number[]): number[][] {
  let all: number[][] = [[]]
  for (const length of shape.toReversed())
    all = all.flatMap((rest) => Array.from({ length }, (_, at) => [at, ...rest]))
  return all
}

/** Voxels in index order, whatever the memory order. */
export function inIndexOrder(volume: Volume): number[] {
  const { data, stride, offset } = volume.array()
  return eachIndex(volume.shape).map((index) =>
    Number(data[index.reduce((sum, at, axis) => sum + at * (stride[axis] as number), offset)]),
  )
}

/** What a flood fill found. */
export interface Flooded {
  /** In index order; items are the volumes along the axes that are not joined, each numbered by itself. */
  readonly labels: number[]
  readonly items: number[]
}

/** Connected components by flood fill, in index order of their first voxels. */
export function flood(
  foreground: readonly boolean[],
  shape: readonly number[],
  axes: readonly number[],
  connectivity: number,
): Flooded {
  const strides = shape.map((_, axis) => shape.slice(0, axis).reduce((a, b) => a * b, 1))
  const indices = eachIndex(shape)
  const steps = eachIndex(shape.map(() => 3))
    .map((digits) => digits.map((digit) => digit - 1))
    .filter((step) => step.every((by, axis) => by === 0 || axes.includes(axis)))
    .filter((step) => step.filter((by) => by !== 0).length <= connectivity)
  const items = indices.map((index) =>
    index.reduce((sum, at, axis) => sum + (axes.includes(axis) ? 0 : at * (strides[axis] as number)), 0),
  )
  const labels = foreground.map(() => 0)
  const counts = new Map<number, number>()
  for (const first of indices.keys()) {
    if (!foreground[first] || labels[first]) continue
    const item = items[first] as number
    const label = (counts.get(item) ?? 0) + 1
    counts.set(item, label)
    labels[first] = label
    for (const waiting = [first]; waiting.length > 0; ) {
      const from = indices[waiting.pop() as number] as number[]
      for (const step of steps) {
        const to = from.map((at, axis) => at + (step[axis] as number))
        if (to.some((at, axis) => at < 0 || at >= (shape[axis] as number))) continue
        const next = to.reduce((sum, at, axis) => sum + at * (strides[axis] as number), 0)
        if (!foreground[next] || labels[next]) continue
        labels[next] = label
        waiting.push(next)
      }
    }
  }
  return { labels, items }
}
