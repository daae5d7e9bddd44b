/** The native addon's interface. `load.ts` finds and loads the binary; nothing else imports it. */

/** An owner of one native allocation; opaque. The garbage collector is only its backstop. */
export interface NativeMemory {
  readonly __memory: unique symbol
}

/** dtype codes, in the order of `DType` in native/base/dtype.h. */
export type DTypeCode = number

/** A view as the addon takes it: strides and offset in bytes. */
export interface NativeView {
  readonly memory: NativeMemory
  readonly dtype: DTypeCode
  readonly offset: number
  readonly shape: readonly number[]
  readonly strides: readonly number[]
}

export interface MemoryInfo {
  readonly id: number
  /** Of its first byte: two memories may be of the same bytes. */
  readonly address: number
  readonly bytes: number
  readonly writable: boolean
  /** Whether it is a mapped file. */
  readonly isFile: boolean
  /** Whether that is a scratch file. */
  readonly scratch: boolean
  /** Owners in the whole process, this one and the ArrayBuffers included. */
  readonly owners: number
  /** This thread's ArrayBuffers over it that have been made and not collected. */
  readonly buffers: number
}

export interface NativeKernel {
  readonly name: string
  readonly shape: 'point' | 'line' | 'window' | 'reduce' | 'region'
  readonly inputs: number
  readonly fields: readonly {
    readonly name: string
    readonly kind: 'number' | 'integer' | 'list' | 'perAxis'
  }[]
  readonly types: readonly (readonly [input: DTypeCode, output: DTypeCode])[]
}

/** What the native planner decides for one pass. Regions are in plan axes (those of the encoded plan). */
export interface PassLayout {
  readonly divisions: NativeRegions
  readonly tile: readonly number[]
  readonly tiles: number
  readonly step: number
  readonly threads: number
  /** Bytes of scratch, of rows carried between divisions, of staging and codecs, and the sum that is held against the budget. */
  readonly scratch: number
  readonly carried: number
  readonly staging: number
  readonly peak: number
  /** Per node of the plan: halo accumulated to the sinks; what is needed of it per division, and what of that it makes, maybe nothing. */
  readonly nodes: readonly {
    readonly low: readonly number[]
    readonly high: readonly number[]
    readonly needed: NativeRegions
    readonly computed: NativeRegions
    /** Of a source that is supplied, per division: bytes in use while it is asked for. */
    readonly beside?: readonly number[]
  }[]
  /** Why a file is decoded whole or again, if one is. */
  readonly notes: readonly string[]
}

/** Regions one after another: where each starts, then its shape. */
export type NativeRegions = Float64Array

export interface RunResult {
  /** Per reduce node, in plan order: the kernel's numbers. */
  readonly results: readonly Float64Array[]
  readonly bytesRead: number
  readonly bytesWritten: number
  readonly milliseconds: number
  /** Per node: milliseconds summed over workers. */
  readonly stageMilliseconds: readonly number[]
}

/** A box of voxels for a script stage, valid during the call only. Strides are in elements of the arrays. */
export interface ScriptBlock {
  /** Voxels to compute, per axis. */
  readonly shape: readonly number[]
  /** Index in the volume of the first voxel computed. */
  readonly origin: readonly number[]
  /** Shape of the whole volume. */
  readonly extent: readonly number[]
  /** Holds the voxels that may be read. */
  readonly input: Float32Array | Float64Array
  /** Index in `input` of the voxel under the first one computed. */
  readonly inputOffset: number
  /** Elements from a voxel to the next, per axis. */
  readonly inputStrides: readonly number[]
  /** Takes the results. */
  readonly output: Float32Array | Float64Array
  /** Index in `output` of the first voxel computed. */
  readonly outputOffset: number
  /** Elements from a voxel to the next, per axis. */
  readonly outputStrides: readonly number[]
}

/** A region of a source that somebody else computes: `view` takes its voxels. */
export interface SupplyRequest {
  readonly start: readonly number[]
  readonly shape: readonly number[]
  readonly view: NativeView
}

/** Answers requests for regions of a source, one at a time; `done` says that the view is filled, or that it could not be. */
export interface SupplyHandle {
  readonly supply: (request: SupplyRequest, done: (failed: boolean) => void) => void
}

export type PlanHandle = NativeMemory | string | Uint8Array | ((block: ScriptBlock) => void) | SupplyHandle

export interface RunCallbacks {
  /** At most ten times a second and in order; fraction of this pass's work in [0, 1]. */
  readonly onProgress?: (fraction: number) => void
  readonly onDivision?: (index: number, count: number) => void
}

export interface RunHandle {
  readonly promise: Promise<RunResult>
  /** Divisions that have begun. */
  begun(): number
  /** Stops within a tile; the promise then rejects with code `Aborted`. */
  abort(): void
}

/** A view as a part of a volume: its first voxel has index `start` in a volume of shape `extent`. */
export interface NativePlaced {
  /** The memory and its strides. */
  readonly view: NativeView
  /** Its first voxel in the whole volume. */
  readonly start: readonly number[]
  /** Shape of the whole volume. */
  readonly extent: readonly number[]
}

/** A region kernel and what it works on. */
export interface RegionRequest {
  readonly kernel: string
  /** -1: the best. */
  readonly level: number
  readonly params: Float64Array
  /** -1: none. */
  readonly axis: number
  /** 0: all. */
  readonly threads: number
  readonly inputs: readonly NativePlaced[]
  readonly outputs: readonly NativePlaced[]
}

export interface WorkHandle<T = void> {
  readonly promise: Promise<T>
  /** Stops soon; the promise then rejects with code `Aborted`. */
  abort(): void
}

/** Where volumes lie that would take the memory in use above so many bytes. */
export interface NativeScratch {
  readonly folder: string
  readonly above: number
}

/** What labelling knows of a volume, growing part by part; opaque. The garbage collector is only its backstop. */
export interface NativeLabels {
  readonly __labels: unique symbol
}

/** A 64-bit word in two halves. */
interface NativeWord {
  readonly high: number
  readonly low: number
}

/** Connected components: of which voxels, joined how, and what becomes of them. */
export interface ComponentsSpec {
  readonly extent: readonly number[]
  /** Ascending; voxels are not joined along the others. */
  readonly axes: readonly number[]
  readonly connectivity: number
  /** Inclusive limits of the foreground; null: voxels other than 0 and NaN. */
  readonly within: { readonly below: NativeWord; readonly above: NativeWord } | null
  /** The foreground is what fails the test. */
  readonly inverted: boolean
  /** Numbers; those with the most voxels; those that touch no face of the volume, and all that is not foreground; those with a seed. */
  readonly outcome: 'number' | 'largest' | 'enclosed' | 'seeded'
  readonly largest: number
  readonly seeds: readonly (readonly number[])[]
  /** Planes of a slab. */
  readonly slabHeight: number
  /** A bit per voxel is kept: `labelPaint` needs no input. */
  readonly keepsBits: boolean
  /** Bytes that are taken for labels of runs where bits are kept. */
  readonly labelBytes: number
  /** Bytes that tables may take in memory whose sizes follow from the voxels; what goes beyond lies in files of a folder. */
  readonly tableBytes: number
  readonly folder: string
}

/** New numbers for labels. */
export interface RenumberingSpec {
  readonly isBySize: boolean
  readonly minimumSize: number
  /** As of components. */
  readonly tableBytes: number
  readonly folder: string
}

/** What is known once all has been read: the greatest number painted, and the bytes held. */
export interface LabelsFound {
  readonly greatest: number
  readonly bytes: number
}

export interface Addon {
  /** Zeroed (or not) memory of the pool, aligned for the widest vector unit. */
  allocate(bytes: number, zero: boolean): NativeMemory
  /** Addresses without memory, for plans that nobody runs: voxels there can be neither read nor written. */
  imagine(bytes: number): NativeMemory
  /** Pins the array's buffer while any owner lives. */
  wrap(array: ArrayBufferView): NativeMemory
  mapFile(path: string, mode: 'r' | 'r+' | 'c', offset: number, bytes: number): NativeMemory
  memoryInfo(memory: NativeMemory): MemoryInfo
  /** Throws `Io` once the file that is mapped has been cut short. */
  checkIntact(memory: NativeMemory): void
  /** The one ArrayBuffer over all or these bytes of the allocation in this thread. */
  buffer(memory: NativeMemory, begin?: number, bytes?: number): ArrayBuffer
  /** Ends this owner. The last one over an allocation in this thread detaches its ArrayBuffers. */
  release(memory: NativeMemory): void
  /** Another owner of the same allocation. */
  share(memory: NativeMemory): NativeMemory
  /**
   * What the bytes are now, in pages shared until either side writes to them. Throws `Unsupported` while background work
   * writes to the memory.
   */
  snapshot(memory: NativeMemory, begin: number, bytes: number): NativeMemory
  /** A number by which any thread gets at the memory, which lives until the handle is closed. Throws `Unsupported` for a wrapped array. */
  openHandle(memory: NativeMemory): number
  /** Throws `Disposed` once the handle has been closed. */
  fromHandle(handle: number): NativeMemory
  closeHandle(handle: number): void
  /**
   * An ArrayBuffer over all or some bytes for the time of one call; the caller keeps the memory alive and takes the buffer
   * back.
   */
  lend(memory: NativeMemory, begin?: number, bytes?: number): ArrayBuffer
  /** Detaches it. */
  takeBack(buffer: ArrayBuffer): void
  /**
   * Copies voxels between views of equal shape on so many workers (0: all), converting by the store rule when dtypes differ. Overlap is
   * handled.
   */
  copy(from: NativeView, to: NativeView, threads: number): Promise<void>
  /** Copies voxels at once, on this thread. */
  copyNow(from: NativeView, to: NativeView): void
  fill(view: NativeView, value: number | bigint): Promise<void>
  equals(a: NativeView, b: NativeView): Promise<boolean>

  kernels(): readonly NativeKernel[]
  /** Validates a plan and lays it out without running it. */
  describePlan(plan: Float64Array, handles: readonly PlanHandle[]): PassLayout
  /** Bytes of the smallest peak of any way to cut a plan. */
  leastPeak(plan: Float64Array, handles: readonly PlanHandle[]): number
  run(plan: Float64Array, handles: readonly PlanHandle[], callbacks: RunCallbacks): RunHandle
  /** Runs them in turn on one part of the first one's output after another. */
  runRegion(requests: readonly RegionRequest[]): WorkHandle
  /** Bytes that each worker takes meanwhile; the views' memory is not touched. */
  regionScratch(request: RegionRequest): number
  labelComponents(spec: ComponentsSpec): NativeLabels
  renumberLabels(spec: RenumberingSpec): NativeLabels
  /** Takes a part of the input: whole slabs, those of an item in order, one call after another. */
  labelAdd(labels: NativeLabels, part: NativePlaced, threads: number): WorkHandle
  labelFinish(labels: NativeLabels, threads: number): WorkHandle<LabelsFound>
  /** Makes the voxels of a region; 'largest' clears those that are not kept. */
  labelPaint(
    labels: NativeLabels,
    input: NativePlaced | null,
    output: NativePlaced,
    threads: number,
  ): WorkHandle
  /** Gives back what is held. */
  labelRelease(labels: NativeLabels): void
  /** Of the pool. */
  workers(): number
  /** Bytes of the process in physical memory (0 where the system does not say), and those of them that wait to be used again. */
  memoryInUse(): { readonly resident: number; readonly pooled: number }
  counters(): {
    readonly live: number
    readonly pooled: number
    readonly mapped: number
    readonly scratch: number
    readonly moved: number
    readonly peak: number
    readonly memories: number
    readonly handles: number
    readonly workers: number
    readonly running: number
    readonly queued: number
  }
  /** Reads, and sets where given, process-wide settings. */
  settings(change?: {
    readonly workers?: number
    readonly poolLimit?: number
    readonly level?: string
    readonly scratch?: NativeScratch | null
  }): {
    readonly scratch: NativeScratch | null
    readonly workers: number
    readonly level: string
    readonly levels: readonly string[]
  }
}
