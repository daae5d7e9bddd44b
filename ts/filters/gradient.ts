import { borders } from '../core/border.ts'
import { borderHull } from '../core/border-index.ts'
import { realOf } from '../core/dtype.ts'
import { invalidArgument } from '../core/errors.ts'
import { spatialAxes } from '../geometry/orientation.ts'
import { derivativeParams, dtypeParams } from '../pipeline/common-params.ts'
import { defineFilter } from '../pipeline/define-filter.ts'
import { axesOrSpatial, type Info, realOrAsked } from '../pipeline/info.ts'
import { storeValue } from '../pipeline/order.ts'
import { param } from '../pipeline/param.ts'
import type { Patch } from '../pipeline/regional.ts'
import { inType, typedBytes } from '../pipeline/typed-work.ts'

interface Options {
  readonly frame: 'index' | 'world'
  readonly axes: readonly number[] | undefined
  readonly units: 'mm' | 'voxel'
}

interface Weighing {
  readonly axes: readonly number[]
  /** Rows: what each component takes of the differences along the axes. */
  readonly weights: readonly (readonly number[])[]
}

function weighingOf(input: Info, { frame, axes: asked, units }: Options): Weighing {
  const { spacing, direction, directions } = input.geometry
  const axes = axesOrSpatial(asked, input, 'gradient.axes')
  if (axes.length === 0) throw invalidArgument('gradient.axes', 'at least one axis', asked)
  const perStep = axes.map((axis) => 1 / (2 * (units === 'mm' ? (spacing[axis] as number) : 1)))
  if (frame === 'index')
    return { axes, weights: axes.map((_, c) => perStep.map((weight, a) => (a === c ? weight : 0))) }
  const columns = axes.map((axis) => spatialAxes(directions).indexOf(axis))
  if (columns.includes(-1))
    throw invalidArgument('gradient.axes', "spatial axes when frame is 'world'", asked)
  const weights = direction.map((row) => columns.map((k, a) => (row[k] as number) * (perStep[a] as number)))
  return { axes, weights }
}

/** The gradient by central differences, (f[+1] − f[−1]) / 2s along each axis, one component per axis or three in RAS. */
export const gradient = defineFilter({
  name: 'gradient',
  summary: 'The gradient, by central differences, in several components.',
  params: {
    frame: param.choice(['index', 'world'], {
      default: 'index',
      doc: 'A component per axis, or three along right, anterior and superior.',
    }),
    ...derivativeParams,
    ...dtypeParams,
  },
  output: (input, { dtype, ...options }) => ({
    ...input,
    dtype: realOrAsked(dtype, input.dtype),
    components: input.components * weighingOf(input, options).weights.length,
  }),
  regional: (input, { dtype, border, borderValue, ...options }) => {
    const { axes, weights } = weighingOf(input, options)
    const real = realOf(input.dtype)
    const components = input.components * weights.length
    const output = { ...input, dtype: realOrAsked(dtype, input.dtype), components }
    const params = {
      axes,
      weights: weights.flat(),
      rank: input.shape.length,
      border: borders.indexOf(border),
      outside: Number(storeValue(real, borderValue)),
    }
    return {
      dtypes: [real],
      needs: ({ start, shape }) => {
        const spans = input.shape.map((n, axis) => {
          const [first, length] = [start[axis] as number, shape[axis] as number]
          const own = { first, last: first + length - 1 }
          return axes.includes(axis) ? (borderHull(first - 1, length + 2, n, border) ?? own) : own
        })
        return [
          { start: spans.map(({ first }) => first), shape: spans.map(({ first, last }) => last - first + 1) },
        ]
      },
      scratch: (region) => typedBytes(output, real, region),
      generate: async (work) => {
        const voxels = work.inputs[0] as Patch
        await inType(work, real, output, async (target) =>
          work.tools.call('gradient_region', params, { inputs: [voxels], outputs: [target] }),
        )
      },
    }
  },
})
