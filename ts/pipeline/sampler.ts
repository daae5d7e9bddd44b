import { type DType, realOf } from '../core/dtype.ts'
import type { Region } from '../volume/region.ts'
import { CubicCoefficients, coefficientsFor } from './cubic-coefficients.ts'
import type { Info } from './info.ts'
import { asBits, bitWords } from './moved-bits.ts'
import { storeValue } from './order.ts'
import type { HeldPatch, Patch, RegionalTools } from './regional.ts'
import { around, type Span } from './resample-map.ts'
import { workTypes } from './typed-work.ts'

/** How values between voxels are made. */
export const interpolations = ['nearest', 'linear', 'cubic'] as const

/** How values are made at positions between voxels, and what stands for those outside. */
export interface Interpolating {
  readonly interpolation: (typeof interpolations)[number]
  readonly outsideValue: number | bigint
}

/** Kernels that take values at the positions of one kind of map. */
export interface SamplingKernels {
  nearest(outside: { readonly high: number; readonly low: number }, voxels: Patch, to: Patch): Promise<void>
  linear(outside: number, voxels: Patch, to: Patch): Promise<void>
  cubic(outside: number, coefficients: Patch, to: Patch): Promise<void>
}

/** Makes values at positions between the voxels of a volume. */
export interface Sampler {
  /** Element type the voxels are read as. */
  readonly read: DType
  /** Element type the values have. */
  readonly made: DType
  /** What values at coordinates inside the volume are made of, along an axis of n voxels. */
  readonly around: (inside: Span, n: number) => Span
  /** The voxels that a box of that is made of. */
  readonly voxels: (box: Region) => Region
  /** Bytes that takes beside voxels and values. */
  readonly bytes: (box: Region) => number
  /** How values made of small boxes take less. */
  readonly inBlocks?: SamplingInBlocks
  /** Fills a patch with values made of a box. */
  readonly sample: (tools: RegionalTools, of: Sampled, by: SamplingKernels) => Promise<void>
}

/** What a box is made of is read block by block: it takes less, and some is read several times. */
export interface SamplingInBlocks {
  /** Of the greatest box that is worth it. */
  readonly edges: readonly number[]
  /** The voxels read at once, at most. */
  readonly voxels: Region
  /** Bytes in use while they are read, at most. */
  readonly held: number
  /** Bytes that a block takes beside those and its voxels, at most. */
  readonly bytes: number
  /** Fills a patch with values made of a box. */
  readonly sample: (
    tools: RegionalTools,
    of: Omit<Sampled, 'voxels'> & { readonly read: (voxels: Region) => Promise<HeldPatch> },
    by: SamplingKernels,
  ) => Promise<void>
}

/** Values to be made. */
export interface Sampled {
  readonly box: Region
  /** Those that `voxels` names for it. */
  readonly voxels: Patch
  readonly to: Patch
}

const builtForLinear: readonly DType[] = ['uint8', 'uint16', 'int16', 'float32', 'float64']

const ofVoxels = { around, voxels: (box: Region) => box, bytes: () => 0 } as const

/** The sampler of a volume that is interpolated along some of its axes. */
export function samplerOf(
  input: Info,
  output: Info,
  axes: readonly number[],
  { interpolation, outsideValue }: Interpolating,
): Sampler {
  if (interpolation === 'cubic') return cubic(input, axes, outsideValue)
  if (interpolation === 'linear') return linear(input, output, outsideValue)
  const { dtype } = output
  const words = bitWords(dtype, outsideValue)
  return {
    ...ofVoxels,
    read: dtype,
    made: dtype,
    sample: (_, { voxels, to }, by) => by.nearest(words, asBits(voxels), asBits(to)),
  }
}

function linear(input: Info, output: Info, outsideValue: number | bigint): Sampler {
  const types = workTypes(input.dtype, output.dtype, builtForLinear, realOf(input.dtype))
  const outside = Number(storeValue(types.made, outsideValue))
  return { ...ofVoxels, ...types, sample: (_, { voxels, to }, by) => by.linear(outside, voxels, to) }
}

function cubic(input: Info, axes: readonly number[], outsideValue: number | bigint): Sampler {
  const real = realOf(input.dtype)
  const coefficients = new CubicCoefficients({ ...input, dtype: real }, axes)
  const outside = Number(storeValue(real, outsideValue))
  const use = async (made: HeldPatch, to: Patch, by: SamplingKernels) => {
    try {
      await by.cubic(outside, made, to)
    } finally {
      made.release()
    }
  }
  return {
    read: real,
    made: real,
    around: coefficientsFor,
    voxels: (box) => coefficients.voxels(box),
    bytes: (box) => coefficients.bytes(box),
    sample: async (tools, { box, voxels, to }, by) =>
      use(await coefficients.make(voxels, box, tools), to, by),
    inBlocks: {
      edges: coefficients.edges,
      voxels: coefficients.voxels(coefficients.hardestBlock),
      held: coefficients.mostInBlocks,
      bytes: coefficients.bytes(coefficients.hardestBlock),
      sample: async (tools, { box, read, to }, by) =>
        use(await coefficients.makeInBlocks(read, box, tools), to, by),
    },
  }
}
