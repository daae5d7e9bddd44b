import { realOf } from '../core/dtype.ts'
import { invalidArgument, VoxlineError } from '../core/errors.ts'
import { inverse } from '../geometry/affine.ts'
import { spatialAxes } from '../geometry/orientation.ts'
import { callNative } from '../native/errors.ts'
import type { Region } from '../volume/region.ts'
import type { Info } from './info.ts'
import { regionBytes } from './patch.ts'
import type { Patch, RegionalTools } from './regional.ts'
import { coordinatesOver, mapBetween, type Span } from './resample-map.ts'

/** A field of displacements beside an output that may lie on another grid: vectors of three components, millimetres in RAS. */
export class DisplacementField {
  readonly info: Info
  /** From the output's indices along its spatial axes to the field's. */
  readonly rows: readonly (readonly number[])[]
  /** Its spatial axes. */
  readonly axes: readonly number[]
  /** Its axis that goes along with each of the output's beyond space; -1 where it has none, or one vector for all. */
  readonly beside: readonly number[]
  /** 3 rows of 3: millimetres to steps of the volume that is looked up. */
  readonly steps: readonly number[]
  readonly #outputAxes: readonly number[]

  /**
   * Vectors turn into steps of `input`. Throws `InvalidArgument` naming `argument` unless there are three components, `ShapeMismatch` for
   * axes beyond space that the output has not.
   */
  constructor(argument: string, field: Info, output: Info, input: Info) {
    if (field.components !== 3)
      throw invalidArgument(argument, 'a volume of three components', `${field.components} components`)
    this.info = { ...field, dtype: realOf(field.dtype) }
    this.axes = spatialAxes(field.geometry.directions)
    this.#outputAxes = spatialAxes(output.geometry.directions)
    this.rows = mapBetween(this.#outputAxes, output.geometry.affine, field.geometry.affine).rows
    this.beside = besideAxes(argument, field, output)
    this.steps = inverse(input.geometry.affine)
      .slice(0, 3)
      .flatMap((row) => row.slice(0, 3))
  }

  /** The part of the field that moves the voxels of a region of the output: it goes on beyond its ends as it is there. */
  partFor(region: Region): Region {
    const { shape: extent } = this.info
    const spans: Span[] = extent.map(() => ({ first: 0, last: 0 }))
    coordinatesOver({ axes: this.#outputAxes, rows: this.rows }, region).forEach(({ first, last }, k) => {
      const axis = this.axes[k]
      if (axis === undefined) return
      const within = (index: number) => Math.min(Math.max(index, 0), (extent[axis] as number) - 1)
      spans[axis] = { first: within(Math.floor(first)), last: within(Math.ceil(last)) }
    })
    this.beside.forEach((axis, k) => {
      const first = region.start[k] as number
      if (axis >= 0) spans[axis] = { first, last: first + (region.shape[k] as number) - 1 }
    })
    return {
      start: spans.map(({ first }) => first),
      shape: spans.map(({ first, last }) => last - first + 1),
    }
  }

  /** Bytes that `ranges` takes for a part, at most. */
  rangeBytes({ shape }: Region): number {
    return 2 * regionBytes(ofRange, { start: [], shape: shape.with(this.axes[0] as number, 1) })
  }

  /** Least and greatest step along each axis among the vectors of a part, those that lead nowhere left out. */
  async ranges(tools: RegionalTools, { view }: Patch): Promise<readonly Span[]> {
    const along = this.axes[0] as number
    const part = { view, start: view.shape.map(() => 0), extent: view.shape }
    const lines = view.shape.slice(0, -1).with(along, 1)
    const across = lines.indexOf(Math.max(...lines))
    const ofLines = tools.allocate({ ...ofRange, shape: lines })
    const ofPlanes = tools.allocate({ ...ofRange, shape: lines.with(across, 1) })
    try {
      const ranges = { inputs: [part], outputs: [ofLines], axis: along }
      await tools.call('displacement_range_region', { steps: this.steps }, ranges)
      const least = { inputs: [ofLines], outputs: [ofPlanes], axis: across }
      await tools.call('project_order_region', { method: 1 }, least)
      return joined(new Float64Array(callNative((addon) => addon.buffer(ofPlanes.view.memory))))
    } finally {
      ofLines.release()
      ofPlanes.release()
    }
  }
}

// The least step along each of three axes, and the greatest ones, negated.
const ofRange = { components: 6, dtype: 'float64' } as const

function joined(ranges: Float64Array): readonly Span[] {
  const least = [0, 1, 2, 3, 4, 5].map((k) => {
    let found = Number.POSITIVE_INFINITY
    for (let i = k; i < ranges.length; i += 6) found = Math.min(found, ranges[i] as number)
    return found
  })
  return [0, 1, 2].map((k) => ({ first: least[k] as number, last: -(least[3 + k] as number) }))
}

// Axes beyond space go along with each other in their order; one of length 1 stands for all.
function besideAxes(argument: string, field: Info, output: Info): readonly number[] {
  const beyond = ({ shape, geometry }: Info) => {
    const spatial = spatialAxes(geometry.directions)
    return [...shape.keys()].filter((axis) => !spatial.includes(axis))
  }
  const [own, others] = [beyond(field), beyond(output)]
  const lengths = (info: Info, axes: readonly number[]) => axes.map((axis) => info.shape[axis] as number)
  const [expected, received] = [lengths(output, others), lengths(field, own)]
  if (received.some((length, k) => length !== 1 && length !== expected[k])) {
    const message = `${argument} must have the lengths [${expected}] beyond its spatial axes, or 1, received [${received}]`
    throw new VoxlineError('ShapeMismatch', message, { argument, expected, received })
  }
  return output.shape.map((_, axis) => {
    const k = others.indexOf(axis)
    return k >= 0 && (received[k] ?? 1) > 1 ? (own[k] as number) : -1
  })
}
