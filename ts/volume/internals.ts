/**
 * What the package's other modules may use of volumes; not exported from the package.
 *
 * `partsOf(volume)` gives everything a volume is made of: allocation, strides and offset in elements,
 * geometry, header, storage. `nativeView` turns parts into what the addon takes (bytes; several components as
 * an axis in front). `makeVolume` makes a volume from parts, `resultParts` the parts for new dense memory.
 * Whoever works on an allocation in the background wraps the work in `owning` (reads) or `writing` (writes:
 * raises the version too), so that a volume disposed meanwhile does not end it. `Geometry` and `OwnHeader`
 * take a pipeline's affine, spacing, orientation and header as they are.
 */
import type { DType } from '../core/dtype.ts'
import { checkedBytes } from '../core/shape.ts'
import type { Affine } from '../geometry/affine.ts'
import { Geometry } from '../geometry/geometry.ts'
import { translation } from '../geometry/index-map.ts'
import { parseOrientation } from '../geometry/orientation.ts'
import { Allocation } from './allocation.ts'
import type { FileFacts } from './format.ts'
import type { Header } from './header.ts'
import { insideMargin } from './margin.ts'
import { type Placement, placementIn } from './memory-order.ts'
import { OwnHeader } from './own-header.ts'
import { moveParts, type StorageOrigin, type VolumeParts } from './parts.ts'
import type { StoredPlacement } from './stored.ts'
import { Volume } from './volume.ts'

export { Allocation } from './allocation.ts'
export { owning, writing } from './bulk.ts'
export { OwnHeader } from './own-header.ts'
export {
  allocationOf,
  moveParts,
  nativeView,
  partsOf,
  type StorageOrigin,
  type VolumeParts,
  writableAllocationOf,
} from './parts.ts'

/** A volume of these parts; it owns the allocation with all others over it. */
export function makeVolume<D extends DType>(parts: VolumeParts<D>): Volume<D> {
  return new Volume(parts)
}

/** A volume's facts as a pipeline knows them, in index axes. */
export interface ResultFacts<D extends DType = DType> {
  readonly shape: readonly number[]
  readonly dtype: D
  readonly components: number
  readonly affine: Affine
  readonly spacing: readonly number[]
  readonly orientation: string
  readonly header: Header
  readonly storage?: StorageOrigin | null
  readonly warnings?: readonly string[]
}

/** Parts for these facts in new memory (zeroed when asked), dense in index order or as placed. */
export function resultParts<D extends DType>(
  facts: ResultFacts<D>,
  options: { readonly zero: boolean; readonly placement?: Placement },
): VolumeParts<D> {
  const { shape, dtype, components } = facts
  const directions = parseOrientation(facts.orientation, shape.length)
  const geometry = new Geometry({ affine: facts.affine, spacing: facts.spacing, directions })
  const placement = options.placement ?? placementIn(directions, directions, shape, components)
  return {
    allocation: Allocation.allocate(checkedBytes(shape, components, dtype), options.zero),
    dtype,
    components,
    shape,
    ...placement,
    geometry,
    header: new OwnHeader(facts.header, { geometry, shape }),
    storage: facts.storage ?? null,
    warnings: facts.warnings ?? [],
    parent: null,
  }
}

/**
 * The volume of a file read into new memory laid out as `placed.memory` says (margin included, zeroed where
 * the file has nothing).
 */
export function storedVolume<D extends DType>(
  facts: FileFacts,
  placed: StoredPlacement,
  memory: { readonly allocation: Allocation; readonly dtype: D },
): Volume<D> {
  const inner: VolumeParts<D> = {
    ...commonParts(facts, placed),
    ...memory,
    strides: placed.memory.strides,
    offset: placed.memory.offset,
  }
  const around = translation(placed.margin.map((width) => 0 - width))
  const outer = moveParts(inner, around, placed.memory.shape)
  return new Volume(insideMargin(outer, placed.margin, (parts) => new Volume(parts)))
}

/** The volume of a file whose voxels, all of them, are mapped by `allocation`. */
export function mappedVolume(facts: FileFacts, placed: StoredPlacement, allocation: Allocation): Volume {
  const { strides, offset } = placed.file
  return new Volume({ ...commonParts(facts, placed), allocation, dtype: facts.voxels.dtype, strides, offset })
}

function commonParts(facts: FileFacts, placed: StoredPlacement) {
  const { shape, geometry, header, storage } = placed
  return {
    components: facts.voxels.components,
    shape,
    geometry,
    header,
    storage,
    warnings: facts.warnings,
    parent: null,
  }
}
