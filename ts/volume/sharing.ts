import { bytesOf, type DType, type TypedArray } from '../core/dtype.ts'
import { invalidArgument } from '../core/errors.ts'
import { checkedBytes, isDense, reach, sizeOf } from '../core/shape.ts'
import { identityMap } from '../geometry/index-map.ts'
import { callNative } from '../native/errors.ts'
import { Allocation, checkArrayBytes } from './allocation.ts'
import { memoryDirections, placementIn } from './memory-order.ts'
import { allocationOf, nativeView, type VolumeParts, writableAllocationOf } from './parts.ts'
import type { Volume } from './volume.ts'

// Below, a copy costs less than pages do.
const sharedFrom = 4 * 2 ** 20

/**
 * Parts of a volume of its own with the voxels as they are now: pages shared until either side writes, or a copy where there
 * is little to share. `counts` says whether the original counts as shared meanwhile.
 */
export function snapshotParts<D extends DType>(parts: VolumeParts<D>, counts: boolean): VolumeParts<D> {
  const allocation = allocationOf(parts, 'snapshot')
  const bytes = checkedBytes(parts.shape, parts.components, parts.dtype)
  const taken = bytes < sharedFrom || allocation.isWrapped ? copiedNow(parts) : sharingPages(parts)
  if (counts && taken.allocation !== null) taken.allocation.belongTo(allocation)
  return taken
}

function sharingPages<D extends DType>(parts: VolumeParts<D>): VolumeParts<D> {
  const { shape, strides, components, offset, dtype } = parts
  const [low, high] = reach(shape, strides)
  const begin = (offset + low) * bytesOf(dtype)
  const allocation = allocationOf(parts, 'snapshot').snapshot(
    begin,
    (high - low + components) * bytesOf(dtype),
  )
  return { ...ownParts(parts), allocation, offset: 0 - low }
}

/** Parts of a dense copy, made at once, in the same memory order. */
function copiedNow<D extends DType>(parts: VolumeParts<D>): VolumeParts<D> {
  const { shape, strides, components, dtype, geometry } = parts
  const own = geometry.directions
  const from = nativeView(parts, 'snapshot')
  const placement = placementIn(memoryDirections(own, shape, strides), own, shape, components)
  const allocation = Allocation.allocate(checkedBytes(shape, components, dtype), false)
  const copied = { ...ownParts(parts), ...placement, allocation }
  const to = nativeView(copied, 'snapshot')
  callNative((addon) => addon.copyNow(from, to))
  return copied
}

function ownParts<D extends DType>(parts: VolumeParts<D>): VolumeParts<D> {
  const { geometry, shape, header } = parts
  return { ...parts, header: header.moved(identityMap(shape.length), { geometry, shape }), parent: null }
}

/** Lets `change` write to the voxels of `volume` where nobody else holds them, else to those of a private copy. */
export function edited<D extends DType>(
  volume: Volume<D>,
  parts: VolumeParts<D>,
  change: (data: TypedArray<D>) => void,
  make: (parts: VolumeParts<D>) => Volume<D>,
): Volume<D> {
  if (typeof change !== 'function' || change.constructor.name === 'AsyncFunction')
    throw invalidArgument('edit', 'a function that is not async', change)
  const allocation = writableAllocationOf(parts, 'edit')
  checkArrayBytes(checkedBytes(parts.shape, parts.components, parts.dtype))
  const dense = isDense(parts.shape, parts.strides, parts.components)
  if (dense && allocation.isUnshared) {
    letWrite(parts, change)
    return volume
  }
  const own = dense ? snapshotParts(parts, false) : copiedNow(parts)
  const copy = make(own)
  try {
    letWrite(own, change)
    return copy
  } catch (error) {
    copy.dispose()
    throw error
  }
}

function letWrite<D extends DType>(parts: VolumeParts<D>, change: (data: TypedArray<D>) => void): void {
  const { shape, strides, components, offset, dtype } = parts
  const low = offset + reach(shape, strides)[0]
  allocationOf(parts, 'edit').lend(dtype, low, sizeOf(shape) * components, change)
}
