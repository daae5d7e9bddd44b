import { sizeOf } from '../../ts/core/shape.ts'
import { bytesOf, codeOf, type DType } from '../../ts/core/dtype.ts'
import type { Region, Volume } from '../../ts/index.ts'
import { Volume as Volumes } from '../../ts/index.ts'
import { callNative } from '../../ts/native/errors.ts'
import { kernelFields } from '../../ts/native/kernels.ts'
import type { AnyStep } from '../../ts/pipeline/define-filter.ts'
import type { Info } from '../../ts/pipeline/info.ts'
import type { HeldPatch, Patch, RegionalTools } from '../../ts/pipeline/regional.ts'
import { type VolumeParts, partsOf } from '../../ts/volume/parts.ts'

/** How a step is carried out. */
export interface RegionalRun {
  readonly region?: Region
  readonly operands?: ReadonlyMap<string, Volume>
  readonly threads?: number
  readonly level?: number
}

const infoOf = ({ shape, dtype, components, geometry, header }: VolumeParts): Info => ({
  shape,
  dtype,
  components,
  geometry,
  header: header.value,
})

const withComponents = (shape: readonly number[], components: number) =>
  components > 1 ? [...shape, components] : shape

function patchOf(parts: VolumeParts): Patch {
  const { dtype, components, offset, allocation } = parts
  const bytes = bytesOf(dtype)
  const shape = withComponents(parts.shape, components)
  const strides = withComponents(parts.strides, components > 1 ? 1 : 0).slice(0, shape.length)
  if (allocation === null) throw new Error('unallocated')
  const view = {
    memory: allocation.native,
    dtype: codeOf(dtype),
    offset: offset * bytes,
    shape,
    strides: strides.map((stride) => stride * bytes),
  }
  return { view, start: shape.map(() => 0), extent: shape }
}

function part({ view, extent }: Patch, region: Region): Patch {
  const rest = view.shape.slice(region.shape.length)
  const start = [...region.start, ...rest.map(() => 0)]
  const offset = start.reduce((sum, first, a) => sum + first * (view.strides[a] as number), view.offset)
  return { view: { ...view, offset, shape: [...region.shape, ...rest] }, start, extent }
}

function allocated(
  of: { shape: readonly number[]; components: number; dtype: DType },
  region: Region = { start: of.shape.map(() => 0), shape: of.shape },
): HeldPatch {
  const shape = withComponents(region.shape, of.components)
  const bytes = bytesOf(of.dtype)
  let stride = bytes * of.components
  const strides = region.shape.map((length) => {
    const own = stride
    stride *= length
    return own
  })
  const memory = callNative((addon) => addon.allocate(sizeOf(shape) * bytes, false))
  const view = {
    memory,
    dtype: codeOf(of.dtype),
    offset: 0,
    shape,
    strides: of.components > 1 ? [...strides, bytes] : strides,
  }
  const start = of.components > 1 ? [...region.start, 0] : region.start
  const release = () => callNative((addon) => addon.release(memory))
  return { view, start, extent: withComponents(of.shape, of.components), release }
}

function encoded(kernel: keyof typeof kernelFields, params: object): Float64Array {
  const fields = Object.entries(kernelFields[kernel])
  const given = params as Record<string, number | readonly number[]>
  return Float64Array.from(
    fields.flatMap(([name]) => {
      const value = given[name] as number | readonly number[]
      return typeof value === 'number' ? [value] : [value.length, ...value]
    }),
  )
}

/** The region of a regional step's output, computed by itself. */
export async function runRegional(step: AnyStep, input: Volume, run: RegionalRun = {}): Promise<Volume> {
  const bound = step.bind()
  const operands = run.operands ?? new Map<string, Volume>()
  const sources = [input, ...operands.values()].map(partsOf)
  const infos = new Map([...operands].map(([name, volume]) => [name, infoOf(partsOf(volume))]))
  const inputs = sources.map(infoOf)
  const info = bound.output?.(inputs[0] as Info, infos) as Info
  const regional = bound.regional?.(inputs[0] as Info, infos)
  if (regional === undefined) throw new Error(`${bound.name} is not regional`)
  const tools: RegionalTools = {
    inputs,
    threads: run.threads ?? 0,
    budget: 1 << 28,
    signal: undefined,
    progress: () => {},
    allocate: allocated,
    copy: (from, to) => callNative((addon) => addon.copy(from.view, to.view)),
    async read(k, region) {
      const own = inputs[k] as Info
      const patch = allocated({ ...own, dtype: regional.dtypes?.[k] ?? own.dtype }, region)
      await tools.copy(part(patchOf(sources[k] as VolumeParts), region), patch)
      return patch
    },
    call: (kernel, params, { inputs: from, outputs, axis = -1 }) =>
      callNative((addon) =>
        addon.runRegion({
          kernel,
          level: run.level ?? -1,
          params: encoded(kernel, params),
          axis,
          threads: run.threads ?? 0,
          inputs: from,
          outputs,
        }),
      ).promise,
  }
  const region = run.region ?? { start: info.shape.map(() => 0), shape: info.shape }
  const state = await regional.prepare?.(tools)
  const reads = await Promise.all(regional.needs(region).map((needed, k) => needed && tools.read(k, needed)))
  const output = Volumes.create({ ...info, shape: region.shape, components: info.components, affine: info.geometry.affine })
  const whole = patchOf(partsOf(output as Volume))
  const placed = {
    ...whole,
    start: [...region.start, ...whole.start.slice(region.start.length)],
    extent: withComponents(info.shape, info.components),
  }
  await regional.generate({ region, inputs: reads, output: placed, state, tools })
  for (const patch of reads) patch?.release()
  regional.release?.(state)
  return output as Volume
}

/** What a regional step says of its output. */
export function outputInfo(step: AnyStep, input: Volume, operands = new Map<string, Info>()): Info {
  return step.bind().output?.(infoOf(partsOf(input)), operands) as Info
}
