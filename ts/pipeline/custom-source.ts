import { checkOptions } from '../core/check.ts'
import { arrayClass, codeOf, type TypedArray } from '../core/dtype.ts'
import { invalidArgument, VoxlineError } from '../core/errors.ts'
import { canonicalStrides, sizeOf } from '../core/shape.ts'
import type { NativeView } from '../native/addon.ts'
import { callNative } from '../native/errors.ts'
import type { DescribeOptions } from '../volume/create.ts'
import type { Region } from '../volume/region.ts'
import { Volume } from '../volume/volume.ts'
import { abortable } from './abortable.ts'
import { planStrides } from './encode-plan.ts'
import type { Info } from './info.ts'
import { regionBytes } from './patch.ts'
import type { AnyRegional, HeldPatch, Patch, Regional, RegionalTools } from './regional.ts'

/** What a source of one's own is asked for. */
export interface SourceRequest {
  /** The voxels wanted, in index axes. */
  readonly region: Region
  /** Aborted when nobody waits for them any more. */
  readonly signal: AbortSignal | undefined
}

/** A source made of functions: a series of slices, a socket, a computation. */
export interface SourceDeclaration {
  /** Used in messages and explanations. */
  readonly name: string
  /**
   * Shape, element type and geometry, as `Volume.describe` takes them; called once per run, before any voxel is read; it may wait for other runs. A run that is
   * aborted or out of time does not wait for it, and calls `close` when it settles.
   */
  readonly describe: () => DescribeOptions | Promise<DescribeOptions>
  /**
   * Voxels of a region: dense, components first, then axis 0 fastest; of the class of the source's element type. A run that is aborted or
   * out of time does not wait for them: what comes later, voxels or an error, is dropped.
   */
  readonly read: (request: SourceRequest) => TypedArray | Promise<TypedArray>
  /** False for a source that gives its whole volume only: it is then read once per run and held in memory. */
  readonly canReadRegion?: boolean
  /** Called once per run, when nothing more will be read; a `read` that nobody waits for any more may still go on. */
  readonly close?: () => void | Promise<void>
}

/** A source made by `defineSource`. */
export class CustomSource {
  /** What it was made of. */
  readonly declaration: SourceDeclaration

  /** @internal Made by `defineSource`. */
  constructor(declaration: SourceDeclaration) {
    this.declaration = declaration
  }
}

/** Makes a source for `pipe` of functions. */
export function defineSource(declaration: SourceDeclaration): CustomSource {
  checkOptions('defineSource', declaration, ['name', 'describe', 'read', 'canReadRegion', 'close'])
  const { name, describe, read, canReadRegion = true, close = () => {} } = declaration
  if (typeof name !== 'string' || name === '') throw invalidArgument('defineSource.name', 'a name', name)
  for (const [key, given] of Object.entries({ describe, read, close }))
    if (typeof given !== 'function') throw invalidArgument(`defineSource.${key}`, 'a function', given)
  if (typeof canReadRegion !== 'boolean')
    throw invalidArgument('defineSource.canReadRegion', 'true or false', canReadRegion)
  return new CustomSource({ ...declaration })
}

/** What a source says of itself. */
export async function describeSource(
  { declaration }: CustomSource,
  signal: AbortSignal | undefined,
): Promise<Info> {
  const describing = (async () => await declaration.describe())()
  const described = await abortable(describing, signal).catch((error: unknown) => {
    if (signal?.aborted) closeLater(declaration, describing)
    throw error
  })
  const { shape, dtype, components, geometry, header } = Volume.describe(described)
  return { shape, dtype, components, geometry, header }
}

// What a description opened that came too late; nobody is there to be told of a failure.
function closeLater({ close }: SourceDeclaration, describing: Promise<unknown>): void {
  describing.then(async () => await close?.()).catch(() => {})
}

/** How a run gets a source's voxels. */
export function readingSource(source: CustomSource, info: Info): AnyRegional {
  const { canReadRegion = true } = source.declaration
  const whole = { start: info.shape.map(() => 0), shape: info.shape }
  const fill = async (region: Region, output: Patch, tools: RegionalTools) =>
    await copyArray(tools, await voxelsOf(source, info, region, tools.signal), info, output)
  if (canReadRegion)
    return { needs: () => [], generate: ({ region, output, tools }) => fill(region, output, tools) }
  const once: Regional<HeldPatch> = {
    needs: () => [],
    held: regionBytes(info, whole),
    isMadeOnce: true,
    prepare: async (tools: RegionalTools) => {
      const all = tools.allocate(info)
      try {
        await fill(whole, all, tools)
        return all
      } catch (error) {
        all.release()
        throw error
      }
    },
    release: (all) => all.release(),
    generate: async ({ region, output, state, tools }) => await tools.copy(partOf(state, region), output),
  }
  return once
}

/** A region of a patch that starts at voxel 0 of its volume. */
export function partOf({ view, extent }: Patch, { start, shape }: Region): Patch {
  const offset = start.reduce((sum, first, axis) => sum + first * (view.strides[axis] as number), view.offset)
  const own = [...shape, ...view.shape.slice(shape.length)]
  return {
    view: { ...view, offset, shape: own },
    start: [...start, ...own.slice(start.length).map(() => 0)],
    extent,
  }
}

async function voxelsOf(
  { declaration }: CustomSource,
  { dtype, components }: Info,
  region: Region,
  signal: AbortSignal | undefined,
): Promise<TypedArray> {
  const reading = async () => await declaration.read({ region, signal })
  const array = await abortable(reading(), signal)
  const expected = sizeOf(region.shape) * components
  if (array instanceof arrayClass(dtype) && array.length === expected) return array
  const shown = (a: unknown) =>
    ArrayBuffer.isView(a) ? `${a.constructor.name} of ${(a as TypedArray).length}` : typeof a
  const message = `${declaration.name}: read must give a ${arrayClass(dtype).name} of ${expected} elements, received ${shown(array)}`
  throw new VoxlineError('Filter', message, { filter: declaration.name, region })
}

async function copyArray(
  tools: RegionalTools,
  array: TypedArray,
  { dtype, components }: Info,
  output: Patch,
): Promise<void> {
  const memory = callNative((addon) => addon.wrap(array))
  const { shape } = output.view
  const own = components > 1 ? shape.slice(0, -1) : shape
  const strides = planStrides(canonicalStrides(own, components), components, dtype)
  const view: NativeView = { memory, dtype: codeOf(dtype), offset: 0, shape, strides }
  try {
    await tools.copy({ ...output, view }, output)
  } finally {
    callNative((addon) => addon.release(memory))
  }
}
