import { arrayClass, bytesOf, codeOf, type DType, type TypedArray } from '../../ts/core/dtype.ts'
import type { AnyStep, Volume } from '../../ts/index.ts'
import type { NativeView, RegionRequest } from '../../ts/native/addon.ts'
import { awaitNative, callNative } from '../../ts/native/errors.ts'
import { type KernelName, kernelFields } from '../../ts/native/kernels.ts'
import type { Info } from '../../ts/pipeline/info.ts'
import type {
  HeldPatch,
  Patch,
  PatchShape,
  RegionalTools,
  RegionalViews,
} from '../../ts/pipeline/regional.ts'
import type { Region } from '../../ts/volume/region.ts'

/** How a regional step is run without an engine. */
export interface RegionalRun {
  /** Regions that are made one by one; all of the volume by default. */
  readonly regions?: readonly Region[]
  /** Bytes for what comes before; a step that holds more goes its lean way. */
  readonly budget?: number
  readonly level?: string
  readonly threads?: number
}

const plenty = 2 ** 30
const levelNames = ['baseline', 'v2', 'v3', 'v4', 'neon']

/** Runs one regional step on a volume in memory by the contract alone, region by region. */
export async function runRegional(volume: Volume, step: AnyStep, run: RegionalRun = {}): Promise<TypedArray> {
  const input: Info = { ...volume, ...infoOf(volume) }
  const bound = step.bind()
  const made = bound.output?.(input, new Map()) as Info
  const declared = bound.regional?.(input, new Map())
  if (!declared) throw new Error(`${bound.name} is no regional step`)
  const isTooMuch = (declared.held ?? 0) > (run.budget ?? plenty)
  const regional = (isTooMuch && declared.lean) || declared
  const tools = toolsFor(volume, input, regional.dtypes?.[0] ?? input.dtype, run)
  const whole = { start: made.shape.map(() => 0), shape: made.shape }
  const result = tools.allocate(made)
  const state = await regional.prepare?.(tools)
  try {
    for (const region of run.regions ?? [whole]) {
      const needed = regional.needs(region)[0]
      const given = needed ? await tools.read(0, needed) : null
      const output = tools.allocate(made, region)
      await regional.generate({ region, inputs: [given], output, state, tools })
      await tools.copy(output, sub(result, region))
      output.release()
      given?.release()
    }
  } finally {
    regional.release?.(state)
  }
  const Class = arrayClass(made.dtype)
  const buffer = callNative((addon) => addon.buffer(result.view.memory))
  const values = new Class(buffer).slice(0, volumeOf(made)) as TypedArray
  result.release()
  return values
}

const volumeOf = ({ shape, components }: PatchShape) => shape.reduce((n, length) => n * length, components)

function infoOf({ shape, dtype, components, geometry, header }: Volume): Info {
  return { shape, dtype, components, geometry, header }
}

function toolsFor(volume: Volume, input: Info, dtype: DType, run: RegionalRun): RegionalTools {
  const { data, stride, offset } = volume.array()
  const memory = callNative((addon) => addon.wrap(data))
  const bytes = bytesOf(input.dtype)
  const shape = input.components > 1 ? [...input.shape, input.components] : input.shape
  const source: Patch = {
    view: {
      memory,
      dtype: codeOf(input.dtype),
      offset: offset * bytes,
      shape,
      strides: stride.map((n) => n * bytes),
    },
    start: shape.map(() => 0),
    extent: shape,
  }
  const requestFor = (kernel: KernelName, params: object, views: RegionalViews): RegionRequest => {
    const numbers = Object.entries(kernelFields[kernel]).flatMap(([name]) => {
      const value = (params as Record<string, number | readonly number[]>)[name]
      return typeof value === 'number' ? [value] : [value.length, ...value]
    })
    return {
      kernel,
      level: run.level === undefined ? -1 : levelNames.indexOf(run.level),
      params: Float64Array.from(numbers),
      axis: views.axis ?? -1,
      threads: run.threads ?? 2,
      inputs: views.inputs,
      outputs: views.outputs,
    }
  }
  const tools: RegionalTools = {
    inputs: [input],
    threads: run.threads ?? 2,
    budget: run.budget ?? plenty,
    isBudgetGiven: run.budget !== undefined,
    room: run.budget ?? plenty,
    signal: undefined,
    lends: () => false,
    async read(_, region) {
      const patch = tools.allocate({ ...input, dtype }, region)
      await tools.copy(sub(source, region), patch)
      return patch
    },
    allocate,
    async call(kernel, params, views) {
      await awaitNative((addon) => addon.runRegion([requestFor(kernel, params, views)]).promise)
    },
    async callInTurn(calls) {
      const requests = calls.map(({ kernel, params, views }) => requestFor(kernel, params, views))
      await awaitNative((addon) => addon.runRegion(requests).promise)
    },
    async copy(from, to) {
      await awaitNative((addon) => addon.copy(from.view, to.view, run.threads ?? 2))
    },
    async work(start) {
      return await awaitNative((addon) => start(addon).promise)
    },
    progress() {},
  }
  return tools
}

function allocate({ shape, components, dtype }: PatchShape, region?: Region): HeldPatch {
  const { start, shape: own } = region ?? { start: shape.map(() => 0), shape }
  const several = components > 1
  let step = bytesOf(dtype) * components
  const strides = own.map((length) => {
    const stride = step
    step *= length
    return stride
  })
  const memory = callNative((addon) => addon.allocate(step, false))
  const view: NativeView = {
    memory,
    dtype: codeOf(dtype),
    offset: 0,
    shape: several ? [...own, components] : own,
    strides: several ? [...strides, bytesOf(dtype)] : strides,
  }
  const placed = several ? { start: [...start, 0], extent: [...shape, components] } : { start, extent: shape }
  return { view, ...placed, release: () => callNative((addon) => addon.release(memory)) }
}

function sub({ view, start, extent }: Patch, region: Region): Patch {
  const offset = region.start.reduce(
    (sum, first, axis) => sum + (first - start[axis]) * view.strides[axis],
    view.offset,
  )
  const shape = view.shape.map((length, axis) => region.shape[axis] ?? length)
  return { view: { ...view, offset, shape }, start: start.map((s, axis) => region.start[axis] ?? s), extent }
}

/** Slabs of a shape along an axis, each of a height. */
export function slabsOf(shape: readonly number[], axis: number, height: number): readonly Region[] {
  const count = Math.ceil(shape[axis] / height)
  return Array.from({ length: count }, (_, k) => ({
    start: shape.map((_, a) => (a === axis ? k * height : 0)),
    shape: shape.map((n, a) => (a === axis ? Math.min(height, n - k * height) : n)),
  }))
}
