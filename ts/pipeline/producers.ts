import type { SupplyRequest } from '../native/addon.ts'
import { awaitNative, callNative } from '../native/errors.ts'
import type { Region } from '../volume/region.ts'
import type { CustomSource } from './custom-source.ts'
import type { AnyStep } from './define-filter.ts'
import { planStrides } from './encode-plan.ts'
import { allocatePatch, patchAt, regionBytes } from './patch.ts'
import type { PlannedPass } from './planner.ts'
import { inputsOf, type PreparedNode, type RegionalNode } from './prepared.ts'
import { MadeRegions, MemoryRegions, type Producer, SegmentRegions } from './region-readers.ts'
import type { AnyRegional, HeldPatch, Patch } from './regional.ts'
import { StepTools } from './regional-tools.ts'
import { neededOf, ownRegion } from './regions.ts'
import type { RunScope } from './run-scope.ts'
import type { Supplier, SupplyStorage } from './storage.ts'

interface Preparation {
  /** Whether any of the step's inputs is read at all. */
  readonly reads: boolean
  /** Bytes for what the step reads beforehand. */
  readonly budget: number
  /** What the run's own budget leaves of that. */
  readonly room: number
  /** Bytes of the run that stay in memory. */
  readonly held: number
  readonly report: (fraction: number) => void
}

// Stacks of threads, the plan, objects of this language: what processes were seen to grow by beside what a plan allocates.
const perRun = 4 * 2 ** 20

/** Whatever makes regions in a run: one producer per node. */
export class Producers {
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
  heldBelow(target: PreparedNode): number {
    return this.regionalBelow(target).reduce((sum, node) => sum + (node.regional.held ?? 0), perRun)
  }

  /** Lets the step that holds most of those that could hold less do so, at the cost of more work; false where there is none. */
  economize(target: PreparedNode): boolean {
    const heldBy = ({ regional }: RegionalNode) => (regional.held ?? 0) - (regional.lean?.held ?? 0)
    const wasteful = this.regionalBelow(target).filter(({ regional }) => regional.lean !== undefined)
    const [most] = wasteful.toSorted((a, b) => heldBy(b) - heldBy(a))
    if (most === undefined) return false
    most.regional = most.regional.lean as AnyRegional
    return true
  }

  /** Bytes among them that stay behind the run. */
  staysBelow(target: PreparedNode): number {
    return this.regionalBelow(target).reduce((sum, node) => sum + (node.regional.stays ?? 0), 0)
  }

  /** Regional nodes that passes towards a target read, in the order in which they are made ready, and whether they read their inputs. */
  neededBy(target: PreparedNode, passes: readonly PlannedPass[]): ReadonlyMap<RegionalNode, boolean> {
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

  #askedBy(pass: PlannedPass): readonly (readonly [RegionalNode, readonly Region[]])[] {
    return pass.graph.nodes.flatMap((one, id) => {
      if (one.kind !== 'source' || one.storage.kind !== 'supply') return []
      const { supplier } = one.storage
      const made = [...this.#regional.values()].find(({ storage }) => storage.supplier === supplier)
      return made ? [[made.node, neededOf(pass, id)] as const] : []
    })
  }

  /** Plans what the inputs of regional steps need beforehand. */
  settling(target: PreparedNode): readonly ((held: number) => readonly PlannedPass[])[] {
    const inputs = new Set(this.regionalBelow(target).flatMap((node) => node.inputs))
    return [...inputs].flatMap((input) => {
      const reader = this.reader(input)
      return reader.settling ? [(held: number) => reader.settling?.(held) ?? []] : []
    })
  }

  /** Regional nodes, those read by others first. */
  regionalBelow(target: PreparedNode, seen = new Set<PreparedNode>()): readonly RegionalNode[] {
    if (seen.has(target)) return []
    seen.add(target)
    const before = inputsOf(target).flatMap((input) => this.regionalBelow(input, seen))
    return target.kind === 'regional' ? [...before, target] : before
  }

  close(): void {
    for (const producer of this.#readers.values()) producer.close()
    for (const producer of this.#regional.values()) producer.close()
  }

  #reader(node: PreparedNode): Producer {
    if (node.kind === 'regional') return new MadeRegions(this.regional(node))
    if (node.kind === 'source' && node.source.storage.kind === 'view' && !node.source.scaling)
      return new MemoryRegions(node.info, node.source.storage, new SegmentRegions(this.#scope, node, this))
    return new SegmentRegions(this.#scope, node, this)
  }
}

/** A step that makes regions by itself, in one run. */
export class RegionalProducer {
  readonly node: RegionalNode
  readonly storage: SupplyStorage
  readonly #scope: RunScope
  readonly #producers: Producers
  #state: unknown
  #isReady = false
  // What is left for reading while a region is made.
  #room = 0

  constructor(scope: RunScope, node: RegionalNode, producers: Producers) {
    this.#scope = scope
    this.node = node
    this.#producers = producers
    const { dtype, components } = node.info
    const supply = (request: SupplyRequest, done: (failed: boolean) => void) => {
      void this.#scope.answer(() => this.#serve(request)).then((fine) => done(!fine))
    }
    const supplier: Supplier = {
      handle: { supply },
      share: (region) => this.#share(region),
      cost: (region, room) => this.cost(region, room),
    }
    const order = node.strides.map((stride, axis) => (stride === 0 ? axis + 1 : stride))
    this.storage = { kind: 'supply', dtype, strides: planStrides(order, components, dtype), supplier }
  }

  /** Reads inputs once where the step wants that; `report` is told how far it has come. */
  async prepare({ reads, held, ...reading }: Preparation): Promise<void> {
    if (this.#isReady) return
    if (reads) for (const reader of this.#readers()) await reader.settle(held)
    const { regional, watched, info } = this.node
    if (regional.prepare) this.#state = await regional.prepare(this.#tools(reading))
    this.#isReady = true
    if (watched && regional.isMadeOnce)
      this.#tell(watched, { start: info.shape.map(() => 0), shape: info.shape })
  }

  /** Bytes that `fill` takes beside the region: at most `room`, or the least that works. */
  cost(region: Region, room: number): number {
    const { regional } = this.node
    const scratch = regional.scratch?.(region) ?? 0
    if (!regional.readsItself) return this.#readingBefore(region, room, scratch)
    const left = Math.max(0, room - scratch)
    if (regional.atOnce) this.#room = Math.max(this.#room, left)
    return scratch + this.#readingMeanwhile(region, left)
  }

  // One input after another is read and held.
  #readingBefore(region: Region, room: number, scratch: number): number {
    let [held, most] = [0, 0]
    for (const { own, cost } of this.#reads(this.node.regional.needs(region))) {
      most = Math.max(most, held + cost(Math.max(0, room - held)))
      held += own
    }
    return Math.max(most, held + scratch)
  }

  // In any order: all but one may be held while that one is read.
  #readingMeanwhile(region: Region, room: number): number {
    const { needs, atOnce } = this.node.regional
    const wanted = needs(region)
    const reads = this.#reads(atOnce?.(wanted, room) ?? wanted)
    const held = reads.reduce((sum, { own }) => sum + own, 0)
    const costs = reads.map(({ own, cost }) => held - own + cost(Math.max(0, room - held + own)))
    return Math.max(0, ...costs)
  }

  // What each input that is needed takes in memory of its own, and what reading it takes within so many bytes.
  #reads(needs: readonly (Region | null)[]) {
    return needs.flatMap((need, k) => {
      if (need === null) return []
      const reader = this.#readers()[k] as Producer
      const dtype = this.node.regional.dtypes?.[k] ?? reader.info.dtype
      const own = reader.lends(dtype) ? 0 : regionBytes({ ...reader.info, dtype }, need)
      return [{ own, cost: (room: number) => reader.cost(need, dtype, room) }]
    })
  }

  #share(region: Region): number {
    const { regional } = this.node
    const read = regional.needs(region).map((need, k) => {
      if (!need) return 0
      const { info } = this.#readers()[k] as Producer
      return regionBytes({ ...info, dtype: regional.dtypes?.[k] ?? info.dtype }, need)
    })
    return read.reduce((sum, bytes) => sum + bytes, regional.scratch?.(region) ?? 0)
  }

  /** Makes a region of the output. */
  async fill(region: Region, output: Patch, room?: number): Promise<void> {
    const { regional, watched } = this.node
    // Those who read for it learn what they may take.
    if (room !== undefined) this.cost(region, room)
    const tools = this.#tools()
    const held: HeldPatch[] = []
    try {
      const inputs: (Patch | null)[] = []
      for (const [k, need] of regional.readsItself ? [] : regional.needs(region).entries()) {
        const patch = need && (await tools.read(k, need))
        if (patch) held.push(patch)
        inputs.push(patch)
      }
      this.#scope.signal.throwIfAborted()
      await regional.generate({ region, inputs, output, state: this.#state, tools })
      if (watched && !regional.isMadeOnce) this.#tell(watched, region)
    } finally {
      for (const patch of held) patch.release()
    }
  }

  #tell(watched: AnyStep | CustomSource, region: Region): void {
    this.#scope.tell(watched, () => ({ needed: [region], computed: [region] }))
  }

  close(): void {
    if (this.#isReady) this.node.regional.release?.(this.#state)
    this.#isReady = false
    this.#state = undefined
  }

  #readers(): readonly Producer[] {
    return this.node.inputs.map((input) => this.#producers.reader(input))
  }

  #tools(
    reading: Omit<Preparation, 'reads' | 'held'> = { budget: 0, room: this.#room, report: () => {} },
  ): StepTools {
    return new StepTools(this.#scope, this.#readers(), {
      dtypes: this.node.regional.dtypes ?? [],
      ...reading,
    })
  }

  async #serve({ start, shape, view }: SupplyRequest): Promise<void> {
    const { info } = this.node
    try {
      const rank = info.shape.length
      const region = ownRegion({ start, shape }, rank)
      if (info.components === 1 && view.shape.length > rank) await this.#spread(region, view)
      else if (info.components > 1 && shape[rank] !== info.components)
        await this.#fillSome(region, start[rank] as number, view)
      else await this.fill(region, patchAt(view, region, info.shape, info.components))
    } finally {
      callNative((addon) => addon.release(view.memory))
    }
  }

  // A volume of few voxels may be cut between its components, which are made together.
  async #fillSome(region: Region, first: number, view: SupplyRequest['view']): Promise<void> {
    const whole = allocatePatch(this.node.info, region)
    try {
      await this.fill(region, whole)
      const step = whole.view.strides.at(-1) as number
      const offset = whole.view.offset + first * step
      await awaitNative((addon) => addon.copy({ ...whole.view, offset, shape: view.shape }, view))
    } finally {
      whole.release()
    }
  }

  // One component stands for all of another input's.
  async #spread(region: Region, view: SupplyRequest['view']): Promise<void> {
    const made = allocatePatch(this.node.info, region)
    try {
      await this.fill(region, made)
      const seen = { ...made.view, shape: view.shape, strides: [...made.view.strides, 0] }
      await callNative((addon) => addon.copy(seen, view))
    } finally {
      made.release()
    }
  }
}
