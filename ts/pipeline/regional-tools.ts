import type { DType } from '../core/dtype.ts'
import type { Addon, WorkHandle } from '../native/addon.ts'
import { awaitNative } from '../native/errors.ts'
import type { KernelName, KernelParams } from '../native/kernels.ts'
import type { Region } from '../volume/region.ts'
import type { Info } from './info.ts'
import { allocatePatch } from './patch.ts'
import { regionRequest } from './region-request.ts'
import type { HeldPatch, Patch, PatchShape, RegionalCall, RegionalTools, RegionalViews } from './regional.ts'
import type { RunScope } from './run-scope.ts'

/** Where a regional step's inputs come from. */
export interface InputReader {
  readonly info: Info
  /** Whether voxels of an element type are in memory and lent as they are. */
  lends(dtype: DType): boolean
  /** A region as an element type, in memory; in so many bytes, or the least that work. */
  read(region: Region, dtype: DType, room: number): Promise<HeldPatch>
}

/** What tools may take, and tell. */
export interface ToolRooms {
  /** Element types the inputs are read as; by default their own. */
  readonly dtypes: readonly (DType | undefined)[]
  readonly budget: number
  readonly room: number
  /** Bytes for reading an input. */
  readonly roomOf: (input: number) => number
  readonly report: (fraction: number) => void
}

/** The tools of one step in one run. */
export class StepTools implements RegionalTools {
  readonly inputs: readonly Info[]
  readonly threads: number
  readonly budget: number
  readonly isBudgetGiven: boolean
  readonly room: number
  readonly signal: AbortSignal
  readonly #scope: RunScope
  readonly #readers: readonly InputReader[]
  readonly #dtypes: readonly (DType | undefined)[]
  readonly #roomOf: ToolRooms['roomOf']
  readonly #report: ToolRooms['report']

  constructor(scope: RunScope, readers: readonly InputReader[], of: ToolRooms) {
    this.#scope = scope
    this.#readers = readers
    this.#dtypes = of.dtypes
    this.#roomOf = of.roomOf
    this.#report = of.report
    this.inputs = readers.map(({ info }) => info)
    this.threads = scope.settings.threads
    this.budget = of.budget
    this.isBudgetGiven = scope.settings.isBudgetGiven
    this.room = of.room
    this.signal = scope.stop.signal
  }

  lends(input: number): boolean {
    return (this.#readers[input] as InputReader).lends(this.#dtypeOf(input))
  }

  #dtypeOf(input: number): DType {
    return this.#dtypes[input] ?? (this.#readers[input] as InputReader).info.dtype
  }

  async read(input: number, region: Region): Promise<HeldPatch> {
    const reader = this.#readers[input] as InputReader
    return await reader.read(region, this.#dtypeOf(input), this.#roomOf(input))
  }

  allocate(of: PatchShape, region: Region = { start: of.shape.map(() => 0), shape: of.shape }): HeldPatch {
    return allocatePatch(of, region)
  }

  async call<N extends KernelName>(kernel: N, params: KernelParams<N>, views: RegionalViews): Promise<void> {
    await this.callInTurn([{ kernel, params, views } as RegionalCall])
  }

  async callInTurn(calls: readonly RegionalCall[]): Promise<void> {
    const { settings } = this.#scope
    const requests = calls.map(({ kernel, params, views }) => regionRequest(kernel, params, views, settings))
    await this.#scope.work((addon) => addon.runRegion(requests))
  }

  async work<T>(start: (addon: Addon) => WorkHandle<T>): Promise<T> {
    return await this.#scope.work(start)
  }

  async copy({ view: from }: Patch, { view: to }: Patch): Promise<void> {
    this.signal.throwIfAborted()
    await awaitNative((addon) => addon.copy(from, to, this.threads))
  }

  progress(fraction: number): void {
    this.#report(fraction)
  }
}
