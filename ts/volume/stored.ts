import { bytesOf, type DType } from '../core/dtype.ts'
import { VoxlineError } from '../core/errors.ts'
import { canonicalStrides, checkedBytes, sizeOf } from '../core/shape.ts'
import { columnOf, lengthOf } from '../geometry/affine.ts'
import { Geometry } from '../geometry/geometry.ts'
import { composeMaps, type IndexMap, mapIndex, mapLengths, translation } from '../geometry/index-map.ts'
import { extraDirections } from '../geometry/make-geometry.ts'
import {
  type Direction,
  defaultOrientation,
  directionsOfAffine,
  parseOrientation,
  turn,
} from '../geometry/orientation.ts'
import type { FileFacts, WriteFacts } from './format.ts'
import { checkMargin, type MarginOption, withMargin } from './margin.ts'
import {
  defaultDiskOrder,
  type Layout,
  memoryDirections,
  type Placement,
  parseDiskOrder,
  parseLayout,
  placementIn,
} from './memory-order.ts'
import { moveHeader, OwnHeader } from './own-header.ts'
import type { StorageOrigin, VolumeParts } from './parts.ts'
import { checkRegion, type Region, type RegionOptions } from './region.ts'

/** How the voxels of a file are to be indexed and laid out in memory. */
export interface StoredOptions {
  /** A code, or 'storage' for the file's own order; `LPI` by default. */
  readonly orientation?: string
  /** Memory order: a code, or 'storage', the default. */
  readonly layout?: Layout
  /** In index axes; everything by default. */
  readonly region?: RegionOptions
  /** Voxels to allocate around the volume. */
  readonly margin?: MarginOption
}

/**
 * Where the voxels of a volume lie in the file it is read from, and where they go. All axes are the volume's
 * index axes.
 */
export interface StoredPlacement {
  readonly shape: readonly number[]
  /**
   * Elements from the first voxel in the file to voxel 0, and signed strides there; components are innermost,
   * with stride 1.
   */
  readonly file: Placement
  /** Where the voxels go in new dense memory, and that memory's length in elements, margins included. */
  readonly memory: Placement & { readonly elements: number; readonly shape: readonly number[] }
  /** Voxels per side around the volume in that memory. */
  readonly margin: readonly number[]
  /**
   * What the file has of volume and margin, its start counted from voxel 0 (negative in the margin). The rest
   * of the margin is 0.
   */
  readonly available: Region
  /** The volume itself, without margin, as a region of the file in its storage axes. */
  readonly stored: Region
  readonly geometry: Geometry
  readonly header: OwnHeader
  readonly storage: StorageOrigin
}

/**
 * Places the voxels of a file for reading and for mapping.
 *
 * Throws `InvalidArgument` for bad codes and margins, `OutOfBounds` for a region outside the volume.
 */
export function placeStored(facts: FileFacts, options: StoredOptions): StoredPlacement {
  const { shape: fileShape, components } = facts.voxels
  const grid = storedGeometry(facts)
  const directions = grid.directions
  const wanted = wantedDirections(options.orientation, directions)
  const turned = turn(directions, wanted, fileShape)
  const extent = mapLengths(turned, fileShape)
  const region = checkRegion('region', options.region ?? {}, extent)
  const map = composeMaps(turned, translation(region.start))
  const margin = checkMargin(options.margin, wanted)
  const order =
    options.layout === undefined ? directions : parseLayout(options.layout, wanted, { directions })
  const geometry = grid.moved(map)
  const { shape } = region
  return {
    shape,
    file: placeInFile(map, fileShape, components),
    memory: placeInMemory(order, wanted, { shape, margin, components, dtype: facts.voxels.dtype }),
    margin,
    available: availableAround(region, margin, extent),
    stored: regionThere(map, shape),
    geometry,
    header: new OwnHeader(facts.header, { geometry: grid, shape: fileShape }).moved(map, { geometry, shape }),
    storage: { directions, map },
  }
}

/** The geometry of a whole file in its storage axes: spatial axes first, then T U V W X. */
export function storedGeometry(facts: Pick<FileFacts, 'affine' | 'spacing' | 'voxels'>): Geometry {
  const rank = facts.voxels.shape.length
  const directions = [...directionsOfAffine(facts.affine, Math.min(3, rank)), ...extraDirections(rank)]
  const spacing = directions.map((_, k) =>
    k < 3 ? lengthOf(columnOf(facts.affine, k)) : (facts.spacing[k] ?? 1),
  )
  return new Geometry({ affine: facts.affine, spacing, directions })
}

function wantedDirections(code: string | undefined, stored: readonly Direction[]): readonly Direction[] {
  if (code === 'storage') return stored
  if (code !== undefined) return parseOrientation(code, stored.length)
  if (stored.length >= 3) return parseOrientation(defaultOrientation, stored.length)
  // Of a slice or a line, whichever way it lies: its own axes, in LPI order and direction.
  return stored.map((direction) => -Math.abs(direction)).sort((a, b) => b - a)
}

function placeInFile(map: IndexMap, fileShape: readonly number[], components: number): Placement {
  const dense = canonicalStrides(fileShape, components)
  const strides = map.axes.map((axis, k) => (dense[axis] as number) * (map.signs[k] as number))
  const offset = map.axes.reduce(
    (sum, axis, k) => sum + (dense[axis] as number) * (map.starts[k] as number),
    0,
  )
  return { strides, offset }
}

interface MemoryNeed {
  readonly shape: readonly number[]
  readonly margin: readonly number[]
  readonly components: number
  readonly dtype: DType
}

function placeInMemory(
  order: readonly Direction[],
  wanted: readonly Direction[],
  need: MemoryNeed,
): StoredPlacement['memory'] {
  const box = withMargin(need.shape, need.margin)
  checkedBytes(box, need.components, need.dtype)
  const { strides, offset } = placementIn(order, wanted, box, need.components)
  const inside = need.margin.reduce((sum, width, axis) => sum + width * (strides[axis] as number), offset)
  return { strides, offset: inside, elements: sizeOf(box) * need.components, shape: box }
}

function availableAround(region: Region, margin: readonly number[], extent: readonly number[]): Region {
  const low = region.start.map((start, axis) => Math.min(margin[axis] as number, start))
  const shape = region.shape.map((length, axis) => {
    const after = (extent[axis] as number) - (region.start[axis] as number) - length
    return (low[axis] as number) + length + Math.min(margin[axis] as number, after)
  })
  return { start: low.map((width) => 0 - width), shape }
}

function regionThere(map: IndexMap, shape: readonly number[]): Region {
  const first = mapIndex(
    map,
    shape.map(() => 0),
  )
  const last = mapIndex(
    map,
    shape.map((length) => length - 1),
  )
  const start = first.map((value, axis) => Math.min(value, last[axis] as number))
  return {
    start,
    shape: start.map((value, axis) => Math.max(first[axis] as number, last[axis] as number) - value + 1),
  }
}

/**
 * Throws `Unsupported`, naming the reason, unless the voxels can be memory-mapped as they lie in the file.
 */
export function checkMappable(facts: FileFacts): void {
  const { voxels } = facts
  const bytes = checkedBytes(voxels.shape, voxels.components, voxels.dtype)
  const reason =
    voxels.compression !== 'none'
      ? 'its voxels are compressed'
      : voxels.bigEndian && bytesOf(voxels.dtype) > 1
        ? 'its voxels are not in this machine’s byte order'
        : voxels.offset % bytesOf(voxels.dtype) !== 0
          ? `its voxels start at byte ${voxels.offset}, which is not aligned for ${voxels.dtype}`
          : null
  if (reason !== null)
    throw new VoxlineError('Unsupported', `${voxels.path} cannot be mapped: ${reason}; use read`, {
      path: voxels.path,
      reason,
    })
  if (voxels.offset + bytes > facts.fileBytes) {
    const end = voxels.offset + bytes
    const message = `${voxels.path}: voxels end at byte ${end}, the file at ${facts.fileBytes}`
    throw new VoxlineError('Format', message, { path: voxels.path, field: 'voxels', offset: voxels.offset })
  }
}

/**
 * What writing needs to know: a volume's parts, or the same facts of a pipeline's output (without strides:
 * index order).
 */
export interface WriteSource
  extends Pick<VolumeParts, 'shape' | 'dtype' | 'components' | 'geometry' | 'header'> {
  readonly storage: Pick<StorageOrigin, 'directions'> | null
  readonly strides?: readonly number[]
}

/** A volume as it goes to disk. */
export interface WritePlacement {
  /** In storage order. */
  readonly facts: WriteFacts
  /**
   * Where the index axes go: elements from the first voxel in the file, signed strides; components innermost,
   * with stride 1.
   */
  readonly file: Placement
  /** Where the file's axes point to. */
  readonly directions: readonly Direction[]
}

/**
 * Puts a volume into the order it is stored in: `storage`, else that of the file it came from, else memory
 * order with the spatial axes first and T U V W X after them. `scaling` is what the header is to say; null
 * when the values are stored as they are.
 */
export function placeForWriting(
  source: WriteSource,
  options: { readonly storage?: string; readonly scaling?: WriteFacts['scaling'] } = {},
): WritePlacement {
  const { shape, components, dtype } = source
  const own = source.geometry.directions
  const order = diskOrder(source, own, options.storage)
  const step = turn(own, order, shape, 'storage')
  const stored = mapLengths(step, shape)
  const geometry = source.geometry.moved(step)
  const header = moveHeader(source.header.value, { geometry: source.geometry, shape }, step, stored)
  return {
    facts: {
      shape: stored,
      dtype,
      components,
      affine: geometry.affine,
      spacing: geometry.spacing,
      header,
      scaling: options.scaling ?? null,
    },
    file: placementIn(order, own, shape, components),
    directions: order,
  }
}

function diskOrder(
  source: WriteSource,
  own: readonly Direction[],
  storage: string | undefined,
): readonly Direction[] {
  if (storage !== undefined) return parseDiskOrder(storage, own)
  if (source.storage !== null) return source.storage.directions
  if (source.strides === undefined) return defaultDiskOrder(own)
  return defaultDiskOrder(memoryDirections(own, source.shape, source.strides))
}
