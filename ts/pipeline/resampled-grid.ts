import { invalidArgument, VoxlineError } from '../core/errors.ts'
import { type Affine, columnOf, isSingular, lengthOf } from '../geometry/affine.ts'
import { Geometry } from '../geometry/geometry.ts'
import { directionsOfAffine, spatialAxes } from '../geometry/orientation.ts'
import { regridHeader } from '../volume/regrid-header.ts'
import { type GridSpec, isGridSpec } from './grid-param.ts'
import { type Info, valuesPerAxis } from './info.ts'
import { sampledInfo } from './moved-info.ts'
import type { VolumeOperand } from './operand.ts'
import { mapAlong, mapBetween, type ResampleMap } from './resample-map.ts'

type PerAxis = number | readonly number[]

/** How the grid of a resampled volume is asked for. */
export interface AskedGrid {
  readonly reference?: VolumeOperand | GridSpec | undefined
  readonly spacing?: PerAxis | undefined
  readonly shape?: PerAxis | undefined
  readonly affine?: Affine | undefined
  readonly transform?: Affine | undefined
}

/** A resampled volume and where its voxels lie in the input. */
export interface ResampledGrid {
  readonly info: Info
  readonly map: ResampleMap
}

/** Throws `InvalidArgument` for options that say one thing twice. */
export function checkAskedGrid(name: string, { reference, spacing, shape, affine }: AskedGrid): void {
  const refuse = (option: string, value: unknown, other: string) => {
    if (value !== undefined)
      throw invalidArgument(`${name}.${option}`, `absent when ${other} is given`, value)
  }
  if (reference !== undefined) {
    refuse('spacing', spacing, 'reference')
    refuse('shape', shape, 'reference')
    refuse('affine', affine, 'reference')
  }
  if (affine !== undefined) refuse('spacing', spacing, 'affine')
  const matrices = { affine, reference: isGridSpec(reference) ? reference.affine : undefined }
  for (const [option, matrix] of Object.entries(matrices))
    if (matrix !== undefined && isSingular(matrix))
      throw invalidArgument(`${name}.${option}`, 'invertible', matrix)
}

/** The grid that a filter is asked for, by default the input's own; `reference` is what is known of a volume given as such. */
export function resampledGrid(
  name: string,
  input: Info,
  asked: AskedGrid,
  reference: Info | undefined,
): ResampledGrid {
  const { transform } = asked
  const axes = spatialAxes(input.geometry.directions)
  const from = input.geometry.affine
  const given = referenceGrid(asked, reference)
  if (given === undefined) {
    const { info, steps } = spaced(name, input, asked)
    const starts = steps.map(() => 0)
    const map = transform
      ? mapBetween(axes, info.geometry.affine, from, transform)
      : mapAlong(axes, starts, steps)
    return { info, map }
  }
  const { affine, geometry } = given
  const lengths = given.shape ?? spatialShape(name, input, asked.shape)
  if (geometry ? lengths.length !== axes.length : lengths.length < axes.length)
    throw wrongAxes(`${name}.reference`, axes.length, lengths.length)
  const shape = input.shape.map((length, axis) => lengths[axes.indexOf(axis)] ?? length)
  const made = geometry ?? { directions: directionsOfAffine(affine, axes.length), spacing: lengthsOf(affine) }
  const place = placed(input, affine, made)
  const header = regridHeader(input.header, from, affine)
  return {
    info: { ...input, shape, geometry: place, header },
    map: mapBetween(axes, affine, from, transform),
  }
}

interface Given {
  readonly affine: Affine
  /** Along the spatial axes; those of the input, or what `shape` says, by default. */
  readonly shape?: readonly number[]
  readonly geometry?: Pick<Geometry, 'directions' | 'spacing'>
}

function referenceGrid({ reference, affine }: AskedGrid, info: Info | undefined): Given | undefined {
  if (isGridSpec(reference)) return reference
  if (info !== undefined) {
    const { geometry } = info
    const axes = spatialAxes(geometry.directions)
    const directions = axes.map((axis) => geometry.directions[axis] as number)
    const spacing = axes.map((axis) => geometry.spacing[axis] as number)
    const shape = axes.map((axis) => info.shape[axis] as number)
    return { affine: geometry.affine, shape, geometry: { directions, spacing } }
  }
  return affine && { affine }
}

function spatialShape(name: string, input: Info, asked: PerAxis | undefined): readonly number[] {
  const shape = asked === undefined ? input.shape : askedShape(name, input, asked)
  return spatialAxes(input.geometry.directions).map((axis) => shape[axis] as number)
}

// A list names the first axes; the others, and all but the spatial ones, stay.
function askedShape(name: string, input: Info, asked: PerAxis): readonly number[] {
  const values = valuesPerAxis(asked, input, 0, `${name}.shape`)
  const spatial = spatialAxes(input.geometry.directions)
  return input.shape.map((length, axis) => {
    const value = values[axis] || length
    if (value !== length && !spatial.includes(axis))
      throw invalidArgument(`${name}.shape[${axis}]`, `${length}: only spatial axes are resampled`, value)
    return value
  })
}

// First voxel and directions kept.
function spaced(name: string, input: Info, { spacing, shape }: AskedGrid) {
  const own = input.geometry.spacing
  const asked = spacing === undefined ? own : valuesPerAxis(spacing, input, 0, `${name}.spacing`)
  const spatial = spatialAxes(input.geometry.directions)
  const steps = own.map((length, axis) => {
    const wanted = asked[axis] || length
    if (wanted !== length && !spatial.includes(axis))
      throw invalidArgument(`${name}.spacing[${axis}]`, `${length}: only spatial axes are resampled`, wanted)
    return wanted / length
  })
  const fitting = input.shape.map((n, axis) => Math.floor((n - 1) / (steps[axis] as number) + 1e-9) + 1)
  const lengths = shape === undefined ? fitting : askedShape(name, { ...input, shape: fitting }, shape)
  const info = sampledInfo(input, { starts: steps.map(() => 0), steps }, lengths)
  const { affine, directions } = info.geometry
  const exact = own.map((length, axis) => asked[axis] || length)
  return { info: { ...info, geometry: new Geometry({ affine, spacing: exact, directions }) }, steps }
}

// The input's axes, the spatial ones as the grid has them.
function placed(input: Info, affine: Affine, of: Pick<Geometry, 'directions' | 'spacing'>): Geometry {
  const axes = spatialAxes(input.geometry.directions)
  const pick = (own: readonly number[], given: readonly number[]) =>
    own.map((value, axis) => (axes.includes(axis) ? (given[axes.indexOf(axis)] as number) : value))
  const directions = pick(input.geometry.directions, of.directions)
  return new Geometry({ affine, spacing: pick(input.geometry.spacing, of.spacing), directions })
}

function lengthsOf(affine: Affine): readonly number[] {
  return [0, 1, 2].map((k) => lengthOf(columnOf(affine, k)))
}

function wrongAxes(argument: string, expected: number, received: number): VoxlineError {
  const message = `${argument} must have ${expected} spatial axes like the input, received ${received}`
  return new VoxlineError('ShapeMismatch', message, { argument, expected, received })
}
