import { checkInteger } from '../core/check.ts'
import { bytesOf } from '../core/dtype.ts'
import { VoxlineError } from '../core/errors.ts'
import { checkedBytes, sameNumbers } from '../core/shape.ts'
import { composeMaps, translation } from '../geometry/index-map.ts'
import { Allocation } from '../volume/allocation.ts'
import type { WriteFacts } from '../volume/format.ts'
import { memoryDirections, placementIn } from '../volume/memory-order.ts'
import { OwnHeader } from '../volume/own-header.ts'
import { partsOf, type VolumeParts, writableAllocationOf } from '../volume/parts.ts'
import type { Region } from '../volume/region.ts'
import { placeForWriting } from '../volume/stored.ts'
import type { Volume } from '../volume/volume.ts'
import { planStrides } from './encode-plan.ts'
import { fileFormats } from './file-formats.ts'
import type { PreparedNode } from './prepared.ts'
import type { FileTarget } from './storage.ts'

/** The parts of a result that has no memory yet: dense, its axes ordered as the node says. */
export function resultParts(
  node: Pick<PreparedNode, 'info' | 'strides' | 'origin'>,
  region: Region,
): VolumeParts {
  const { info, strides, origin } = node
  const { dtype, components } = info
  const { shape } = region
  const map = translation(region.start)
  const geometry = info.geometry.moved(map)
  const order = memoryDirections(info.geometry.directions, info.shape, strides)
  return {
    allocation: null,
    dtype,
    components,
    shape,
    ...placementIn(order, info.geometry.directions, shape, components),
    geometry,
    header: new OwnHeader(info.header, info).moved(map, { geometry, shape }),
    storage: origin.storage && { ...origin.storage, map: composeMaps(origin.storage.map, map) },
    warnings: origin.warnings,
    parent: null,
  }
}

/** The same with memory of its own, whose contents are undefined. */
export function allocated(parts: VolumeParts): VolumeParts {
  return { ...parts, allocation: Allocation.allocate(bytesOfParts(parts), false) }
}

/** The same without memory, for plans that nobody runs. */
export function imagined(parts: VolumeParts): VolumeParts {
  return { ...parts, allocation: Allocation.imagine(bytesOfParts(parts)) }
}

function bytesOfParts({ shape, components, dtype }: VolumeParts): number {
  return checkedBytes(shape, components, dtype)
}

/** The parts of `into`; throws `ShapeMismatch` unless it can take the result, `Unsupported` unless it can be written to. */
export function checkInto(
  into: Volume,
  result: Pick<VolumeParts, 'shape' | 'dtype' | 'components'>,
): VolumeParts {
  const parts = partsOf(into)
  const { shape, dtype, components } = result
  if (!sameNumbers(parts.shape, shape) || parts.dtype !== dtype || parts.components !== components) {
    const shown = (p: typeof result) => `[${p.shape}] × ${p.components} ${p.dtype}`
    const message = `compute.into must be a volume of ${shown(result)}, received ${shown(parts)}`
    const received = { shape: parts.shape, dtype: parts.dtype, components: parts.components }
    throw new VoxlineError('ShapeMismatch', message, {
      argument: 'compute.into',
      expected: { shape, dtype, components },
      received,
    })
  }
  writableAllocationOf(parts, 'compute.into')
  return parts
}

/** How a file is to be written. */
export interface FileWriteOptions {
  /** Order on disk: a code; the file's the volume came from, else memory order, by default. */
  readonly storage?: string | undefined
  /** Replaces a file that is there already. */
  readonly overwrite?: boolean | undefined
  /** Level of compression, 0 to 9, for formats that compress; 6 by default. */
  readonly compression?: number | undefined
}

/** A file to be made, with what its format cannot hold. */
export interface PlannedFile {
  readonly target: FileTarget
  readonly dropped: readonly string[]
}

/** Lays out the file a result is written to. Throws `Unsupported` when the format cannot hold it. */
export function fileTarget(
  path: string,
  result: VolumeParts,
  options: FileWriteOptions & { readonly scaling?: WriteFacts['scaling'] },
): PlannedFile {
  const format = fileFormats().formatForWriting(path)
  const { storage, scaling = null, overwrite = false, compression } = options
  const placed = placeForWriting(result, { scaling, ...(storage !== undefined && { storage }) })
  const layout = format.layOut(placed.facts, path)
  const level = compression === undefined ? 6 : checkInteger('write.compression', compression, 0, 9)
  if (compression !== undefined && layout.compression === 'none')
    throw new VoxlineError(
      'InvalidArgument',
      `write.compression must be left out: ${path} is not compressed`,
      {
        argument: 'write.compression',
        received: compression,
      },
    )
  const { dtype, components } = result
  const target: FileTarget = {
    kind: 'file',
    path,
    dtype,
    compression: layout.compression,
    start: layout.offset + placed.file.offset * bytesOf(dtype),
    strides: planStrides(placed.file.strides, components, dtype),
    header: layout.header,
    level,
    overwrite,
  }
  return { target, dropped: layout.dropped }
}

/** A file nobody writes, in the result's memory order: plans that stream are laid out for it. */
export function streamedTarget(result: VolumeParts): FileTarget {
  const { dtype, components, strides, offset } = result
  const bytes = planStrides(strides, components, dtype)
  const start = offset * bytesOf(dtype)
  const rest = { header: null, level: 6, overwrite: false } as const
  return { kind: 'file', path: '', dtype, compression: 'none', start, strides: bytes, ...rest }
}
