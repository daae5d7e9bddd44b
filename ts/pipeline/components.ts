import { bytesOf, type DType } from '../core/dtype.ts'
import { sizeOf } from '../core/shape.ts'
import type { Addon, ComponentsSpec } from '../native/addon.ts'
import type { Region } from '../volume/region.ts'
import type { Info } from './info.ts'
import {
  cachedSlabs,
  leanSlabs,
  planeWorkBytes,
  type Slabs,
  slabBits,
  slabCount,
  slabParts,
  slabsOf,
  slabWorkBytes,
  wholeSlabs,
} from './label-slabs.ts'
import {
  checkLabelRange,
  gatherLabels,
  heldTables,
  type LabelState,
  paintLabels,
  partBytes,
  partReadings,
  releaseLabels,
  tableSpace,
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
// Slabs whose labelling takes less are too many.
const leastWork = 2 ** 17

/** Connected components of the first input, found in one reading of slabs; labels of regions need no other where a bit per voxel fits. */
export function componentRegions(
  info: Info,
  rules: ComponentRules,
  tuning: ComponentTuning = {},
): Regional<LabelState> {
  const { keepsBits = bitBytes(info, rules.axes) <= mostBits } = tuning
  const lean = componentsWith(info, rules, { ...tuning, keepsBits: false })
  return keepsBits ? { ...componentsWith(info, rules, { ...tuning, keepsBits }), lean } : lean
}

function componentsWith(
  info: Info,
  rules: ComponentRules,
  { keepsBits, ...tuning }: ComponentTuning & { readonly keepsBits: boolean },
): Regional<LabelState> {
  const { axes, outcome } = rules
  const size = keepsBits ? cachedSlabs : leanSlabs
  const slabs = slabsOf(info, axes, size, tuning.height)
  const bits = bitBytes(info, axes)
  const isNumbered = outcome === 'number'
  const labels = keepsBits
    ? (tuning.labelBytes ?? Math.min(Math.ceil(sizeOf(info.shape) / 2), mostLabels))
    : 0
  const cutWithin = (budget: number) =>
    tuning.height || !keepsBits
      ? slabs
      : slabsOf(info, axes, size, heightWithin(info, slabs, outcome, budget))
  const partsWithin = (budget: number) => slabParts(info, cutWithin(budget), partBytes(budget))
  // Where they are not what is painted, labels of runs save a second look, no more.
  const labelsWithin = (budget: number) => (isNumbered ? labels : Math.min(labels, Math.floor(budget / 4)))
  const sized = (region: Region) => (outcome === 'largest' ? region : null)
  // Of all workers that label the slabs of a region.
  const workBytes = (cut: Slabs, region: Region, workers: number) => {
    const work = slabWorkBytes(info, cut, outcome) + (keepsBits ? 0 : slabBits(info, cut))
    return Math.min(workers, slabCount(cut, region)) * work
  }
  return {
    held: heldTables + (keepsBits ? bits : 0) + (isNumbered ? labels : 0),
    needs: (region) => [keepsBits ? sized(region) : wholeSlabs(info, slabs, region)],
    prepare: async (tools) => {
      const { budget } = tools
      const [cut, parts] = [cutWithin(budget), partsWithin(budget)]
      const workers = slabCount(cut, parts[0] as Region)
      const check = (greatest: number) => isNumbered && checkLabelRange(rules.name, rules.dtype, greatest)
      const create = (addon: Addon) =>
        addon.labelComponents({
          extent: info.shape,
          axes: cut.axes,
          connectivity: rules.connectivity,
          within: rules.within ?? null,
          inverted: rules.inverted ?? false,
          outcome,
          largest: rules.largest ?? 1,
          seeds: rules.seeds ?? [],
          slabHeight: cut.height,
          keepsBits,
          labelBytes: labelsWithin(budget),
          ...tableSpace(tools),
        })
      return await gatherLabels(tools, { parts, workers, create, check })
    },
    readings: (budget, workers) => {
      const [cut, parts] = [cutWithin(budget), partsWithin(budget)]
      const work = workBytes(cut, parts[0] as Region, workers)
      return partReadings(parts, isNumbered ? 0 : labelsWithin(budget), work)
    },
    scratch: (region, workers) => (keepsBits ? 0 : workBytes(slabs, region, workers)),
    release: releaseLabels,
    generate: (work) => generate(rules, work),
  }
}

// A bit per voxel in rows of whole words along the first axis that is joined.
function bitBytes({ shape }: Info, axes: readonly number[]): number {
  const row = axes.toSorted((a, b) => a - b).find((axis) => (shape[axis] as number) > 1)
  const length = row === undefined ? 1 : (shape[row] as number)
  return (sizeOf(shape) / length) * Math.ceil(length / 64) * 8
}

// A part holds whole slabs, and labelling one takes a small share of the budget whatever lies in it.
function heightWithin(info: Info, slabs: Slabs, outcome: ComponentRules['outcome'], budget: number): number {
  const { shape, dtype } = info
  const { axes, slabAxis, height } = slabs
  const plane = axes.reduce(
    (voxels, axis) => (axis === slabAxis ? voxels : voxels * (shape[axis] as number)),
    1,
  )
  const inPart = Math.floor(partBytes(budget) / (plane * bytesOf(dtype)))
  const inWork = Math.floor(Math.max(leastWork, budget / 16) / planeWorkBytes(info, slabs, outcome))
  return Math.max(1, Math.min(height, inPart, inWork))
}

async function generate({ outcome }: ComponentRules, work: RegionalWork<LabelState>): Promise<void> {
  const { region, inputs, output, state, tools } = work
  const input = inputs[0] ?? null
  if (outcome === 'largest' && input) await tools.copy(subPatch(input, region), output)
  await paintLabels(tools, state, input, output)
}
