import { bytesOf, codeOf, type DType } from '../core/dtype.ts'
import { VoxlineError } from '../core/errors.ts'
import type { Geometry } from '../geometry/geometry.ts'
import { composeMaps, type IndexMap, mapLengths } from '../geometry/index-map.ts'
import type { Direction } from '../geometry/orientation.ts'
import type { NativeView } from '../native/addon.ts'
import type { Allocation } from './allocation.ts'
import type { OwnHeader } from './own-header.ts'
import type { Volume } from './volume.ts'

/** The file a volume's voxels were read from. */
export interface StorageOrigin {
  /** Where the file's axes point to, spatial axes first. */
  readonly directions: readonly Direction[]
  /** Own voxel → voxel of the file. */
  readonly map: IndexMap
}

/** The volume a view was opened in. */
export interface ParentLink {
  /** Makes the volume on demand where nobody holds it yet (around a margin). */
  readonly volume: () => Volume
  /** Own voxel → voxel of the parent. */
  readonly map: IndexMap
  readonly shape: readonly number[]
}

/** All that a volume is made of. Strides and offset count elements from the start of the allocation. */
export interface VolumeParts<D extends DType = DType> {
  /** Null when unallocated. */
  readonly allocation: Allocation | null
  readonly dtype: D
  readonly components: number
  readonly shape: readonly number[]
  readonly strides: readonly number[]
  readonly offset: number
  readonly geometry: Geometry
  readonly header: OwnHeader
  readonly storage: StorageOrigin | null
  readonly warnings: readonly string[]
  readonly parent: ParentLink | null
}

/** Key under which a volume holds its parts; they stay readable after `dispose()`. */
export const factsKey: unique symbol = Symbol('voxline.facts')

/**
 * Key under which a volume gives its parts to the package's other modules; throws `Disposed` after
 * `dispose()`.
 */
export const partsKey: unique symbol = Symbol('voxline.parts')

/** The parts of a volume; throws `Disposed` after `dispose()`. */
export function partsOf<D extends DType>(volume: Volume<D>): VolumeParts<D> {
  return volume[partsKey]
}

/**
 * The same voxels seen through other axes: `step` leads from new voxels to old ones, `shape` is the new one.
 */
export function moveParts<D extends DType>(
  parts: VolumeParts<D>,
  step: IndexMap,
  shape: readonly number[] = mapLengths(step, parts.shape),
): VolumeParts<D> {
  let offset = parts.offset
  const strides = step.axes.map((axis, k) => {
    const stride = parts.strides[axis] as number
    offset += (step.starts[k] as number) * stride
    return stride * (step.signs[k] as number)
  })
  const { storage, parent } = parts
  const geometry = parts.geometry.moved(step)
  return {
    ...parts,
    shape,
    strides,
    offset,
    geometry,
    header: parts.header.moved(step, { geometry, shape }),
    storage: storage && { ...storage, map: composeMaps(storage.map, step) },
    parent: parent && { ...parent, map: composeMaps(parent.map, step) },
  }
}

/** The allocation; throws `Unsupported` when there is none. */
export function allocationOf(parts: VolumeParts, what: string): Allocation {
  if (parts.allocation !== null) return parts.allocation
  throw new VoxlineError(
    'Unsupported',
    `${what} needs voxels, and this volume is unallocated: use allocate()`,
    { what },
  )
}

/** The allocation; throws `Unsupported` when there is none or it cannot be written to. */
export function writableAllocationOf(parts: VolumeParts, what: string): Allocation {
  const allocation = allocationOf(parts, what)
  if (allocation.isWritable) return allocation
  throw new VoxlineError(
    'Unsupported',
    `${what} needs a writable volume, and this one is mapped read-only: use copy()`,
    { what },
  )
}

/** The voxels as the addon takes them; several components are an axis in front. */
export function nativeView(parts: VolumeParts, what: string): NativeView {
  const bytes = bytesOf(parts.dtype)
  const inner = parts.components > 1
  const strides = parts.strides.map((stride) => stride * bytes)
  return {
    memory: allocationOf(parts, what).native,
    dtype: codeOf(parts.dtype),
    offset: parts.offset * bytes,
    shape: inner ? [parts.components, ...parts.shape] : parts.shape,
    strides: inner ? [bytes, ...strides] : strides,
  }
}
