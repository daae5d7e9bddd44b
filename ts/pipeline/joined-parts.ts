import { intersect, type Region } from '../volume/region.ts'
import type { Info } from './info.ts'
import type { Patch, Regional, RegionalTools } from './regional.ts'
import { permutedPatch, subPatch } from './sub-patch.ts'

/** How volumes lie behind one another. */
export interface Joining {
  readonly axis: number
  /** Whether the volumes lack the axis: each is one step along it. */
  readonly isNewAxis: boolean
  /** Steps of each along the axis. */
  readonly lengths: readonly number[]
}

/** Makes regions of volumes that lie behind one another: of each it reads what the region meets, and computes nothing. */
export function joiningParts(output: Info, { axis, isNewAxis, lengths }: Joining): Regional {
  const rank = output.shape.length
  const places = placesOf(output, axis, lengths)
  const withoutAxis = (list: readonly number[]) => (isNewAxis ? list.toSpliced(axis, 1) : list)
  return {
    dtypes: lengths.map(() => output.dtype),
    needs: (region) =>
      places.map((place) => {
        const met = intersect(region, place)
        if (!met) return null
        const start = met.start.map((first, k) => first - (place.start[k] as number))
        return { start: withoutAxis(start), shape: withoutAxis(met.shape) }
      }),
    generate: async ({ region, inputs, output: target, tools }) => {
      for (const [k, input] of inputs.entries()) {
        const met = intersect(region, places[k] as Region)
        if (!input || !met) continue
        await copyVoxels(tools, isNewAxis ? withAxis(input, axis) : input, subPatch(target, met), rank)
      }
    },
  }
}

function placesOf({ shape }: Info, axis: number, lengths: readonly number[]): readonly Region[] {
  let begin = 0
  return lengths.map((length) => {
    const start = shape.map((_, k) => (k === axis ? begin : 0))
    begin += length
    return { start, shape: shape.with(axis, length) }
  })
}

// With one more axis, of length 1.
function withAxis(patch: Patch, axis: number): Patch {
  const order = patch.view.shape.map((_, k) => k)
  return permutedPatch(patch, order.toSpliced(axis, 0, -1))
}

// One component stands for all of the output's.
async function copyVoxels(tools: RegionalTools, from: Patch, to: Patch, rank: number): Promise<void> {
  const components = to.view.shape[rank]
  if (components === undefined || from.view.shape.length > rank) return await tools.copy(from, to)
  const spread = permutedPatch(from, [...from.view.shape.keys(), -1])
  const view = { ...spread.view, shape: to.view.shape }
  await tools.copy({ ...spread, view }, to)
}
