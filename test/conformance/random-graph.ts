import { type FilterFacts, type VolumeOperand, VoxlineError } from '../../ts/index.ts'
import type { Info } from '../../ts/pipeline/info.ts'
import { randomIntegers } from '../support/random.ts'
import { seed } from './decks.ts'
import { everyFilter, OptionDeck } from './filter-cases.ts'
import { builtNodes, type GraphRecipe, type GraphStep, NodeReference, pruned } from './graph-recipe.ts'
import type { GraphGrid, GraphSource } from './graph-sources.ts'
import { scriptFilters } from './script-filters.ts'

export type Random = (low: number, high: number) => number

// Options drawn for any volume do not suit every one: a step is drawn anew so often.
const attempts = 4

const measures = everyFilter.filter((filter) => filter.measures)
const makers = everyFilter.filter((filter) => !filter.measures)
const named = (names: readonly string[]) => makers.filter(({ name }) => names.includes(name))
const joining = makers.filter(({ params }) =>
  Object.values(params).some(({ kind }) => ['operand', 'volume', 'volumes'].includes(kind)),
)
const reducing = named(['rescaleIntensity', 'normalize', 'otsu', 'clipPercentiles', 'edgeMap'])
const regional = named([
  'recursiveGaussian',
  'gradientMagnitudeRecursiveGaussian',
  'gradientAnisotropicDiffusion',
  'curvatureAnisotropicDiffusion',
  'connectedComponents',
  'keepLargest',
  'fillHoles',
  'relabel',
  'distanceMap',
  'resample',
  'warp',
  'shrink',
  'crop',
  'pad',
  'flip',
  'permute',
])

// Which kinds of filters steps are drawn from, and how often.
const kinds: readonly (readonly FilterFacts[])[] = [
  ...[makers, makers, makers, makers, makers],
  ...[joining, joining, joining, joining, joining],
  ...[reducing, reducing, regional, regional, regional, scriptFilters],
]

/** One of a list. */
export function pick<T>(list: readonly T[], random: Random): T {
  return list[random(0, list.length - 1)] as T
}

/** The choices of the graph of that number: they depend on nothing else but the seed. */
export function choicesOf(graph: number): Random {
  return randomIntegers(graph * 61 + (seed % 61) + 1)
}

/** How drawing went. */
export interface DrawCounts {
  drawn: number
  refused: number
}

class Drawing {
  readonly #random: Random
  readonly #sources: readonly GraphSource[]
  readonly #steps: GraphStep[] = []
  readonly #infos: Info[]
  readonly #counts: DrawCounts
  readonly #mostVoxels: number

  constructor(sources: readonly GraphSource[], random: Random, counts: DrawCounts, mostVoxels: number) {
    this.#mostVoxels = mostVoxels
    this.#sources = sources
    this.#random = random
    this.#counts = counts
    this.#infos = sources.map(({ volume }) => volume)
  }

  get recipe(): GraphRecipe {
    return { sources: this.#sources, steps: this.#steps }
  }

  async add(measuring: boolean): Promise<boolean> {
    for (let attempt = 0; attempt < attempts; attempt++) {
      const step = this.#drawn(
        measuring ? pick(measures, this.#random) : pick(pick(kinds, this.#random), this.#random),
      )
      this.#counts.drawn++
      const info = await this.#infoOf(step)
      if (info) {
        this.#infos.push(info)
        this.#steps.push(step)
        return true
      }
      this.#counts.refused++
    }
    return false
  }

  // Mostly the newest node; older ones get further consumers.
  #drawn(filter: FilterFacts): GraphStep {
    const random = this.#random
    const last = this.#infos.length - 1
    const input = random(1, 10) <= 6 ? last : random(0, last)
    const own = this.#infos[input] as Info
    const alike = this.#infos.flatMap(({ shape }, node) => (sameLengths(shape, own.shape) ? [node] : []))
    const isAnywhere = ['resample', 'warp'].includes(filter.name)
    const further = pick(isAnywhere ? this.#infos.map((_, node) => node) : alike, random)
    const reference = new NodeReference(further) as unknown as VolumeOperand
    const drawn = new OptionDeck(filter, random(0, 65535)).draw(own.shape.length, reference)
    const options = filter.name === 'warp' ? { ...drawn, ...this.#field() } : drawn
    return { filter, options, input, isKept: random(1, 12) === 1 }
  }

  // Displacements are vectors: a node that makes some, where there is one.
  #field() {
    const fields = this.#infos.flatMap(({ components }, node) => (components === 3 ? [node] : []))
    return fields.length > 0 && { field: new NodeReference(pick(fields, this.#random)) }
  }

  async #infoOf(step: GraphStep): Promise<Info | undefined> {
    try {
      const nodes = builtNodes({ ...this.recipe, steps: [...this.#steps, step] }, { keeps: false })
      const info = await (nodes.at(-1) as (typeof nodes)[0]).info()
      const voxels = info.shape.reduce((product, length) => product * length, info.components)
      return voxels <= this.#mostVoxels ? info : undefined
    } catch (error) {
      if (error instanceof VoxlineError && refusals.includes(error.code)) return undefined
      throw error
    }
  }
}

/** What a draw may be refused with. */
export const refusals: readonly string[] = ['InvalidArgument', 'OutOfBounds', 'ShapeMismatch']

function sameLengths(a: readonly number[], b: readonly number[]): boolean {
  return [...a].sort().join() === [...b].sort().join()
}

/** How large graphs and their volumes may become. */
export interface GraphLimits {
  readonly steps: number
  readonly voxels: number
}

/** A graph on sources of one grid: by default a small one. */
export async function drawGraph(
  grids: readonly GraphGrid[],
  random: Random,
  counts: DrawCounts,
  limits: GraphLimits = { steps: 8, voxels: 3000 },
): Promise<GraphRecipe> {
  const grid = pick(grids, random)
  const sources = Array.from({ length: random(1, 3) }, () => pick(grid, random))
  const drawing = new Drawing(sources, random, counts, limits.voxels)
  const wanted = random(1, limits.steps)
  const isMeasured = random(1, 8) === 1
  for (let k = 1; k <= wanted; k++) await drawing.add(isMeasured && k === wanted)
  if (drawing.recipe.steps.length === 0) return await drawGraph(grids, random, counts, limits)
  return pruned(drawing.recipe)
}
