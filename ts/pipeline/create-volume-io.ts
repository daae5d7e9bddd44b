import { checkChoice, checkOptions } from '../core/check.ts'
import { bytesOf, type DType, isDType, realOf } from '../core/dtype.ts'
import { invalidArgument } from '../core/errors.ts'
import { sizeOf } from '../core/shape.ts'
import { inverseMap } from '../geometry/index-map.ts'
import { turn } from '../geometry/orientation.ts'
import { callNative } from '../native/errors.ts'
import type { FileFacts } from '../volume/format.ts'
import { Allocation, makeVolume, mappedVolume, owning, partsOf, storedVolume } from '../volume/internals.ts'
import { checkMappable, placeForWriting, placeStored, type StoredPlacement } from '../volume/stored.ts'
import type { Volume } from '../volume/volume.ts'
import type { MapOptions, ReadOptions, VolumeIo, WriteOptions } from '../volume/volume-io.ts'
import { type EncodedPlan, encodePlan, planShape, planStrides } from './encode-plan.ts'
import type { FileFormats } from './file-formats.ts'
import { fitPlan } from './fit-plan.ts'
import { nativeKernels } from './kernels-of.ts'
import { pipe } from './pipe.ts'
import { ProgressReporter } from './progress.ts'
import { callerOf } from './run.ts'
import { runPass } from './run-pass.ts'
import { RunStop } from './run-stop.ts'
import { fileStorage } from './source.ts'
import { bytesInFile } from './spooled-bytes.ts'
import type { ViewStorage } from './storage.ts'

const readOptions = ['orientation', 'layout', 'region', 'margin', 'dtype', 'scale', 'signal', 'onProgress']

/** Reading, mapping and writing of volumes with the given file formats. */
export function createVolumeIo({ probeFile, probeFileSync }: FileFormats): VolumeIo {
  return {
    read: async (source, options) => {
      checkRead(options)
      options.signal?.throwIfAborted()
      const facts = await probeFile(source)
      if (typeof source === 'string') return await readFile(facts, options)
      const file = await bytesInFile(source)
      try {
        return await readFile({ ...facts, voxels: { ...facts.voxels, path: file.path } }, options)
      } finally {
        await file.remove()
      }
    },
    map: (path, options) => {
      checkOptions('map', options, ['orientation', 'mode'])
      return mapFile(probeFileSync(path), options)
    },
    write: writeVolume,
  }
}

function checkRead(options: ReadOptions): void {
  checkOptions('read', options, readOptions)
  const { dtype, scale } = options
  if (dtype !== undefined && !isDType(dtype))
    throw invalidArgument('read.dtype', 'the name of an element type', dtype)
  if (scale !== undefined && typeof scale !== 'boolean')
    throw invalidArgument('read.scale', 'true or false', scale)
}

async function readFile(facts: FileFacts, options: ReadOptions): Promise<Volume> {
  const { scale, signal, onProgress, dtype: asked, ...stored } = options
  const placed = placeStored(facts, stored)
  const scaling = scale === false ? null : facts.scaling
  const natural = scaling ? realOf(facts.voxels.dtype) : facts.voxels.dtype
  const dtype = asked ?? natural
  const { elements } = placed.memory
  const isFull = sizeOf(placed.available.shape) * facts.voxels.components === elements
  const allocation = Allocation.allocate(elements * bytesOf(dtype), !isFull)
  // Values that are converted further are computed in float64, so that they are rounded once.
  const node = scaling && asked !== undefined ? 'float64' : natural
  const progress = new ProgressReporter(
    onProgress && (({ fraction }) => onProgress({ fraction })),
    [1],
    elements,
  )
  return await owning([allocation], async () => {
    const plan = readPlan(facts, placed, { allocation, dtype, scaling, node })
    await runPass(plan, {
      stop: new RunStop(signal),
      caller: callerOf(readFile),
      onProgress: (fraction) => progress.update(fraction),
    })
    progress.finish()
    return storedVolume(facts, placed, { allocation, dtype })
  })
}

interface ReadTarget {
  readonly allocation: Allocation
  readonly dtype: DType
  readonly scaling: FileFacts['scaling']
  /** Element type between file and memory. */
  readonly node: DType
}

// Bytes of the file in flight while it is read into memory.
const readBudget = 64 * 2 ** 20

// One source, one sink: what the file has of the volume and its margin.
function readPlan(
  facts: FileFacts,
  placed: StoredPlacement,
  { allocation, dtype, scaling, node }: ReadTarget,
): EncodedPlan {
  const { components } = facts.voxels
  const { available, file, memory } = placed
  const at = (strides: readonly number[]) =>
    available.start.reduce((sum, first, axis) => sum + first * strides[axis], 0)
  const storage = fileStorage(facts, { strides: file.strides, offset: file.offset + at(file.strides) })
  const source = { kind: 'source', dtype: node, storage, scaling, label: facts.path } as const
  const sink: ViewStorage = {
    kind: 'view',
    memory: allocation.native,
    dtype,
    offset: (memory.offset + at(memory.strides)) * bytesOf(dtype),
    strides: planStrides(memory.strides, components, dtype),
  }
  const extent = planShape(available.shape, components)
  const settings = {
    executor: 'fused',
    level: -1,
    threads: 0,
    divisions: 0,
    split: 'slabs',
    tile: [],
  } as const
  const request = {
    extent,
    region: { start: extent.map(() => 0), shape: extent },
    ...settings,
    nodes: [source],
  }
  const encode = (budget: number) => {
    return encodePlan({ ...request, memory: budget, sinks: [{ node: 0, storage: sink }] }, nativeKernels())
  }
  return fitPlan(encode, readBudget, ({ tightest }) => tightest()).encoded
}

function mapFile(facts: FileFacts, { orientation, mode = 'r' }: MapOptions): Volume {
  checkChoice('map.mode', mode, ['r', 'r+', 'c'])
  const placed = placeStored(facts, orientation === undefined ? {} : { orientation })
  checkMappable(facts)
  const { path, offset, dtype, components, shape } = facts.voxels
  const bytes = sizeOf(shape) * components * bytesOf(dtype)
  const native = callNative((addon) => addon.mapFile(path, mode, offset, bytes))
  return mappedVolume(facts, placed, Allocation.adopt(native))
}

async function writeVolume(volume: Volume, path: string, options: WriteOptions): Promise<void> {
  const { region, at, compression, storage, ...rest } = options
  checkOptions('write', rest, ['overwrite', 'signal', 'onProgress'])
  const level = typeof compression === 'boolean' ? (compression ? undefined : 0) : compression
  const { onProgress, ...others } = rest
  const progress = onProgress && {
    onProgress: ({ fraction }: { fraction: number }) => onProgress({ fraction }),
  }
  const wanted = {
    ...others,
    ...progress,
    ...(level !== undefined && { compression: level }),
    ...(storage !== undefined && { storage }),
    ...(region !== undefined && { region }),
    ...(at !== undefined && { at }),
  }
  if (volume.isAllocated) return await pipe(volume).write(path, wanted)
  const zeros = zerosLike(volume)
  try {
    await pipe(zeros).write(path, wanted)
  } finally {
    zeros.dispose()
  }
}

// One voxel of zeros, seen everywhere. As if it came from a file in the order it is to be stored in: its strides tell none.
function zerosLike(volume: Volume): Volume {
  const parts = partsOf(volume)
  const { directions } = placeForWriting(parts)
  const map = inverseMap(turn(parts.geometry.directions, directions, parts.shape))
  const allocation = Allocation.allocate(parts.components * bytesOf(parts.dtype), true)
  const strides = parts.shape.map(() => 0)
  return makeVolume({ ...parts, allocation, strides, offset: 0, storage: { directions, map } })
}
