import { statSync } from 'node:fs'
import { checkIntegers } from '../core/check.ts'
import { bytesOf } from '../core/dtype.ts'
import { formatError, invalidArgument, VoxlineError } from '../core/errors.ts'
import { checkedBytes, sameNumbers } from '../core/shape.ts'
import type { Geometry } from '../geometry/geometry.ts'
import { translation } from '../geometry/index-map.ts'
import { type Direction, formatOrientation } from '../geometry/orientation.ts'
import type { FileFacts, WriteFacts } from '../volume/format.ts'
import type { VolumeParts } from '../volume/parts.ts'
import type { Region } from '../volume/region.ts'
import { placeForWriting, placeStored, storedGeometry } from '../volume/stored.ts'
import { planStrides } from './encode-plan.ts'
import { fileFormats } from './file-formats.ts'
import { cornerDistance } from './same-grid.ts'
import type { FileTarget } from './storage.ts'

/** Greatest distance, in voxels, between where a file and a volume say that a voxel lies. */
const tolerance = 1e-3

/** A region of a result on its way into a file of the full extent. */
export interface Paste {
  readonly path: string
  /** What the whole result would be as a volume. */
  readonly whole: VolumeParts
  /** In the result's index axes. */
  readonly region: Region
  /** Voxel of the file, in the same axes, where the region's first one goes; its own by default. */
  readonly at?: readonly number[] | undefined
  /** Order on disk of a new file; of a file that is there, it must be the file's. */
  readonly storage?: string | undefined
  /** What values are stored with; null when they are stored as they are. */
  readonly scaling: WriteFacts['scaling']
}

/**
 * The target of a paste: the file that is there, checked against what is to be pasted, or a new one of zeros.
 *
 * Throws `ShapeMismatch` where format, dtype, components, shape, storage order or place differ, `Unsupported` for files that take no parts,
 * `OutOfBounds` where the region would reach beyond the file's voxels; before anything is written.
 */
export async function pasteTarget(paste: Paste): Promise<FileTarget> {
  if (statSync(paste.path, { throwIfNoEntry: false }) === undefined) return newFile(paste)
  return intoFile(paste, await fileFormats().probeFile(paste.path))
}

function newFile({ path, whole, region, at, storage, scaling }: Paste): FileTarget {
  if (at !== undefined)
    throw new VoxlineError('Io', `${path}: does not exist; write.at needs a file to paste into`, { path })
  const format = fileFormats().formatForWriting(path)
  const placed = placeForWriting(whole, { scaling, ...(storage !== undefined && { storage }) })
  const layout = format.layOut(placed.facts, path)
  if (layout.compression !== 'none') throw noParts(path, 'it would be compressed')
  const { dtype, components, shape } = whole
  const { strides, offset } = placed.file
  return {
    ...targetAt(
      path,
      whole,
      strides,
      layout.offset + (offset + stepsTo(region.start, strides)) * bytesOf(dtype),
    ),
    header: layout.header,
    part: {
      length: layout.offset + checkedBytes(shape, components, dtype),
      bigEndian: false,
      isPaste: false,
    },
  }
}

function intoFile(paste: Paste, facts: FileFacts): FileTarget {
  const { path, whole, region, at } = paste
  const { voxels } = facts
  if (voxels.compression !== 'none') throw noParts(path, 'its voxels are compressed')
  if (facts.regionCost !== 'region') throw noParts(path, 'its voxels do not lie in one piece')
  checkSameKind(paste, facts)
  const orientation = formatOrientation(whole.geometry.directions)
  const start = at === undefined ? region.start : checkIntegers('write.at', at, whole.shape.length)
  if (at === undefined) {
    const all = placeStored(facts, { orientation })
    if (!sameNumbers(all.shape, whole.shape)) throw mismatch(path, `the shape [${whole.shape}]`, all.shape)
    checkSamePlace(path, whole.geometry, all.geometry, whole.shape)
  }
  const placed = placeStored(facts, { orientation, region: { start, shape: region.shape } })
  checkSamePlace(path, whole.geometry.moved(translation(region.start)), placed.geometry, region.shape)
  const length = voxels.offset + checkedBytes(voxels.shape, voxels.components, voxels.dtype)
  if (length > facts.fileBytes)
    throw formatError(path, 'voxels', `end at byte ${length}, the file at ${facts.fileBytes}`, voxels.offset)
  const { strides, offset } = placed.file
  return {
    ...targetAt(voxels.path, whole, strides, voxels.offset + offset * bytesOf(whole.dtype)),
    part: { length, bigEndian: voxels.bigEndian, isPaste: true },
  }
}

function targetAt(path: string, whole: VolumeParts, strides: readonly number[], start: number) {
  const { dtype, components } = whole
  const rest = { compression: 'none', header: null, level: 6, overwrite: false } as const
  return {
    kind: 'file',
    path,
    dtype,
    start,
    strides: planStrides(strides, components, dtype),
    ...rest,
  } as const
}

function stepsTo(index: readonly number[], strides: readonly number[]): number {
  return index.reduce((sum, i, axis) => sum + i * (strides[axis] as number), 0)
}

function checkSameKind({ path, whole, storage, scaling }: Paste, facts: FileFacts): void {
  const { voxels } = facts
  const named = formatOfName(path)
  if (named !== null && named !== facts.format) throw mismatch(path, `the format ${named}`, facts.format)
  if (voxels.dtype !== whole.dtype) throw mismatch(path, `the dtype ${whole.dtype}`, voxels.dtype)
  if (voxels.components !== whole.components)
    throw mismatch(path, `${whole.components} components`, voxels.components)
  if (facts.scaling !== null && !sameScaling(facts.scaling, scaling))
    throw noParts(path, 'it has a slope and an intercept, which other values than its own do not have')
  const own = whole.geometry.directions
  const { directions } = storedGeometry(facts)
  if (!sameNumbers(axesOf(own), axesOf(directions)))
    throw mismatch(path, `the axes of ${formatOrientation(own)}`, formatOrientation(directions))
  if (storage !== undefined && storage !== formatOrientation(directions))
    throw mismatch(path, `the storage order ${storage}`, formatOrientation(directions))
}

function axesOf(directions: readonly Direction[]): readonly number[] {
  return directions.map(Math.abs).sort((a, b) => a - b)
}

function sameScaling(a: WriteFacts['scaling'], b: WriteFacts['scaling']): boolean {
  return a?.slope === b?.slope && a?.intercept === b?.intercept
}

// Null for endings that are read only, as those of headers beside their voxels.
function formatOfName(path: string): string | null {
  try {
    return fileFormats().formatForWriting(path).name
  } catch {
    return null
  }
}

function checkSamePlace(path: string, ours: Geometry, file: Geometry, shape: readonly number[]): void {
  const apart = cornerDistance(ours, file, shape)
  if (!(apart <= tolerance))
    throw mismatch(path, 'the place of what is pasted', `voxels ${apart.toPrecision(3)} voxels off`)
}

function mismatch(path: string, wanted: string, received: unknown): VoxlineError {
  const shown = Array.isArray(received) ? `[${received}]` : received
  return new VoxlineError('ShapeMismatch', `${path}: the file must have ${wanted}, it has ${shown}`, {
    path,
    received,
  })
}

function noParts(path: string, reason: string): VoxlineError {
  return new VoxlineError('Unsupported', `${path}: no region can be pasted: ${reason}`, { path, reason })
}

/** Throws `InvalidArgument` when the file pasted into is one of those that are read meanwhile. */
export function checkApart(target: FileTarget, sources: readonly string[]): void {
  if (!target.part?.isPaste) return
  const place = statSync(target.path, { bigint: true })
  for (const path of sources) {
    const { dev, ino } = statSync(path, { bigint: true })
    if (dev === place.dev && ino === place.ino)
      throw invalidArgument('write.path', 'another file than those the pipeline reads', target.path)
  }
}

/** What to say of a paste that failed half-way. */
export function pasteFailure(error: unknown, target: FileTarget): unknown {
  if (!target.part?.isPaste || !(error instanceof VoxlineError)) return error
  const { path } = target
  const message = `${path}: part of the region may have been written: ${error.message}`
  return new VoxlineError(error.code, message, { ...error.details, path, partial: true }, { cause: error })
}
