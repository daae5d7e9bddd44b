import type { Region } from '../volume/region.ts'
import { KnownCosts } from './known-costs.ts'
import type { PlannedPass } from './planner.ts'
import { nodesBelow, type PreparedNode, type RegionalNode, type Target } from './prepared.ts'
import { MadeRegions, MemoryRegions, type Producer, SegmentRegions } from './region-readers.ts'
import type { AnyRegional } from './regional.ts'
import { type Preparing, RegionalProducer } from './regional-producer.ts'
import { neededOf } from './regions.ts'
import type { RunScope } from './run-scope.ts'
import type { SupplyStorage } from './storage.ts'

/** How a step is made ready for the passes that read it. */
export interface Preparation extends Preparing {
  readonly node: RegionalNode
  /** Whether any of the step's inputs is read at all. */
  readonly reads: boolean
  /** Bytes at most in memory, and what finds the least that works. */
  readonly peak: number
  readonly least: () => number
}

// What steps read beforehand may take in runs without a budget.
const leastPrepare = 32 * 2 ** 20

/** Bytes of a run for the process: stacks of threads, the plan, objects of this language. Beside them is what a plan allocates. */
export const ofProcess = 4 * 2 ** 20

/** Whatever makes regions in a run: one producer per node. */
export class Producers {
  /** What making regions takes, in the way steps are to work now. */
  readonly costs = new KnownCosts()
  readonly #scope: RunScope
  readonly #readers = new Map<PreparedNode, Producer>()
  readonly #regional = new Map<RegionalNode, RegionalProducer>()

  constructor(scope: RunScope) {
    this.#scope = scope
  }

  /** What a regional node supplies to a pass. */
  readonly suppliesOf = (node: RegionalNode): SupplyStorage => this.regional(node).storage

  regional(node: RegionalNode): RegionalProducer {
    const known = this.#regional.get(node) ?? new RegionalProducer(this.#scope, node, this)
    this.#regional.set(node, known)
    return known
  }

  reader(node: PreparedNode): Producer {
    const known = this.#readers.get(node) ?? this.#reader(node)
    this.#readers.set(node, known)
    return known
  }

  /** Bytes that are held from the beginning to the end of the run: by regional steps, and by the process for any run. */
  heldBelow(target: Target): number {
    return this.regionalBelow(target).reduce((sum, node) => sum + (node.regional.held ?? 0), ofProcess)
  }

  /** Lets the step that holds most of those that could hold less do so, at the cost of more work; false where there is none. */
  economize(target: Target): boolean {
    const heldBy = ({ regional }: RegionalNode) => (regional.held ?? 0) - (regional.lean?.held ?? 0)
    const wasteful = this.regionalBelow(target).filter(({ regional }) => regional.lean !== undefined)
    const [most] = wasteful.toSorted((a, b) => heldBy(b) - heldBy(a))
    if (most === undefined) return false
    most.regional = most.regional.lean as AnyRegional
    this.costs.forget()
    return true
  }

  /** Bytes among them that stay behind the run. */
  staysBelow(target: Target): number {
    return this.regionalBelow(target).reduce((sum, node) => sum + (node.regional.stays ?? 0), 0)
  }

  /** Regional nodes that passes towards a target read, in the order in which they are made ready, and whether they read their inputs. */
  neededBy(target: Target, passes: readonly PlannedPass[]): ReadonlyMap<RegionalNode, boolean> {
    const needed = new Map<RegionalNode, boolean>()
    for (const [node, regions] of passes.flatMap((pass) => this.#askedBy(pass))) {
      const { prepare, needs } = node.regional
      const reads = prepare !== undefined || regions.some((region) => needs(region).some((need) => need))
      const below = reads ? node.inputs.flatMap((input) => this.regionalBelow(input)) : []
      for (const one of below) needed.set(one, true)
      needed.set(node, reads || needed.get(node) === true)
    }
    const order = this.regionalBelow(target).filter((node) => needed.has(node))
    return new Map(order.map((node) => [node, needed.get(node) === true]))
  }

  /** Steps in the order in which they are made ready for passes within a budget, beside `held` bytes. */
  preparations(
    target: Target,
    passes: readonly PlannedPass[] | null,
    { budget, held }: { readonly budget: number; readonly held: number },
  ): readonly Preparation[] {
    const { isBudgetGiven } = this.#scope.settings
    // What later steps will hold is still free, but for what is kept already.
    let soFar = held + ofProcess + this.staysBelow(target)
    // Passes that do not fit may be any.
    const needed = passes
      ? this.neededBy(target, passes)
      : new Map(this.regionalBelow(target).map((node) => [node, true]))
    return [...needed].map(([node, reads]) => {
      soFar += (node.regional.held ?? 0) - (node.regional.stays ?? 0)
      const room = Math.max(isBudgetGiven ? 1 : leastPrepare, budget - soFar)
      const producer = this.regional(node)
      const preparing = producer.preparing(room)
      const before = soFar
      const least = () => before + Math.min(preparing.bytes, producer.preparing(1).bytes)
      return { ...preparing, node, reads, peak: before + preparing.bytes, least }
    })
  }

  #askedBy(pass: PlannedPass): readonly (readonly [RegionalNode, readonly Region[]])[] {
    return pass.graph.nodes.flatMap((one, id) => {
      if (one.kind !== 'source' || one.storage.kind !== 'supply') return []
      const { supplier } = one.storage
      const made = [...this.#regional.values()].find(({ storage }) => storage.supplier === supplier)
      return made ? [[made.node, neededOf(pass, id)] as const] : []
    })
  }

  /** Plans what the inputs of regional steps need beforehand. */
  settling(target: Target): readonly ((held: number) => readonly PlannedPass[])[] {
    const inputs = new Set(this.regionalBelow(target).flatMap((node) => node.inputs))
    return [...inputs].flatMap((input) => {
      const reader = this.reader(input)
      return reader.settling ? [(held: number) => reader.settling?.(held) ?? []] : []
    })
  }

  /** Regional nodes, those read by others first. */
  regionalBelow(target: Target): readonly RegionalNode[] {
    return nodesBelow(target).flatMap((node) => (node.kind === 'regional' ? [node] : []))
  }

  close(): void {
    for (const producer of this.#readers.values()) producer.close()
    for (const producer of this.#regional.values()) producer.close()
  }

  #reader(node: PreparedNode): Producer {
    if (node.kind === 'regional') return new MadeRegions(this.regional(node), this.#scope)
    if (node.kind === 'source' && node.source.storage.kind === 'view' && !node.source.scaling)
      return new MemoryRegions(node.info, node.source.storage, new SegmentRegions(this.#scope, node, this))
    return new SegmentRegions(this.#scope, node, this)
  }
}
