import { checkOptions } from '../core/check.ts'
import { bytesOf, realOf } from '../core/dtype.ts'
import { invalidArgument } from '../core/errors.ts'
import type { FileFacts } from '../volume/format.ts'
import { allocationOf, partsOf, type VolumeParts } from '../volume/parts.ts'
import type { RegionOptions } from '../volume/region.ts'
import { placeStored, type StoredPlacement } from '../volume/stored.ts'
import { Volume } from '../volume/volume.ts'
import { CustomSource } from './custom-source.ts'
import { planStrides } from './encode-plan.ts'
import { type FileIdentity, fileFormats } from './file-formats.ts'
import type { Info } from './info.ts'
import { bytesInFile } from './spooled-bytes.ts'
import type { Scaling, SourceStorage } from './storage.ts'

/** How a file is seen by a pipeline. */
export interface FileOptions {
  /** A code, or 'storage' for the file's own order; `LPI` by default. */
  readonly orientation?: string
  /** The part of the file that counts as the volume, in index axes. */
  readonly region?: RegionOptions
  /** False for the values as stored, without the header's slope and intercept. */
  readonly scale?: boolean
}

/** A file as a pipeline's source. */
export interface FileSource {
  /** The file. */
  readonly path: string
  /** How it is read. */
  readonly options: FileOptions
}

class File implements FileSource {
  readonly path: string
  readonly options: FileOptions

  constructor(path: string, options: FileOptions) {
    this.path = path
    this.options = options
  }
}

/** A file to be read with options; its header is read when a pipeline runs. */
export function fromFile(path: string, options: FileOptions = {}): FileSource {
  if (typeof path !== 'string' || path === '')
    throw invalidArgument('fromFile.path', 'the path of a file', path)
  checkOptions('fromFile', options, ['orientation', 'region', 'scale'])
  if (options.scale !== undefined && typeof options.scale !== 'boolean')
    throw invalidArgument('fromFile.scale', 'true or false', options.scale)
  return new File(path, { ...options })
}

/** What a pipeline may start from besides another pipeline: a path, a file with options, a file's bytes, a volume, functions. */
export type VoxelSource = string | FileSource | Uint8Array | Volume | CustomSource

/** A source whose voxels lie somewhere already. */
export type StoredSource = Exclude<VoxelSource, CustomSource>

export function isVoxelSource(source: unknown): source is VoxelSource {
  return (
    typeof source === 'string' ||
    source instanceof File ||
    source instanceof Uint8Array ||
    source instanceof Volume ||
    source instanceof CustomSource
  )
}

/** A source whose header has been read. */
export interface OpenSource {
  /** What the pipeline's first step sees: real values unless they were asked for as stored. */
  readonly info: Info
  readonly storage: SourceStorage
  /** Of stored values to `info`'s; null when they are the same. */
  readonly scaling: Scaling | null
  /** Of values that were left as stored: a file they are copied to says it again. */
  readonly storedScaling: Scaling | null
  readonly label: string
  /** What it is, to see later whether it is still the same. */
  readonly stamp: readonly unknown[]
  /** Axis order and direction in memory or in the file, and where the volume came from. */
  readonly strides: readonly number[]
  readonly origin: Pick<VolumeParts, 'storage' | 'warnings' | 'header'>
  /** What holds the voxels, when they are in memory. */
  readonly allocation: VolumeParts['allocation']
  /** Ends what was opened for the run. */
  close(): Promise<void>
}

// What copies made for one run are copies of.
const originals = new WeakMap<Volume | Uint8Array, readonly unknown[]>()

/** Lets a copy made for one run count as the source itself, as it is now. */
export function standFor<S extends Volume | Uint8Array>(copy: S, source: S): void {
  originals.set(copy, source instanceof Volume ? volumeStamp(source) : [source])
}

function volumeStamp(volume: Volume): readonly unknown[] {
  const parts = partsOf(volume)
  const allocation = allocationOf(parts, 'a pipeline')
  return [allocation, allocation.version, `${parts.offset} ${parts.strides} ${parts.shape}`]
}

/** Opens a source for one run: reads headers, no voxel. */
export async function openSource(source: StoredSource): Promise<OpenSource> {
  if (source instanceof Volume) return openVolume(source)
  if (source instanceof Uint8Array) return await openBytes(source)
  const { path, options } = typeof source === 'string' ? fromFile(source) : source
  const facts = await fileFormats().probeFile(path)
  const opened = openFacts(facts, options, path)
  return { ...opened, stamp: [...opened.stamp, ...facts.files.map(identityText)] }
}

function openVolume(volume: Volume): OpenSource {
  const parts = partsOf(volume)
  const { shape, dtype, components, geometry, header, strides } = parts
  const allocation = allocationOf(parts, 'a pipeline')
  const storage = viewStorage(parts)
  const info = { shape, dtype, components, geometry, header: header.value }
  const stamp = originals.get(volume) ?? volumeStamp(volume)
  const own = { label: 'volume', stamp, strides, origin: parts, allocation, close: async () => {} }
  return { info, storage, scaling: null, storedScaling: null, ...own }
}

/** The voxels of an allocated volume as a plan's source or sink. */
export function viewStorage(parts: VolumeParts): Extract<SourceStorage, { kind: 'view' }> {
  const { dtype, components, strides, offset } = parts
  const memory = allocationOf(parts, 'a pipeline').native
  return {
    kind: 'view',
    memory,
    dtype,
    offset: offset * bytesOf(dtype),
    strides: planStrides(strides, components, dtype),
  }
}

async function openBytes(bytes: Uint8Array): Promise<OpenSource> {
  const facts = await fileFormats().probeFile(bytes)
  const file = await bytesInFile(bytes)
  const moved = { ...facts, voxels: { ...facts.voxels, path: file.path } }
  return { ...openFacts(moved, {}, 'bytes'), stamp: originals.get(bytes) ?? [bytes], close: file.remove }
}

function openFacts(facts: FileFacts, options: FileOptions, label: string): OpenSource {
  const { orientation, region, scale } = options
  const placed = placeStored(facts, { ...(orientation && { orientation }), ...(region && { region }) })
  const { shape, geometry, header, storage: origin } = placed
  const scaling = scale === false ? null : facts.scaling
  const { dtype: stored, components } = facts.voxels
  const info = { shape, dtype: scaling ? realOf(stored) : stored, components, geometry, header: header.value }
  return {
    info,
    storage: fileStorage(facts, placed.file),
    scaling,
    storedScaling: null,
    label,
    stamp: [JSON.stringify(options)],
    strides: placed.file.strides,
    origin: { storage: origin, warnings: facts.warnings, header },
    allocation: null,
    close: async () => {},
  }
}

function identityText({ path, size, mtimeNs, ino }: FileIdentity): string {
  return `${path} ${size} ${mtimeNs} ${ino}`
}

/** The voxels of a file as a plan's source, placed in elements. */
export function fileStorage(
  facts: FileFacts,
  placed: StoredPlacement['file'],
): Extract<SourceStorage, { kind: 'file' }> {
  const { path, offset, compression, streamStart, bigEndian, dtype, components } = facts.voxels
  return {
    kind: 'file',
    path,
    dtype,
    compression,
    ...(streamStart !== undefined && { streamStart }),
    bigEndian,
    start: offset + placed.offset * bytesOf(dtype),
    strides: planStrides(placed.strides, components, dtype),
  }
}

/** Values as stored: a pipeline that only moves voxels keeps slope and intercept. */
export function unscaled(source: OpenSource): OpenSource {
  if (source.scaling === null) return source
  return {
    ...source,
    scaling: null,
    storedScaling: source.scaling,
    info: { ...source.info, dtype: source.storage.dtype },
  }
}
