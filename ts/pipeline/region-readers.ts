import type { DType } from '../core/dtype.ts'
import { awaitNative } from '../native/errors.ts'
import type { Region } from '../volume/region.ts'
import type { Info } from './info.ts'
import type { KnownCosts } from './known-costs.ts'
import { allocatePatch, patchOfView, regionBytes, storageOf } from './patch.ts'
import type { Goal, PlannedPass } from './planner.ts'
import type { PreparedNode } from './prepared.ts'
import type { Producers } from './producers.ts'
import type { HeldPatch } from './regional.ts'
import type { RegionalProducer } from './regional-producer.ts'
import type { RunScope } from './run-scope.ts'
import { Segment } from './segment.ts'

/** Makes regions of one node's voxels in memory, as often as it is asked. */
export interface Producer {
  readonly info: Info
  /** Whether voxels of an element type are in memory and lent as they are. */
  lends(dtype: DType): boolean
  /** Plans what comes before any region, beside so many bytes that are held. */
  settling?(held: number): readonly PlannedPass[]
  /** Does it. */
  settle(held: number): Promise<void>
  /** Bytes that reading a region takes, the region itself included: at most `room`, or the least that works. */
  cost(region: Region, dtype: DType, room: number): number
  /** A cheap guess of them, to compare regions by. */
  share(region: Region, dtype: DType): number
  /** Bytes of them that a region takes once it has been read. */
  bytesOf(region: Region, dtype: DType): number
  /** In as many bytes. */
  read(region: Region, dtype: DType, room: number): Promise<HeldPatch>
  close(): void
}

/** What a regional step makes, for another one. */
export class MadeRegions implements Producer {
  readonly info: Info
  readonly #made: RegionalProducer
  readonly #threads: number

  constructor(made: RegionalProducer, { settings }: RunScope) {
    this.#made = made
    this.#threads = settings.threads
    this.info = made.node.info
  }

  lends(): boolean {
    return false
  }

  async settle(): Promise<void> {}

  cost(region: Region, dtype: DType, room: number): number {
    return this.#withMade(region, dtype, (made) => this.#made.cost(region, Math.max(0, room - made)))
  }

  share(region: Region, dtype: DType): number {
    return this.#withMade(region, dtype, () => this.#made.share(region))
  }

  // It is converted when it has been made.
  #withMade(region: Region, dtype: DType, making: (made: number) => number): number {
    const made = regionBytes(this.info, region)
    return made + Math.max(making(made), dtype === this.info.dtype ? 0 : this.bytesOf(region, dtype))
  }

  bytesOf(region: Region, dtype: DType): number {
    return regionBytes({ ...this.info, dtype }, region)
  }

  async read(region: Region, dtype: DType, room: number): Promise<HeldPatch> {
    const made = allocatePatch(this.info, region)
    try {
      await this.#made.fill(region, made, Math.max(0, room - regionBytes(this.info, region)))
      if (dtype === this.info.dtype) return made
      return await this.#converted(made, { ...this.info, dtype }, region)
    } catch (error) {
      made.release()
      throw error
    }
  }

  async #converted(made: HeldPatch, of: Info, region: Region): Promise<HeldPatch> {
    const other = allocatePatch(of, region)
    try {
      await awaitNative((addon) => addon.copy(made.view, other.view, this.#threads))
    } catch (error) {
      other.release()
      throw error
    }
    made.release()
    return other
  }

  close(): void {}
}

/** Voxels in memory are lent as they are; as another element type they are read like any others. */
export class MemoryRegions implements Producer {
  readonly info: Info
  readonly #storage: Parameters<typeof patchOfView>[0]
  readonly #others: SegmentRegions

  constructor(info: Info, storage: Parameters<typeof patchOfView>[0], others: SegmentRegions) {
    this.info = info
    this.#storage = storage
    this.#others = others
  }

  lends(dtype: DType): boolean {
    return dtype === this.info.dtype
  }

  async settle(): Promise<void> {}

  cost(region: Region, dtype: DType, room: number): number {
    return this.lends(dtype) ? 0 : this.#others.cost(region, dtype, room)
  }

  share(region: Region, dtype: DType): number {
    return this.bytesOf(region, dtype)
  }

  bytesOf(region: Region, dtype: DType): number {
    return this.lends(dtype) ? 0 : this.#others.bytesOf(region, dtype)
  }

  async read(region: Region, dtype: DType, room: number): Promise<HeldPatch> {
    if (!this.lends(dtype)) return await this.#others.read(region, dtype, room)
    const { shape, components } = this.info
    return { ...patchOfView(this.#storage, shape, components, region), release: () => {} }
  }

  close(): void {
    this.#others.close()
  }
}

/** Voxels that fused stages make, or that have to be read from a file. */
export class SegmentRegions implements Producer {
  readonly info: Info
  readonly #segment: Segment
  readonly #costs: KnownCosts

  constructor(scope: RunScope, node: PreparedNode, producers: Producers) {
    this.info = node.info
    this.#costs = producers.costs
    const settings = {
      ...scope.settings,
      divisions: 0,
      split: 'slabs',
      tile: undefined,
    } as const
    // What it kept would stay to the end of the run, beyond a budget that was asked for.
    this.#segment = new Segment(scope, node, settings, producers.suppliesOf, !settings.isBudgetGiven)
  }

  lends(): boolean {
    return false
  }

  settling(held: number): readonly PlannedPass[] {
    try {
      return this.#segment.planner.outline(this.#whole(held))
    } finally {
      // It may have found that nothing can be kept.
      this.#costs.forget()
    }
  }

  async settle(held: number): Promise<void> {
    await this.#segment.settle(this.#whole(held))
  }

  #whole(held: number): Goal {
    return { region: { start: this.info.shape.map(() => 0), shape: this.info.shape }, sinks: [], held }
  }

  cost(region: Region, dtype: DType, room: number): number {
    return this.#costs.of({ maker: this, region, as: dtype, room }, () => {
      const own = this.bytesOf(region, dtype)
      return own + this.#segment.planner.within(region, dtype, Math.max(0, room - own))
    })
  }

  share(region: Region, dtype: DType): number {
    return this.bytesOf(region, dtype)
  }

  bytesOf(region: Region, dtype: DType): number {
    return regionBytes({ ...this.info, dtype }, region)
  }

  async read(region: Region, dtype: DType, room: number): Promise<HeldPatch> {
    const patch = allocatePatch({ ...this.info, dtype }, region)
    try {
      const left = Math.max(1, room - this.bytesOf(region, dtype))
      const goal = { region, sinks: [storageOf(patch, dtype)], held: 0, room: left }
      await this.#segment.run(this.#segment.plan(goal))
      return patch
    } catch (error) {
      patch.release()
      throw error
    }
  }

  close(): void {
    this.#segment.close()
  }
}
