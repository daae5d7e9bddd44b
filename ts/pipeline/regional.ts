import type { DType } from '../core/dtype.ts'
import type { Addon, NativePlaced, WorkHandle } from '../native/addon.ts'
import type { KernelName, KernelParams } from '../native/kernels.ts'
import type { Region } from '../volume/region.ts'
import type { Info } from './info.ts'

/**
 * Voxels of a region in memory, as region kernels take them: `start` and `extent` place them in their volume. Strides and offset are in
 * bytes. Axes are the volume's own and, for several components, one more at the end.
 */
export type Patch = NativePlaced

/** A patch whose memory is given back by `release`. */
export interface HeldPatch extends Patch {
  /** Gives the memory back. */
  release(): void
}

/** What a patch is made for. */
export interface PatchShape {
  /** Of the whole volume. */
  readonly shape: readonly number[]
  /** Elements per voxel. */
  readonly components: number
  /** Element type. */
  readonly dtype: DType
}

/** What a regional step works with while a run goes on. */
export interface RegionalTools {
  /** What is known of each input. */
  readonly inputs: readonly Info[]
  /** Most workers; 0 for all. */
  readonly threads: number
  /** Bytes that reading, scratch and state of `prepare` may take together. */
  readonly budget: number
  /** Whether the run was given a budget, which it must keep. */
  readonly isBudgetGiven: boolean
  /** What the run's own budget leaves of that; while regions are made, what is left for reading. */
  readonly room: number
  /** Aborted when the run is to end. */
  readonly signal: AbortSignal | undefined
  /** Whether an input's voxels are in memory as they are asked for: then reading takes none of its own. */
  lends(input: number): boolean
  /** An input's voxels of a region, as the element type asked for; the caller releases them. */
  read(input: number, region: Region): Promise<HeldPatch>
  /** Memory for a region (all by default) of a volume, dense, axis 0 fastest; its contents are undefined. The caller releases it. */
  allocate(of: PatchShape, region?: Region): HeldPatch
  /** Runs a region kernel over the whole of its first output. */
  call<N extends KernelName>(kernel: N, params: KernelParams<N>, views: RegionalViews): Promise<void>
  /**
   * Runs region kernels in turn on one part of the first one's output after another, while it is in cache; one after another where there
   * would be few such parts. They are whole along the axes that any of the kernels wants whole; of what another one writes a kernel may read
   * what lies in its own part, and no one writes elsewhere than the first.
   */
  callInTurn(calls: readonly RegionalCall[]): Promise<void>
  /** Awaits native work of another kind; it is stopped with the run. */
  work<T>(start: (addon: Addon) => WorkHandle<T>): Promise<T>
  /** Copies voxels between patches of one shape, converting by the store rule. */
  copy(from: Patch, to: Patch): Promise<void>
  /** How much of `prepare` is done, from 0 to 1. */
  progress(fraction: number): void
}

/** What a region kernel reads and writes. */
export interface RegionalViews {
  /** What is read. */
  readonly inputs: readonly Patch[]
  /** What is written. */
  readonly outputs: readonly Patch[]
  /** Of kernels along one axis. */
  readonly axis?: number
}

/** A region kernel to be run. */
export type RegionalCall<N extends KernelName = KernelName> = {
  readonly [K in N]: {
    readonly kernel: K
    readonly params: KernelParams<K>
    readonly views: RegionalViews
  }
}[N]

/** A region of the output to be made. */
export interface RegionalWork<S> {
  /** In the index axes of the output. */
  readonly region: Region
  /** What `needs` named, in memory; null where it named nothing. Not to be written to. */
  readonly inputs: readonly (Patch | null)[]
  /** Takes the voxels of the region; its element type is the output's. */
  readonly output: Patch
  /** What `prepare` gave. */
  readonly state: S
  /** Reading, memory and kernels. */
  readonly tools: RegionalTools
}

/** Where the voxels of an output that only moves voxels come from: output axis k is input axis `axes[k]`, at starts[k] + steps[k] · i. */
export interface StridedMap {
  /** Axis of the input per axis of the output. */
  readonly axes: readonly number[]
  /** Where voxel 0 of the output comes from, per axis of the output. */
  readonly starts: readonly number[]
  /** Negative ones flip. */
  readonly steps: readonly number[]
}

/** A reading in `prepare`. */
export interface Reading {
  /** Number of the input. */
  readonly input: number
  /** The greatest region that is read at once. */
  readonly region: Region
  /** Bytes in use meanwhile beside what the step holds: scratch, and regions read before. */
  readonly beside: number
  /** A region of the same input that was read before and is in use meanwhile, beyond those bytes. */
  readonly before?: Region
  /** Bytes in use beside the region once it has been read. */
  readonly after?: number
}

/** How a step makes regions of its output when it changes the grid or needs more than a neighbourhood. */
export interface Regional<S = void> {
  /** Element types the inputs are read as; by default their own. */
  readonly dtypes?: readonly (DType | undefined)[]
  /** Per input, what is read of it for a region of the output: null for nothing. Never less than `generate` touches. */
  readonly needs: (region: Region) => readonly (Region | null)[]
  /** Given by a step that only moves voxels: where its input is a volume or a plain file no voxel is touched. */
  readonly moves?: StridedMap
  /** Bytes that `generate` allocates beside inputs and output, on so many workers. */
  readonly scratch?: (region: Region, workers: number) => number
  /** Bytes that a step which reads by itself allocates beside them when it has read all. */
  readonly finishing?: (region: Region) => number
  /** Bytes that such a step allocates beside what it holds at once, where so many bytes are left for both. */
  readonly working?: (region: Region, room: number) => number
  /** Bytes that what `prepare` gives holds until the run has ended. */
  readonly held?: number
  /** The same with fewer bytes held and more work, for a run that does not fit otherwise. */
  readonly lean?: Regional<S>
  /** Bytes among them that stay behind it: those of kept voxels. */
  readonly stays?: number
  /** `generate` reads by itself what is really wanted of what `needs` names. */
  readonly readsItself?: boolean
  /**
   * The most of what `needs` names for a region that such a step holds at once, where so many bytes are left for it: `tools.room` in
   * `generate`.
   */
  readonly atOnce?: (
    needs: readonly (Region | null)[],
    room: number,
    region: Region,
  ) => readonly (Region | null)[]
  /** `prepare` makes the whole output, and `generate` only hands it on: monitors see one run, over everything. */
  readonly isMadeOnce?: boolean
  /** Reads the inputs once, part by part, before anything is generated. */
  readonly prepare?: (tools: RegionalTools) => Promise<S>
  /** What `prepare` reads when `tools.budget` is so many bytes, on so many workers: as much as fits, or the least that works. */
  readonly readings?: (budget: number, workers: number) => readonly Reading[]
  /** Gives back what `prepare` gave. */
  readonly release?: (state: S) => void
  /** Makes a region of the output. Pure: any region, any order, the same bytes. */
  readonly generate: (work: RegionalWork<S>) => Promise<void>
}

/** A regional step whatever its state is. */
// biome-ignore lint/suspicious/noExplicitAny: only the step itself knows what it prepared.
export type AnyRegional = Regional<any>
