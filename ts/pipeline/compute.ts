import { checkOptions } from '../core/check.ts'
import { invalidArgument } from '../core/errors.ts'
import { checkedBytes, sameNumbers } from '../core/shape.ts'
import { callNative } from '../native/errors.ts'
import { type Allocation, allocationOf, makeVolume, type VolumeParts, writing } from '../volume/internals.ts'
import { checkRegion, type Region, type RegionOptions } from '../volume/region.ts'
import { Volume } from '../volume/volume.ts'
import type { Bound } from './flow.ts'
import type { Info } from './info.ts'
import type { Goal } from './planner.ts'
import { volumesOf } from './prepare.ts'
import { nodesBelow } from './prepared.ts'
import { Run } from './run.ts'
import type { Caller } from './run-scope.ts'
import { type RunOptions, type Settings, settleRun } from './settings.ts'
import { type OpenSource, viewStorage } from './source.ts'
import type { ViewStorage } from './storage.ts'
import { allocated, checkInto, resultParts } from './targets.ts'
import { checkVolume } from './tiles.ts'

/** Options of `compute`. */
export interface ComputeOptions extends RunOptions {
  /** Part of the output to compute, in index axes; everything by default. */
  readonly region?: RegionOptions
  /** A volume or view to fill, of any strides, with the result's shape and element type. */
  readonly into?: Volume
}

/** Runs a pipeline into memory. */
export async function computeRun(
  definition: Bound,
  options: ComputeOptions,
  caller: Caller,
): Promise<unknown> {
  const { region: asked, into, ...rest } = options
  checkOptions('compute.region', asked ?? {}, ['start', 'shape'])
  if (into !== undefined && !(into instanceof Volume)) throw invalidArgument('compute.into', 'a volume', into)
  const settings = settleRun('compute', rest)
  return await Run.during({ definition, settings, caller }, async (run) => {
    const { target, measures } = run.prepared
    const region = checkRegion('compute.region', asked ?? {}, target.info.shape)
    if (measures) {
      if (into) throw invalidArgument('compute.into', 'left out: the last step makes a plain object', into)
      return await run.execute({ region, sink: null, held: 0 })
    }
    const result = resultParts(target, region)
    return into ? await fill(run, into, result, region) : await make(run, result, region)
  })
}

/** Computes everything for a sink that takes it at once; `opened` is awaited before anything is computed. */
export async function computeWhole(
  definition: Bound,
  settings: Settings,
  caller: Caller,
  opened: (info: Info) => Promise<void>,
): Promise<Volume> {
  return await Run.during({ definition, settings, caller }, async (run) => {
    const { target } = run.prepared
    checkVolume(run, settings)
    await opened(target.info)
    const region = checkRegion('write.region', {}, target.info.shape)
    return await make(run, resultParts(target, region), region)
  })
}

async function make(run: Run, result: VolumeParts, region: Region): Promise<Volume> {
  const parts = allocated(result)
  const volume = makeVolume(parts)
  try {
    const held = checkedBytes(parts.shape, parts.components, parts.dtype)
    await run.execute({ region, sink: viewStorage(parts), held })
    return volume
  } catch (error) {
    volume.dispose()
    throw error
  }
}

async function fill(run: Run, into: Volume, result: VolumeParts, region: Region): Promise<Volume> {
  const parts = checkInto(into, result)
  const direct = { region, sink: viewStorage(parts), held: 0 }
  if (!sharesMemory(run, parts) || isSafeInPlace(run, direct)) {
    await writing(allocationOf(parts, 'compute.into'), [], async () => void (await run.execute(direct)))
    return into
  }
  // The result would overwrite voxels that are still to be read.
  const volume = await make(run, result, region)
  try {
    await into.copyFrom(volume)
  } finally {
    volume.dispose()
  }
  return into
}

function sharesMemory(run: Run, target: VolumeParts): boolean {
  const idOf = (allocation: Allocation) => callNative((addon) => addon.memoryInfo(allocation.native)).id
  const id = idOf(allocationOf(target, 'compute.into'))
  return volumesOf(run.prepared.target).some(({ allocation }) => allocation && idOf(allocation) === id)
}

// Every voxel is read only where it is written: no stage looks at neighbours and both are the same voxels.
function isSafeInPlace(run: Run, goal: Goal & { readonly sink: ViewStorage }): boolean {
  const nodes = nodesBelow(run.prepared.target)
  const sources = nodes.flatMap((node) => (node.kind === 'source' ? [node.source] : []))
  if (nodes.some(({ kind }) => kind === 'regional') || !sources.every((source) => isSame(source, goal)))
    return false
  const reaches = run.segment.planner
    .outline(goal)
    .flatMap(({ layout }) => layout.nodes.flatMap(({ low, high }) => [...low, ...high]))
  return reaches.every((reach) => reach === 0)
}

function isSame(
  { storage, info }: OpenSource,
  { sink, region }: Goal & { readonly sink: ViewStorage },
): boolean {
  if (storage.kind !== 'view' || storage.dtype !== sink.dtype || !sameNumbers(storage.strides, sink.strides))
    return false
  const first = region.start.reduce(
    (sum, start, axis) => sum + start * (storage.strides[axis] as number),
    storage.offset,
  )
  return first === sink.offset && info.shape.length === region.start.length
}
