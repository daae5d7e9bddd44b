import type { DType } from '../core/dtype.ts'
import type { SupplyRequest } from '../native/addon.ts'
import { awaitNative, callNative } from '../native/errors.ts'
import type { Region } from '../volume/region.ts'
import type { CustomSource } from './custom-source.ts'
import type { AnyStep } from './define-filter.ts'
import { planStrides } from './encode-plan.ts'
import { allocatePatch, patchAt } from './patch.ts'
import type { RegionalNode } from './prepared.ts'
import type { Producers } from './producers.ts'
import type { Producer } from './region-readers.ts'
import type { HeldPatch, Patch, Reading } from './regional.ts'
import { StepTools, type ToolRooms } from './regional-tools.ts'
import { ownRegion } from './regions.ts'
import type { RunScope } from './run-scope.ts'
import type { Supplier, SupplyStorage } from './storage.ts'

/** What a step takes while it is made ready. */
export interface Preparing {
  /** Bytes by which it chooses how much it reads at once. */
  readonly budget: number
  /** Bytes for reading, and what is in use beside it. */
  readonly room: number
  /** Bytes it takes: at most `room`, or the least that works. */
  readonly bytes: number
}

interface RegionReading {
  readonly bytes: number
  /** Bytes that are left for reading beside scratch, and of them for an input. */
  readonly left: number
  readonly roomOf: (input: number) => number
}

const none = () => 0

interface PreparingNow extends Omit<Preparing, 'bytes'> {
  /** Whether any of the step's inputs is read at all. */
  readonly reads: boolean
  /** Bytes of the run that stay in memory. */
  readonly held: number
  readonly report: (fraction: number) => void
}

/** A step that makes regions by itself, in one run. */
export class RegionalProducer {
  readonly node: RegionalNode
  readonly storage: SupplyStorage
  readonly #scope: RunScope
  readonly #producers: Producers
  #state: unknown
  #isReady = false

  constructor(scope: RunScope, node: RegionalNode, producers: Producers) {
    this.#scope = scope
    this.node = node
    this.#producers = producers
    const { dtype, components } = node.info
    const supplier: Supplier = {
      handle: (room) => ({
        supply: (request, done) => {
          void this.#scope.answer(() => this.#serve(request, room)).then((fine) => done(!fine))
        },
      }),
      share: (region) => this.share(region),
      cost: (region, room) => this.cost(region, room),
    }
    const order = node.strides.map((stride, axis) => (stride === 0 ? axis + 1 : stride))
    this.storage = { kind: 'supply', dtype, strides: planStrides(order, components, dtype), supplier }
  }

  /** What being made ready takes within `room` bytes: it reads less at once where that does not fit. */
  preparing(room: number): Preparing {
    let budget = room
    let bytes = this.#readingBytes(budget, room)
    while (bytes > room && budget > 1) {
      budget = Math.max(1, Math.floor(budget / 4))
      bytes = this.#readingBytes(budget, room)
    }
    return { budget, room, bytes }
  }

  #readingBytes(budget: number, room: number): number {
    const readings = this.#readings(budget)
    const roomOf = this.#roomsFor(readings, room)
    const bytes = readings.flatMap((reading) => {
      const { input, region, after } = reading
      const reader = this.#readers()[input] as Producer
      const dtype = this.#dtypeOf(input)
      const meanwhile = this.#besideReading(reading) + reader.cost(region, dtype, roomOf(input))
      return after === undefined ? [meanwhile] : [meanwhile, after + reader.bytesOf(region, dtype)]
    })
    return Math.max(0, ...bytes)
  }

  // What is left for reading each input, whichever of its regions.
  #roomsFor(readings: readonly Reading[], room: number): (input: number) => number {
    return (input) => {
      const besides = readings.filter((one) => one.input === input).map((one) => this.#besideReading(one))
      return besides.length === 0 ? room : Math.max(0, room - Math.max(...besides))
    }
  }

  #besideReading({ input, beside, before }: Reading): number {
    const reader = this.#readers()[input] as Producer
    return beside + (before ? reader.bytesOf(before, this.#dtypeOf(input)) : 0)
  }

  #readings(budget: number): readonly Reading[] {
    return this.node.regional.readings?.(budget, this.#scope.workers) ?? []
  }

  /** Reads inputs once where the step wants that; `report` is told how far it has come. */
  async prepare({ reads, held, budget, room, report }: PreparingNow): Promise<void> {
    if (this.#isReady) return
    if (reads) for (const reader of this.#readers()) await reader.settle(held)
    const { regional, watched, info } = this.node
    const roomOf = this.#roomsFor(this.#readings(budget), room)
    if (regional.prepare) this.#state = await regional.prepare(this.#tools({ budget, room, roomOf, report }))
    this.#isReady = true
    if (watched && regional.isMadeOnce)
      this.#tell(watched, { start: info.shape.map(() => 0), shape: info.shape })
  }

  /** Bytes that `fill` takes beside the region: at most `room`, or the least that works. */
  cost(region: Region, room: number): number {
    const question = { maker: this, region, as: this.node.info.dtype, room }
    return this.#producers.costs.of(question, () => this.#reading(region, room).bytes)
  }

  // What making a region takes; a step that reads by itself has so many bytes for each input.
  #reading(region: Region, room: number): RegionReading {
    const { regional } = this.node
    const scratch = regional.scratch?.(region, this.#scope.workers) ?? 0
    if (!regional.readsItself)
      return { bytes: this.#readingBefore(region, room, scratch), left: 0, roomOf: none }
    const wide = this.#readingMeanwhile(region, Math.max(0, room - scratch), scratch)
    return wide.bytes <= room ? wide : this.#readingMeanwhile(region, 0, scratch)
  }

  // One input after another is read and held; `scratch` is wanted when all of them are there.
  #readingBefore(region: Region, room: number, scratch: number): number {
    let [held, most] = [0, 0]
    for (const { own, cost } of this.#reads(this.node.regional.needs(region))) {
      most = Math.max(most, held + cost(Math.max(0, room - held)))
      held += own
    }
    return Math.max(most, held + scratch)
  }

  // In any order: all but one may be held while that one is read.
  #readingMeanwhile(region: Region, left: number, scratch: number): RegionReading {
    const { needs, atOnce, working, finishing } = this.node.regional
    const wanted = needs(region)
    const reads = this.#reads(atOnce?.(wanted, left, region) ?? wanted)
    const held = reads.reduce((sum, { own }) => sum + own, 0)
    const ownOf = new Map(reads.map(({ input, own }) => [input, own]))
    const roomOf = (input: number) => Math.max(0, left - held + (ownOf.get(input) ?? 0))
    const costs = reads.map(({ input, own, cost }) => held - own + cost(roomOf(input)))
    const most = Math.max(held + (working?.(region, left) ?? 0), finishing?.(region) ?? 0, ...costs)
    return { bytes: scratch + most, left, roomOf }
  }

  // What each input that is needed takes in memory of its own, and what reading it takes within so many bytes.
  #reads(needs: readonly (Region | null)[]) {
    return needs.flatMap((need, input) => {
      if (need === null) return []
      const reader = this.#readers()[input] as Producer
      const dtype = this.#dtypeOf(input)
      const own = reader.bytesOf(need, dtype)
      return [{ input, own, cost: (room: number) => reader.cost(need, dtype, room) }]
    })
  }

  #dtypeOf(input: number): DType {
    return this.node.regional.dtypes?.[input] ?? (this.#readers()[input] as Producer).info.dtype
  }

  /** A cheap guess of what `cost` says, to compare regions by. */
  share(region: Region): number {
    const question = { maker: this, region, as: 'share', room: 0 }
    return this.#producers.costs.of(question, () => this.#share(region))
  }

  #share(region: Region): number {
    const { regional } = this.node
    const readers = this.#readers()
    const read = regional
      .needs(region)
      .map((need, k) => (need === null ? 0 : (readers[k] as Producer).share(need, this.#dtypeOf(k))))
    return read.reduce((sum, bytes) => sum + bytes, regional.scratch?.(region, this.#scope.workers) ?? 0)
  }

  /** Makes a region of the output, in at most `room` bytes beside it or the least that work. */
  async fill(region: Region, output: Patch, room: number): Promise<void> {
    const { regional, watched } = this.node
    const { left, roomOf } = this.#reading(region, room)
    const tools = this.#tools({ budget: 0, room: left, roomOf, report: () => {} })
    const held: HeldPatch[] = []
    try {
      const inputs = regional.readsItself ? [] : await this.#readAll(regional.needs(region), room, held)
      this.#scope.stop.throwIfStopped()
      await regional.generate({ region, inputs, output, state: this.#state, tools })
      if (watched && !regional.isMadeOnce) this.#tell(watched, region)
    } finally {
      for (const patch of held) patch.release()
    }
  }

  async #readAll(
    needs: readonly (Region | null)[],
    room: number,
    held: HeldPatch[],
  ): Promise<readonly (Patch | null)[]> {
    const inputs: (Patch | null)[] = []
    let bytes = 0
    for (const [k, need] of needs.entries()) {
      inputs.push(null)
      if (need === null) continue
      const reader = this.#readers()[k] as Producer
      const dtype = this.#dtypeOf(k)
      const patch = await reader.read(need, dtype, Math.max(0, room - bytes))
      held.push(patch)
      bytes += reader.bytesOf(need, dtype)
      inputs[k] = patch
    }
    return inputs
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

  #tools(reading: Omit<ToolRooms, 'dtypes'>): StepTools {
    return new StepTools(this.#scope, this.#readers(), {
      dtypes: this.node.regional.dtypes ?? [],
      ...reading,
    })
  }

  async #serve({ start, shape, view }: SupplyRequest, room: number): Promise<void> {
    const { info } = this.node
    try {
      const rank = info.shape.length
      const region = ownRegion({ start, shape }, rank)
      if (info.components === 1 && view.shape.length > rank) await this.#spread(region, view, room)
      else if (info.components > 1 && shape[rank] !== info.components)
        await this.#fillSome(region, start[rank] as number, view, room)
      else await this.fill(region, patchAt(view, region, info.shape, info.components), room)
    } finally {
      callNative((addon) => addon.release(view.memory))
    }
  }

  // A volume of few voxels may be cut between its components, which are made together.
  async #fillSome(region: Region, first: number, view: SupplyRequest['view'], room: number): Promise<void> {
    const whole = allocatePatch(this.node.info, region)
    try {
      await this.fill(region, whole, room)
      const step = whole.view.strides.at(-1) as number
      const offset = whole.view.offset + first * step
      await awaitNative((addon) =>
        addon.copy({ ...whole.view, offset, shape: view.shape }, view, this.#scope.settings.threads),
      )
    } finally {
      whole.release()
    }
  }

  // One component stands for all of another input's.
  async #spread(region: Region, view: SupplyRequest['view'], room: number): Promise<void> {
    const { shape } = this.node.info
    const rank = shape.length
    const component = (k: number) => ({
      ...view,
      offset: view.offset + k * (view.strides[rank] as number),
      shape: view.shape.slice(0, rank),
      strides: view.strides.slice(0, rank),
    })
    await this.fill(region, patchAt(component(0), region, shape, 1), room)
    for (let k = 1; k < (view.shape[rank] as number); k++)
      await awaitNative((addon) => addon.copy(component(0), component(k), this.#scope.settings.threads))
  }
}
