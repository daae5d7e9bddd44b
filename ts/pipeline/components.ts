import { bytesOf, type DType } from '../core/dtype.ts'
import { sizeOf } from '../core/shape.ts'
import type { ComponentsSpec } from '../native/addon.ts'
import type { Region } from '../volume/region.ts'
import type { Info } from './info.ts'
import { type Slabs, slabParts, slabsOf, wholeSlabs } from './label-slabs.ts'
import {
  checkLabelRange,
  gatherLabels,
  type LabelState,
  paintLabels,
  partBytes,
  releaseLabels,
  tableBytes,
} from './label-state.ts'
import type { Regional, RegionalWork } from './regional.ts'
import { subPatch } from './sub-patch.ts'

/** Which voxels are joined, and what becomes of their components. */
export interface ComponentRules {
  /** Of the filter. */
  readonly name: string
  readonly axes: readonly number[]
  readonly connectivity: number
  readonly outcome: ComponentsSpec['outcome']
  readonly within?: ComponentsSpec['within']
  readonly inverted?: boolean
  readonly largest?: number
  readonly seeds?: readonly (readonly number[])[]
  /** Of the output. */
  readonly dtype: DType
}

/** How the work is cut; never seen in the result. */
export interface ComponentTuning {
  readonly height?: number
  readonly keepsBits?: boolean
  readonly labelBytes?: number
}

const mostBits = 256 * 2 ** 20
const mostLabels = 128 * 2 ** 20

/** Connected components of the first input, found in one reading of slabs; labels of regions need no other where a bit per voxel fits. */
export function componentRegions(
  info: Info,
  rules: ComponentRules,
  tuning: ComponentTuning = {},
): Regional<LabelState> {
  const { keepsBits = bitBytes(info, slabsOf(info, rules.axes).axes) <= mostBits } = tuning
  const lean = componentsWith(info, rules, { ...tuning, keepsBits: false })
  return keepsBits ? { ...componentsWith(info, rules, { ...tuning, keepsBits }), lean } : lean
}

function componentsWith(
  info: Info,
  rules: ComponentRules,
  { keepsBits, ...tuning }: ComponentTuning & { readonly keepsBits: boolean },
): Regional<LabelState> {
  const slabs = slabsOf(info, rules.axes, tuning.height)
  const bits = bitBytes(info, slabs.axes)
  const isNumbered = rules.outcome === 'number'
  const labels = keepsBits
    ? (tuning.labelBytes ?? Math.min(Math.ceil(sizeOf(info.shape) / 2), mostLabels))
    : 0
  const sized = (region: Region) => (rules.outcome === 'largest' ? region : null)
  return {
    held: (keepsBits ? bits : 0) + (isNumbered ? labels : 0),
    needs: (region) => [keepsBits ? sized(region) : wholeSlabs(info, slabs, region)],
    prepare: async (tools) => {
      const { budget, room } = tools
      const bytes = partBytes(room)
      const cut =
        tuning.height || !keepsBits ? slabs : slabsOf(info, rules.axes, heightWithin(info, slabs, bytes))
      const check = (greatest: number) => isNumbered && checkLabelRange(rules.name, rules.dtype, greatest)
      return await gatherLabels(tools, slabParts(info, cut, bytes), check, (addon) =>
        addon.labelComponents({
          extent: info.shape,
          axes: cut.axes,
          connectivity: rules.connectivity,
          within: rules.within ?? null,
          inverted: rules.inverted ?? false,
          outcome: rules.outcome,
          largest: rules.largest ?? 1,
          seeds: rules.seeds ?? [],
          slabHeight: cut.height,
          keepsBits,
          labelBytes: isNumbered ? labels : Math.min(labels, tableBytes(budget)),
          tableBytes: tableBytes(budget),
        }),
      )
    },
    release: releaseLabels,
    generate: (work) => generate(rules, work),
  }
}

// A bit per voxel in rows of whole words along the first axis that is joined.
function bitBytes({ shape }: Info, axes: readonly number[]): number {
  const row = axes.find((axis) => (shape[axis] as number) > 1)
  const length = row === undefined ? 1 : (shape[row] as number)
  return (sizeOf(shape) / length) * Math.ceil(length / 64) * 8
}

function heightWithin({ shape, dtype }: Info, { axes, slabAxis, height }: Slabs, bytes: number): number {
  const plane = axes.reduce(
    (voxels, axis) => (axis === slabAxis ? voxels : voxels * (shape[axis] as number)),
    1,
  )
  return Math.max(1, Math.min(height, Math.floor(bytes / (plane * bytesOf(dtype)))))
}

async function generate({ outcome }: ComponentRules, work: RegionalWork<LabelState>): Promise<void> {
  const { region, inputs, output, state, tools } = work
  const input = inputs[0] ?? null
  if (outcome === 'largest' && input) await tools.copy(subPatch(input, region), output)
  await paintLabels(tools, state, input, output)
}
