import { checkInteger, checkIntegers, checkOptions } from '../core/check.ts'
import { bytesOf, type DType } from '../core/dtype.ts'
import { invalidArgument, VoxlineError } from '../core/errors.ts'
import { checkShape, reach } from '../core/shape.ts'
import { Geometry, type Grid } from '../geometry/geometry.ts'
import type { IndexMap } from '../geometry/index-map.ts'
import { callNative } from '../native/errors.ts'
import { Allocation } from './allocation.ts'
import { checkDType } from './bulk.ts'
import type { Header } from './header.ts'
import { OwnHeader } from './own-header.ts'
import { allocationOf, type StorageOrigin, type VolumeParts } from './parts.ts'

const kind = 'voxline.volume'

/**
 * A token for a volume's memory. Send it to any thread of the process: the copy that arrives there is as good for
 * `Volume.fromHandle` as the handle itself.
 *
 * Its memory lives until `close()` here, or `Volume.fromHandle(handle, { close: true })` anywhere, whatever becomes of the
 * volume, of the thread it was made in, or of copies of the token. Volumes made from it are owners of their own.
 */
export class VolumeHandle<D extends DType = DType> {
  /** What the token is for. */
  readonly kind: 'voxline.volume' = kind
  /** Number of the process whose memory it is. */
  readonly process: number = process.pid
  /** Number of the handle in its process. */
  readonly id: number
  /** Element type. */
  readonly dtype: D
  /** Elements per voxel. */
  readonly components: number
  /** Voxels per axis. */
  readonly shape: readonly number[]
  /** Elements from voxel to voxel per axis, signed. */
  readonly strides: readonly number[]
  /** Elements from the start of the memory to voxel 0. */
  readonly offset: number
  /** The grid of the geometry, and the map from own voxels to it. */
  readonly grid: Grid & { readonly map: IndexMap }
  /** The volume's header when the handle was made. */
  readonly header: Header
  /** The file it came from. */
  readonly storage: StorageOrigin | null
  /** Repairs made while reading the file. */
  readonly warnings: readonly string[]

  /** @internal Handles are made by `volume.handle()`. */
  constructor(id: number, parts: VolumeParts<D>) {
    const { dtype, components, shape, strides, offset, geometry, header, storage, warnings } = parts
    const { affine, spacing, directions } = geometry.grid
    this.id = id
    this.dtype = dtype
    this.components = components
    this.shape = shape
    this.strides = strides
    this.offset = offset
    this.grid = { affine, spacing, directions, map: geometry.map }
    this.header = header.value
    this.storage = storage
    this.warnings = warnings
  }

  /** Ends it; volumes made from it stay. May be called again. */
  close(): void {
    callNative((addon) => addon.closeHandle(this.id))
  }

  /** The same as `close()`, for `using`. */
  [Symbol.dispose](): void {
    this.close()
  }
}

/** A handle as it arrives in another thread: its fields without its methods. */
export type VolumeToken<D extends DType = DType> = Omit<VolumeHandle<D>, 'close' | typeof Symbol.dispose>

/** Opens a handle to the memory of a volume. */
export function openHandle<D extends DType>(parts: VolumeParts<D>): VolumeHandle<D> {
  return new VolumeHandle(allocationOf(parts, 'handle').openHandle(), parts)
}

/** Parts of a volume over the memory of a handle. Throws `Disposed` when it has been closed. */
export function handleParts<D extends DType>(
  handle: VolumeToken<D>,
  options: { readonly close?: boolean },
): VolumeParts<D> {
  checkOptions('options', options, ['close'])
  if (options.close !== undefined && typeof options.close !== 'boolean')
    throw invalidArgument('options.close', 'true or false', options.close)
  if (handle?.kind !== kind) throw invalidArgument('handle', 'what volume.handle() made', handle)
  if (handle.process !== process.pid)
    throw new VoxlineError('Disposed', 'the handle is of another process', { process: handle.process })
  const id = checkInteger('handle.id', handle.id, 0)
  const parts = described(handle)
  const allocation = Allocation.fromHandle(id)
  checkInside(parts, allocation)
  if (options.close) callNative((addon) => addon.closeHandle(id))
  return { ...parts, allocation }
}

function described<D extends DType>(handle: VolumeToken<D>): VolumeParts<D> {
  const shape = checkShape('handle.shape', handle.shape)
  const { map, ...grid } = handle.grid
  const geometry = new Geometry(grid, map)
  return {
    allocation: null,
    dtype: checkDType('handle.dtype', handle.dtype) as D,
    components: checkInteger('handle.components', handle.components, 1),
    shape,
    strides: checkIntegers('handle.strides', handle.strides, shape.length),
    offset: checkInteger('handle.offset', handle.offset, 0),
    geometry,
    header: new OwnHeader(handle.header, { geometry, shape }),
    storage: handle.storage,
    warnings: handle.warnings,
    parent: null,
  }
}

function checkInside({ shape, strides, offset, components, dtype }: VolumeParts, { bytes }: Allocation) {
  const [low, high] = reach(shape, strides)
  if (offset + low >= 0 && (offset + high + components) * bytesOf(dtype) <= bytes) return
  throw new VoxlineError('OutOfBounds', 'a handle must lie inside its memory', {
    offset,
    shape,
    strides,
    bytes,
  })
}
