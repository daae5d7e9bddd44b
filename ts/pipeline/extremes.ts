import { type Border, borders, type StageBorder } from '../core/border.ts'
import { type DType, isInteger, limitsOf } from '../core/dtype.ts'
import { invalidArgument } from '../core/errors.ts'
import { type Info, valuesPerAxis } from './info.ts'
import { param } from './param.ts'
import { type KernelStage, ordered, sweep, window } from './stage.ts'

/** Structuring elements, in the order of their codes in the native library. */
const elements = ['box', 'ball', 'sphere', 'cross'] as const

type Element = (typeof elements)[number]

/** The options that describe a structuring element. */
export const elementParams = {
  radius: param.perAxis({ integer: true, min: 0, default: 1, doc: 'Half-width of the element, in voxels.' }),
  element: param.choice(elements, {
    default: 'ball',
    doc: 'Its shape: all voxels of the box, those within radius + ½ or within radius of the centre, or its axes.',
  }),
} as const

const borderValueParams = {
  borderValue: param.value({ default: 0, doc: "The value outside the volume when border is 'constant'." }),
} as const

/** Options of one erosion or dilation: where values outside come from. */
export const ignoringBorderParams = {
  border: param.choice(['ignore', ...borders], {
    default: 'ignore',
    doc: 'Where values outside the volume come from; by default voxels outside take no part.',
  }),
  ...borderValueParams,
} as const

/** Options of erosion and dilation in turn: where values outside come from. */
export const safeBorderParams = {
  border: param.choice(['safe', 'ignore', ...borders], {
    default: 'safe',
    doc:
      "Where values outside the volume come from in each of the two; 'ignore': voxels outside take no part; 'safe': the first also " +
      'computes around the volume, where voxels outside take no part.',
  }),
  ...borderValueParams,
} as const

/** Which voxel of a window is taken. */
type Extreme = 'least' | 'greatest'

/** Least or greatest voxels of windows, as stages see them. */
interface ExtremeWindow {
  /** Half-widths per axis, from `elementRadii`. */
  readonly radii: readonly number[]
  readonly element: Element
  readonly border: StageBorder
  readonly borderValue: number | bigint
}

// Lines of this radius and more cost less than a box at once.
const sweptRadius = 3
const largestRadius = 16384

/** Half-widths of an element per axis. Throws `InvalidArgument` naming `argument`. */
export function elementRadii(
  { radius, element }: { readonly radius: number | readonly number[]; readonly element: Element },
  input: Info,
  argument: string,
): readonly number[] {
  const isRound = element === 'ball' || element === 'sphere'
  // Beyond the volume's length a box or a cross finds nothing that it has not seen.
  const radii = valuesPerAxis(radius, input, 0, argument).map((r, axis) =>
    isRound ? r : Math.min(r, input.shape[axis] as number),
  )
  if (element === 'box' || radii.every((r) => r <= largestRadius)) return radii
  throw invalidArgument(argument, `at most ${largestRadius} for a ${element}`, radius)
}

/** The value of a voxel that takes no part where extremes are sought: for greatest ones the least of its type, for least ones NaN or the greatest. */
function neutralValue(extreme: Extreme, dtype: DType): number | bigint {
  const [low, high] = isInteger(dtype) ? limitsOf(dtype) : [Number.NEGATIVE_INFINITY, Number.NaN]
  return extreme === 'greatest' ? low : high
}

/** The border of a stage that seeks extremes. */
function extremeBorder(
  extreme: Extreme,
  dtype: DType,
  { border, borderValue }: { readonly border: Border | 'ignore'; readonly borderValue: number | bigint },
): { readonly border: Border; readonly borderValue: number | bigint } {
  if (border !== 'ignore') return { border, borderValue }
  return { border: 'constant', borderValue: neutralValue(extreme, dtype) }
}

/** The stages that find the least or greatest voxel of a window around each voxel; they belong inside `ordered`. */
export function extremeStages(
  extreme: Extreme,
  { radii, element, border, borderValue }: ExtremeWindow,
): readonly KernelStage[] {
  const used = radii.flatMap((r, axis) => (r > 0 ? [axis] : []))
  if (used.length === 0) return []
  const greatest = extreme === 'greatest' ? 1 : 0
  const isLine = used.length === 1 && element !== 'box'
  const swept = element === 'box' || isLine
  if (swept && (used.length === 1 || radii.some((r) => r >= sweptRadius))) {
    // A box is the extremes along each axis of the extremes along the others, whatever the border.
    return used
      .toReversed()
      .map((axis) =>
        sweep('extreme_line', { radius: radii[axis] as number, greatest }, { axis, border, borderValue }),
      )
  }
  return [
    window(
      'extreme_window',
      { radius: radii, element: elements.indexOf(element), greatest },
      { border, borderValue },
    ),
  ]
}

interface AroundOptions {
  readonly radius: number | readonly number[]
  readonly element: Element
  readonly border: Border | 'ignore'
  readonly borderValue: number | bigint
}

/** Erosion or dilation. */
export function extremeAround(
  extreme: Extreme,
  input: Info,
  { radius, element, ...options }: AroundOptions,
  argument: string,
): readonly KernelStage[] {
  const radii = elementRadii({ radius, element }, input, argument)
  const around = extremeBorder(extreme, input.dtype, options)
  return ordered(input.dtype, extremeStages(extreme, { radii, element, ...around }))
}

interface TurnOptions {
  readonly radius: number | readonly number[]
  readonly element: Element
  readonly border: Border | 'ignore' | 'safe'
  readonly borderValue: number | bigint
}

/** Erosion and dilation one after the other. */
export function extremesInTurn(
  [first, second]: readonly [Extreme, Extreme],
  input: Info,
  { radius, element, border, borderValue }: TurnOptions,
  argument: string,
): readonly KernelStage[] {
  const radii = elementRadii({ radius, element }, input, argument)
  const options = { border: border === 'safe' ? 'ignore' : border, borderValue } as const
  const stages = [first, second].flatMap((extreme) =>
    extremeStages(extreme, { radii, element, ...extremeBorder(extreme, input.dtype, options) }),
  )
  return ordered(input.dtype, border === 'safe' ? stages.map(beyondTheVolume) : stages)
}

// Only the first stage meets the end of the volume; the others find there what the stages before made of it.
function beyondTheVolume(stage: KernelStage, position: number): KernelStage {
  return position === 0 ? stage : { ...stage, border: 'computed' }
}
