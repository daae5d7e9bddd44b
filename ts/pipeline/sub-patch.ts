import type { Region } from '../volume/region.ts'
import type { Patch } from './regional.ts'

/** Voxels of a region inside a patch; axes the region does not name stay whole. */
export function subPatch({ view, start, extent }: Patch, region: Region): Patch {
  const first = start.map((begin, axis) => region.start[axis] ?? begin)
  const moved = first.map((begin, axis) => (begin - (start[axis] as number)) * (view.strides[axis] as number))
  const offset = moved.reduce((sum, bytes) => sum + bytes, view.offset)
  const shape = view.shape.map((length, axis) => region.shape[axis] ?? length)
  return { view: { ...view, offset, shape }, start: first, extent }
}

/** Voxels of a patch from `begin` to `end` along an axis. */
export function slicePatch(patch: Patch, axis: number, begin: number, end: number): Patch {
  const { start, view } = patch
  return subPatch(patch, { start: start.with(axis, begin), shape: view.shape.with(axis, end - begin) })
}

/** The longest axis but one, which it is itself where there is no other. */
export function acrossAxis(shape: readonly number[], axis: number): number {
  const longer = (n: number, best: number) => best === axis || n >= (shape[best] as number)
  return shape.reduce((best, n, a) => (a !== axis && longer(n, best) ? a : best), axis)
}

/** The same voxels with their axes in another order: new axis k is axis `order[k]`; an axis of -1 is a new one of length 1. */
export function permutedPatch({ view, start, extent }: Patch, order: readonly number[]): Patch {
  const pick = (values: readonly number[], otherwise: number) =>
    order.map((axis) => (axis < 0 ? otherwise : (values[axis] as number)))
  return {
    view: { ...view, shape: pick(view.shape, 1), strides: pick(view.strides, 0) },
    start: pick(start, 0),
    extent: pick(extent, 1),
  }
}
