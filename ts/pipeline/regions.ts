import type { NativeRegions, PassLayout } from '../native/addon.ts'
import type { Region } from '../volume/region.ts'
import type { NodeId } from './graph.ts'
import type { PlannedPass } from './planner.ts'

/** A region in the volume's own axes: without the axis of components. */
export function ownRegion({ start, shape }: Region, rank: number): Region {
  return { start: [...start.slice(0, rank)], shape: [...shape.slice(0, rank)] }
}

// Of a plan's axes, in a volume's own.
function regionsIn(list: NativeRegions, { tile }: PassLayout, rank: number): readonly Region[] {
  const axes = tile.length
  return Array.from({ length: list.length / (2 * axes) }, (_, k) => {
    const [start, shape, end] = [2 * k * axes, (2 * k + 1) * axes, (2 * k + 2) * axes]
    return ownRegion({ start: [...list.slice(start, shape)], shape: [...list.slice(shape, end)] }, rank)
  })
}

function sizesIn(list: NativeRegions, { tile }: PassLayout): readonly number[] {
  const axes = tile.length
  return Array.from({ length: list.length / (2 * axes) }, (_, k) =>
    list.slice((2 * k + 1) * axes, (2 * k + 2) * axes).reduce((size, n) => size * n, 1),
  )
}

/** How many parts a pass computes one after another. */
export function divisionCount({ divisions, tile }: PassLayout): number {
  return divisions.length / (2 * tile.length)
}

/** The parts of its region that a pass computes one after another. */
export function divisionsOf({ layout, region }: Pick<PlannedPass, 'layout' | 'region'>): readonly Region[] {
  return regionsIn(layout.divisions, layout, region.shape.length)
}

/** The same as parts of a volume, each once: a pass may also cut between components. */
export function distinctDivisions(pass: Pick<PlannedPass, 'layout' | 'region'>): readonly Region[] {
  const known = new Map(divisionsOf(pass).map((part) => [`${part.start},${part.shape}`, part]))
  return [...known.values()]
}

/** What is needed of a node, one region per division; none at all of a node that is left out. */
export function neededIn(layout: PassLayout, node: NodeId, rank: number): readonly Region[] {
  return regionsIn(layout.nodes[node]?.needed ?? new Float64Array(), layout, rank)
}

/** What a pass makes of a node, or reads of a source: one region per division, without voxels where all that is needed is there. */
export function computedOf({ layout, region }: PlannedPass, node: NodeId): readonly Region[] {
  return regionsIn(layout.nodes[node]?.computed ?? new Float64Array(), layout, region.shape.length)
}

/** What is needed of a node in a pass. */
export function neededOf({ layout, region }: PlannedPass, node: NodeId): readonly Region[] {
  return neededIn(layout, node, region.shape.length)
}

/** What a supplied source is asked for, one region per division. */
export function suppliedIn(layout: PassLayout, node: NodeId, rank: number): readonly Region[] {
  return regionsIn(layout.nodes[node]?.computed ?? new Float64Array(), layout, rank)
}

/** Whether a region holds no voxel. */
export function isEmpty({ shape }: Region): boolean {
  return shape.includes(0)
}

/** Voxels of all divisions. */
export function voxelsOf(layout: PassLayout): number {
  return sizesIn(layout.divisions, layout).reduce((sum, size) => sum + size, 0)
}

/** Voxels that a pass makes of a node, or reads of a source. */
export function computedVoxels(layout: PassLayout, node: NodeId): number {
  const computed = layout.nodes[node]?.computed ?? new Float64Array()
  return sizesIn(computed, layout).reduce((sum, size) => sum + size, 0)
}
