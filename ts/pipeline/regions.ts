import type { PassLayout } from '../native/addon.ts'
import type { Region } from '../volume/region.ts'
import type { NodeId } from './graph.ts'
import type { PlannedPass } from './planner.ts'

/** A region in the volume's own axes: without the axis of components. */
export function ownRegion({ start, shape }: Region, rank: number): Region {
  return { start: [...start.slice(0, rank)], shape: [...shape.slice(0, rank)] }
}

/** The parts of its region that a pass computes one after another. */
export function divisionsOf({ layout, region }: Pick<PlannedPass, 'layout' | 'region'>): readonly Region[] {
  return layout.divisions.map((division) => ownRegion(division, region.shape.length))
}

/** The same as parts of a volume, each once: a pass may also cut between components. */
export function distinctDivisions(pass: Pick<PlannedPass, 'layout' | 'region'>): readonly Region[] {
  const known = new Map(divisionsOf(pass).map((part) => [`${part.start},${part.shape}`, part]))
  return [...known.values()]
}

/** What a node computes, one region per division. */
export function neededOf({ layout, region }: PlannedPass, node: NodeId): readonly Region[] {
  return (layout.nodes[node]?.needed ?? []).map((needed) => ownRegion(needed, region.shape.length))
}

/** Voxels of a node that a pass computes, those computed twice counted twice. */
export function voxelsOf(layout: PassLayout, node: NodeId): number {
  const sizes = (layout.nodes[node]?.needed ?? []).map(({ shape }) => shape.reduce((size, n) => size * n, 1))
  return sizes.reduce((sum, size) => sum + size, 0)
}
