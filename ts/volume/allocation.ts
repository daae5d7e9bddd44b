import { arrayClass, type DType, type TypedArray } from '../core/dtype.ts'
import { invalidArgument, VoxlineError } from '../core/errors.ts'
import type { NativeMemory } from '../native/addon.ts'
import { callNative } from '../native/errors.ts'

const gibibyte4 = 2 ** 32
const buffersAreSmall = Number(process.versions.node.split('.')[0]) < 22

// Allocations that other threads know of, by the number of their memory.
const shared = new Map<number, WeakRef<Allocation>>()
const forgotten = new FinalizationRegistry((id: number) => {
  if (shared.get(id)?.deref() === undefined) shared.delete(id)
})

/**
 * One allocation as this thread holds it, owned by its volumes and by the bulk calls at work on it.
 *
 * `release` of the last owner ends it: the arrays exported from it are detached. An owner that was garbage
 * collected instead goes through `forget`, which detaches nothing, since an exported array may live on.
 */
export class Allocation {
  readonly bytes: number
  readonly isWritable: boolean
  /** Whether it is a mapped file, which may be cut short meanwhile. */
  readonly isFile: boolean
  /** Raised by every call that writes, and by `touch()`. */
  version = 0
  #native: NativeMemory | null
  readonly #wrapped: ArrayBufferView | null
  // Weak, so that an array nobody holds any more can go; volumes keep the array they work on.
  #elements: WeakRef<TypedArray> | null = null
  #isExported = false
  #owners = 0
  // What this is a snapshot of, and how many snapshots of this there are.
  #origin: Allocation | null = null
  #snapshots = 0

  private constructor(
    native: NativeMemory | null,
    wrapped: ArrayBufferView | null,
    bytes: number,
    isWritable: boolean,
    isFile = false,
  ) {
    this.#native = native
    this.#wrapped = wrapped
    this.bytes = bytes
    this.isWritable = isWritable
    this.isFile = isFile
  }

  /** Memory of its own; throws `Memory` when there is not enough. */
  static allocate(bytes: number, zero: boolean): Allocation {
    return new Allocation(
      callNative((addon) => addon.allocate(bytes, zero)),
      null,
      bytes,
      true,
    )
  }

  /** The caller's array, pinned while the allocation lives. */
  static wrap(array: ArrayBufferView): Allocation {
    return new Allocation(null, array, array.byteLength, true)
  }

  /** Takes over an owner that native code made. */
  static adopt(native: NativeMemory): Allocation {
    const { bytes, writable, isFile } = callNative((addon) => addon.memoryInfo(native))
    return new Allocation(native, null, bytes, writable, isFile)
  }

  /** The memory behind an open handle; the one this thread has already if it does. Throws `Disposed` when it is closed. */
  static fromHandle(handle: number): Allocation {
    const native = callNative((addon) => addon.fromHandle(handle))
    const { id } = callNative((addon) => addon.memoryInfo(native))
    const known = shared.get(id)?.deref()
    if (known === undefined || known.#native === null) return Allocation.adopt(native).#share(id)
    callNative((addon) => addon.release(native))
    return known
  }

  /** A number by which other threads get at this memory; throws `Unsupported` for a wrapped array. */
  openHandle(): number {
    const { native } = this
    const handle = callNative((addon) => addon.openHandle(native))
    this.#share(callNative((addon) => addon.memoryInfo(native)).id)
    return handle
  }

  #share(id: number): this {
    shared.set(id, new WeakRef(this))
    forgotten.register(this, id)
    return this
  }

  /**
   * Some of its bytes as they are now, sharing pages with it until either side writes. Throws `Unsupported` while background
   * work writes to it.
   */
  snapshot(begin: number, bytes: number): Allocation {
    const { native } = this
    return Allocation.adopt(callNative((addon) => addon.snapshot(native, begin, bytes)))
  }

  /** Counts as a snapshot of `origin` while it has owners. */
  belongTo(origin: Allocation): void {
    this.#origin = origin
    origin.#snapshots++
  }

  /** Whether it is the caller's array. */
  get isWrapped(): boolean {
    return this.#wrapped !== null
  }

  /**
   * Whether it has one owner, and nobody else can see what is written: no other volume or work in the whole process, no
   * handle, no snapshot, no array that was handed out and is not collected yet.
   */
  get isUnshared(): boolean {
    if (this.#wrapped !== null || this.#owners > 1 || this.#snapshots > 0) return false
    const { native } = this
    const { owners, exported } = callNative((addon) => addon.memoryInfo(native))
    if (!exported) this.#isExported = false
    return !this.#isExported && owners === (exported ? 2 : 1)
  }

  /** Lends all of it to `use` as an array that is detached afterwards, and notes that it was written to. */
  lend<D extends DType>(dtype: D, use: (array: TypedArray<D>) => void): void {
    const { native } = this
    const buffer = callNative((addon) => addon.lend(native))
    this.retain()
    this.version++
    try {
      use(typedArray(dtype, buffer, 0, this.bytes))
    } finally {
      this.version++
      callNative((addon) => addon.takeBack(buffer))
      this.release()
    }
  }

  /** The native owner; throws `InvalidArgument` when a wrapped array's buffer has been detached. */
  get native(): NativeMemory {
    const wrapped = this.#wrapped
    if (wrapped !== null) this.#checkAttached(wrapped)
    if (this.#native !== null) return this.#native
    if (wrapped === null) throw new VoxlineError('Disposed', 'the memory of this volume has been released')
    const made = callNative((addon) => addon.wrap(wrapped))
    this.#native = made
    return made
  }

  /** All of the allocation as an array of the element type, for work inside; the same one while it is alive. */
  elements<D extends DType>(dtype: D): TypedArray<D> {
    const known = this.#elements?.deref()
    if (known instanceof arrayClass(dtype) && known.length > 0) return known as TypedArray<D>
    const made = this.#wrapped === null ? this.#export(dtype) : this.#rewrap(dtype, this.#wrapped)
    this.#elements = new WeakRef(made)
    return made
  }

  /** The same array for somebody outside, who may keep it. */
  handedOut<D extends DType>(dtype: D): TypedArray<D> {
    this.checkIntact()
    const array = this.elements(dtype)
    this.#isExported = true
    return array
  }

  /** Throws `Io` once the file it maps has been cut short; voxels it no longer has read as zeros. */
  checkIntact(): void {
    if (!this.isFile) return
    const { native } = this
    callNative((addon) => addon.checkIntact(native))
  }

  /** Whether somebody outside may hold an array over it. */
  get isExported(): boolean {
    return this.#isExported
  }

  #export<D extends DType>(dtype: D): TypedArray<D> {
    if (this.bytes > gibibyte4 && buffersAreSmall)
      throw new VoxlineError(
        'Unsupported',
        `an array over ${this.bytes} bytes needs Node 22 or later: use pipelines, or copies of views`,
        { bytes: this.bytes, limit: gibibyte4 },
      )
    const { native } = this
    // The arrays handed out earlier have been collected.
    if (!callNative((addon) => addon.memoryInfo(native)).exported) this.#isExported = false
    const buffer = callNative((addon) => addon.buffer(native))
    return typedArray(dtype, buffer, 0, this.bytes)
  }

  #rewrap<D extends DType>(dtype: D, array: ArrayBufferView): TypedArray<D> {
    this.#checkAttached(array)
    return typedArray(dtype, array.buffer, array.byteOffset, this.bytes)
  }

  #checkAttached(array: ArrayBufferView): void {
    if (array.byteLength === this.bytes) return
    throw invalidArgument(
      'the wrapped array',
      `still of ${this.bytes} bytes`,
      `${array.byteLength} bytes: its buffer was detached`,
    )
  }

  /** Adds an owner. */
  retain(): void {
    this.#owners++
  }

  /** Ends an owner. */
  release(): void {
    if (--this.#owners > 0) return
    this.#end()
    this.#elements = null
    const native = this.#native
    this.#native = null
    if (native !== null) callNative((addon) => addon.release(native))
  }

  /** Ends an owner that is garbage: exported arrays stay as they are. */
  forget(): void {
    if (--this.#owners === 0) this.#end()
  }

  #end(): void {
    if (this.#origin !== null) this.#origin.#snapshots--
    this.#origin = null
  }
}

function typedArray<D extends DType>(
  dtype: D,
  buffer: ArrayBufferLike,
  start: number,
  bytes: number,
): TypedArray<D> {
  const Class = arrayClass(dtype)
  const length = Math.floor(bytes / Class.BYTES_PER_ELEMENT)
  return new (Class as unknown as new (b: ArrayBufferLike, s: number, n: number) => TypedArray<D>)(
    buffer,
    start,
    length,
  )
}
