import { checkOptions } from '../core/check.ts'
import { invalidArgument } from '../core/errors.ts'
import { checkedBytes, sameNumbers } from '../core/shape.ts'
import type { NativeMemory } from '../native/addon.ts'
import { callNative } from '../native/errors.ts'
import type { Allocation } from '../volume/allocation.ts'
import { allocationOf, makeVolume, type VolumeParts, writing } from '../volume/internals.ts'
import { checkRegion, type Region, type RegionOptions } from '../volume/region.ts'
import { Volume } from '../volume/volume.ts'
import type { Definition } from './flow.ts'
import type { Info } from './info.ts'
import type { Goal } from './planner.ts'
import { volumesOf } from './prepare.ts'
import { nodesBelow, outputsOf } from './prepared.ts'
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
  definition: Definition,
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
      return await run.execute({ region, sinks: [], held: 0 })
    }
    return into ? await fill(run, into, region) : await makeOne(run, resultParts(target, region), region)
  })
}

/** Runs several pipelines into memory at once; gives the volumes in their order. */
export async function computeTogether(
  definition: Definition,
  options: Omit<ComputeOptions, 'into'>,
  caller: Caller,
): Promise<readonly Volume[]> {
  const { region: asked, ...rest } = options
  checkOptions('compute.region', asked ?? {}, ['start', 'shape'])
  const settings = settleRun('compute', rest)
  return await Run.during({ definition, settings, caller }, async (run) => {
    const { target } = run.prepared
    const region = checkRegion('compute.region', asked ?? {}, target.info.shape)
    const results = outputsOf(target).map((output) => resultParts(output, region))
    return await make(run, results, region)
  })
}

/** Computes everything for a sink that takes it at once; `opened` is awaited before anything is computed. */
export async function computeWhole(
  definition: Definition,
  settings: Settings,
  caller: Caller,
  opened: (info: Info) => Promise<void>,
): Promise<Volume> {
  return await Run.during({ definition, settings, caller }, async (run) => {
    const { target } = run.prepared
    checkVolume(run, settings)
    await run.aside(() => opened(target.info))
    const region = checkRegion('write.region', {}, target.info.shape)
    return await makeOne(run, resultParts(target, region), region)
  })
}

async function makeOne(run: Run, result: VolumeParts, region: Region): Promise<Volume> {
  const [volume] = await make(run, [result], region)
  return volume as Volume
}

async function make(run: Run, results: readonly VolumeParts[], region: Region): Promise<readonly Volume[]> {
  const volumes: Volume[] = []
  try {
    const parts = results.map(allocated)
    for (const one of parts) volumes.push(makeVolume(one))
    const held = parts.reduce(
      (sum, { shape, components, dtype }) => sum + checkedBytes(shape, components, dtype),
      0,
    )
    await run.execute({ region, sinks: parts.map(viewStorage), held })
    return volumes
  } catch (error) {
    for (const volume of volumes) volume.dispose()
    throw error
  }
}

async function fill(run: Run, into: Volume, region: Region): Promise<Volume> {
  const { target } = run.prepared
  const { dtype, components } = target.info
  const parts = checkInto(into, { shape: region.shape, dtype, components })
  const sink = viewStorage(parts)
  const direct = { region, sinks: [sink], held: 0 }
  const own = allocationOf(parts, 'compute.into')
  if (!sharesMemory(run, own) || isSafeInPlace(run, direct, sink, own)) {
    await writing(own, [], async () => void (await run.execute(direct)))
    return into
  }
  // The result would overwrite voxels that are still to be read.
  const volume = await makeOne(run, resultParts(target, region), region)
  try {
    await into.copyFrom(volume)
  } finally {
    volume.dispose()
  }
  return into
}

function sharesMemory(run: Run, own: Allocation): boolean {
  return volumesOf(run.prepared.target).some(({ allocation }) => allocation?.overlaps(own))
}

function idOf(memory: NativeMemory): number {
  return callNative((addon) => addon.memoryInfo(memory)).id
}

// Every voxel is read only where it is written, or in other memory: no stage looks at neighbours and both are the same voxels.
function isSafeInPlace(run: Run, goal: Goal, sink: ViewStorage, own: Allocation): boolean {
  const nodes = nodesBelow(run.prepared.target)
  const sources = nodes.flatMap((node) => (node.kind === 'source' ? [node.source] : []))
  if (
    nodes.some(({ kind }) => kind === 'regional') ||
    !sources.every((source) => isApart(source, own) || isSame(source, goal.region, sink))
  )
    return false
  const reaches = run.segment.planner
    .outline(goal)
    .flatMap(({ layout }) => layout.nodes.flatMap(({ low, high }) => [...low, ...high]))
  return reaches.every((reach) => reach === 0)
}

// In other memory; files and functions may know of any.
function isApart({ allocation }: OpenSource, own: Allocation): boolean {
  return allocation !== null && !allocation.overlaps(own)
}

function isSame({ storage, info }: OpenSource, region: Region, sink: ViewStorage): boolean {
  if (storage.kind !== 'view') return false
  if (
    idOf(storage.memory) !== idOf(sink.memory) ||
    storage.dtype !== sink.dtype ||
    !sameNumbers(storage.strides, sink.strides)
  )
    return false
  const first = region.start.reduce(
    (sum, start, axis) => sum + start * (storage.strides[axis] as number),
    storage.offset,
  )
  return first === sink.offset && info.shape.length === region.start.length
}
