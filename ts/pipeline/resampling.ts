import { type DType, realOf } from '../core/dtype.ts'
import type { Region } from '../volume/region.ts'
import { CubicCoefficients, coefficientsFor } from './cubic-coefficients.ts'
import type { Info } from './info.ts'
import { asBits, bitWords, fillPatch } from './moved-bits.ts'
import { storeValue } from './order.ts'
import type { AnyRegional, Patch, RegionalWork } from './regional.ts'
import { coordinatesOver, insideOf, type ResampleMap, type Span } from './resample-map.ts'
import { inType, typedBytes, workTypes } from './typed-work.ts'

/** How values between voxels are made. */
export const interpolations = ['nearest', 'linear', 'cubic'] as const

export type Interpolation = (typeof interpolations)[number]

/** What a volume is resampled to. */
export interface Resampling {
  readonly map: ResampleMap
  readonly interpolation: Interpolation
  readonly outsideValue: number | bigint
}

const builtForLinear: readonly DType[] = ['uint8', 'uint16', 'int16', 'float32', 'float64']

/** Makes regions of a resampled volume: each needs the box around its image. Axes the map does not name stay. */
export function resampling(input: Info, output: Info, of: Resampling): AnyRegional {
  if (of.interpolation === 'nearest') return nearest(input, output, of)
  return of.interpolation === 'linear' ? linear(input, output, of) : cubic(input, output, of)
}

// The box of the input that a region of the output is made of; null when it lies outside.
function boxOf(
  { map }: Resampling,
  input: Info,
  region: Region,
  spanOf: (span: Span, n: number) => Span,
): Region | null {
  const inside = insideOf(coordinatesOver(map, region), map, input.shape)
  if (inside === null) return null
  const start = [...region.start]
  const shape = [...region.shape]
  map.axes.forEach((axis, k) => {
    const { first, last } = spanOf(inside[k] as Span, input.shape[axis] as number)
    start[axis] = first
    shape[axis] = last - first + 1
  })
  return { start, shape }
}

function around({ first, last }: Span, n: number): Span {
  return { first: Math.max(0, Math.floor(first)), last: Math.min(n - 1, Math.ceil(last)) }
}

const paramsOf = ({ map }: Resampling) => ({ axes: map.axes, matrix: map.rows.flat() })

function nearest(input: Info, output: Info, of: Resampling): AnyRegional {
  const { dtype } = output
  return {
    dtypes: [dtype],
    needs: (region) => [boxOf(of, input, region, around), null],
    generate: async ({ inputs: [voxels], output: target, tools }) => {
      if (!voxels) return await fillPatch(tools, target, of.outsideValue)
      const views = { inputs: [asBits(voxels)], outputs: [asBits(target)] }
      const words = bitWords(dtype, of.outsideValue)
      await tools.call('resample_nearest_region', { ...paramsOf(of), ...words }, views)
    },
  }
}

function linear(input: Info, output: Info, of: Resampling): AnyRegional {
  const { read, made } = workTypes(input.dtype, output.dtype, builtForLinear, realOf(input.dtype))
  const outside = Number(storeValue(made, of.outsideValue))
  return {
    dtypes: [read],
    needs: (region) => [boxOf(of, input, region, around), null],
    scratch: (region) => typedBytes(output, made, region),
    generate: async (work) => {
      const { inputs, tools } = work
      const [voxels] = inputs
      if (!voxels) return await fillPatch(tools, work.output, of.outsideValue)
      await inType(work, made, output, (target) =>
        tools.call(
          'resample_linear_region',
          { ...paramsOf(of), outside },
          { inputs: [voxels], outputs: [target] },
        ),
      )
    },
  }
}

function cubic(input: Info, output: Info, of: Resampling): AnyRegional {
  const real = realOf(input.dtype)
  const coefficients = new CubicCoefficients({ ...input, dtype: real }, of.map.axes)
  const boxFor = (region: Region) => boxOf(of, input, region, coefficientsFor)
  const voxelsFor = (region: Region) => {
    const box = boxFor(region)
    return box && coefficients.voxels(box)
  }
  return {
    dtypes: [real],
    needs: (region) => [voxelsFor(region), null],
    scratch: (region) => {
      const box = boxFor(region)
      return typedBytes(output, real, region) + (box ? coefficients.bytes(box) : 0)
    },
    generate: async (work) => await cubicRegion(work, coefficients, boxFor(work.region), real, output, of),
  }
}

async function cubicRegion(
  work: RegionalWork<unknown>,
  coefficients: CubicCoefficients,
  box: Region | null,
  real: DType,
  output: Info,
  of: Resampling,
): Promise<void> {
  const { inputs, tools } = work
  if (box === null) return await fillPatch(tools, work.output, of.outsideValue)
  const outside = Number(storeValue(real, of.outsideValue))
  const made = await coefficients.make(inputs[0] as Patch, box, tools)
  try {
    await inType(work, real, output, (target) =>
      tools.call(
        'resample_cubic_region',
        { ...paramsOf(of), outside },
        { inputs: [made], outputs: [target] },
      ),
    )
  } finally {
    made.release()
  }
}
