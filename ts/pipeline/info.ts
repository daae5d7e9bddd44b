import { type DType, realOf } from '../core/dtype.ts'
import { invalidArgument, VoxlineError } from '../core/errors.ts'
import { sameNumbers } from '../core/shape.ts'
import type { Geometry } from '../geometry/geometry.ts'
import { spatialAxes } from '../geometry/orientation.ts'
import type { Header } from '../volume/header.ts'
import type { BoundStep, OperandInfos } from './define-filter.ts'
import { isStep } from './stage.ts'

/** What is known of a volume before any voxel is read. Axes are index axes. */
export interface Info {
  /** Voxels per axis. */
  readonly shape: readonly number[]
  /** Element type. */
  readonly dtype: DType
  /** Elements per voxel. */
  readonly components: number
  /** Its place in the world. */
  readonly geometry: Geometry
  /** What is said of it beside voxels and geometry. */
  readonly header: Header
}

/** A header field that a step does not carry on. */
export interface Drop {
  /** The step that drops it. */
  readonly step: string
  /** Name of the field in the header. */
  readonly field: string
}

/**
 * One value per axis: a number stands for the spatial axes, a list gives the first axes; the others get `otherwise`.
 *
 * Throws `InvalidArgument` naming `argument` when the list is longer than the rank.
 */
export function valuesPerAxis(
  given: number | readonly number[],
  info: Info,
  otherwise: number,
  argument: string,
): readonly number[] {
  const rank = info.shape.length
  if (typeof given === 'number') {
    const spatial = spatialAxes(info.geometry.directions)
    return info.shape.map((_, axis) => (spatial.includes(axis) ? given : otherwise))
  }
  if (given.length > rank)
    throw invalidArgument(argument, `a list of at most ${rank} values, one per axis`, given)
  return info.shape.map((_, axis) => given[axis] ?? otherwise)
}

/** The axes an option `axes` names, or the spatial ones; an axis the volume has not is `InvalidArgument`. */
export function axesOrSpatial(
  given: readonly number[] | undefined,
  info: Info,
  argument: string,
): readonly number[] {
  if (given === undefined) return spatialAxes(info.geometry.directions)
  if (given.every((axis) => axis < info.shape.length)) return given
  throw invalidArgument(argument, `axes below the rank of ${info.shape.length}`, given)
}

/** The element type an option `dtype` asks for. */
export function resolveDType(asked: DType | 'same', input: DType): DType {
  return asked === 'same' ? input : asked
}

/** The element type of computing filters unless asked otherwise. */
export function realOrAsked(asked: DType | 'same' | undefined, input: DType): DType {
  return asked === undefined ? realOf(input) : resolveDType(asked, input)
}

/** What a filter makes that computes with its input's values, unless another element type is asked for. */
export function asInputOrAsked(
  input: Info,
  { dtype }: { readonly dtype?: DType | 'same' | undefined },
): Info {
  return { ...input, dtype: resolveDType(dtype ?? 'same', input.dtype) }
}

/** What a filter makes that computes with floats, unless another element type is asked for. */
export function asRealOrAsked(input: Info, { dtype }: { readonly dtype?: DType | 'same' | undefined }): Info {
  return { ...input, dtype: realOrAsked(dtype, input.dtype) }
}

/** What a step makes of its input: the information pass for one step; `made` is what its parts make, where that is known already. */
export function outputOf(
  step: BoundStep,
  input: Info,
  drops: Drop[] = [],
  operands: OperandInfos = new Map(),
  made?: Info,
): Info {
  if (step.measure) return input
  const output = step.output ? step.output(input, operands) : (made ?? derived(step, input, drops, operands))
  if (step.output && !step.regional) checkSameGrid(step.name, input, output)
  if (step.metadata === 'moved') return output
  return { ...output, header: carried(step, output.header, drops) }
}

function derived(step: BoundStep, input: Info, drops: Drop[], operands: OperandInfos): Info {
  let info = input
  for (const part of step.stages(input, operands)) {
    if (!isStep(part)) continue
    info = outputOf(part.bind(), info, drops)
  }
  return info
}

function checkSameGrid(name: string, input: Info, made: Info): void {
  const same = sameNumbers(made.shape, input.shape) && made.components === input.components
  if (same && made.geometry === input.geometry) return
  const shown = (info: Info) => `[${info.shape}] × ${info.components}`
  const message = `${name}: output must lie on the grid of its input, ${shown(input)}, received ${shown(made)}`
  throw new VoxlineError('ShapeMismatch', message, {
    step: name,
    expected: input.shape,
    received: made.shape,
  })
}

// New voxel values end stored scaling and display range; labels and masks also end the intent.
function carried(step: BoundStep, header: Header, drops: Drop[]): Header {
  const { scaling, display, intent, ...kept } = header
  const note = (field: string) => drops.push({ step: step.name, field })
  if (scaling) note('scaling')
  if (display) note('display')
  if (intent === undefined) return kept
  if (step.metadata === 'values') return { ...kept, intent }
  note('intent')
  return kept
}
