import { arrayClass, bytesOf, type DType, type TypedArray } from '../core/dtype.ts'
import { invalidArgument, VoxlineError } from '../core/errors.ts'
import type { MemoryInfo, NativeMemory } from '../native/addon.ts'
import { callNative } from '../native/errors.ts'

const isOldNode = Number(process.versions.node.split('.')[0]) < 22
/** The most bytes one array can be over, in this version of Node. */
export const arrayLimit = isOldNode ? 2 ** 32 : 2 ** 53
// Where allocations are larger, arrays are over windows that begin at multiples of a step: a stretch of at most a step lies in one.
const step = 2 ** 30
const windowBytes = 2 * step
/** Bytes that always lie in one array, however large the allocation. */
export const stretchLimit = step

/** Values of an allocation as an array: element `begin + i` of the allocation is `array[i]`. */
export interface Stretch<D extends DType = DType> {
  readonly array: TypedArray<D>
  readonly begin: number
}

/** Throws `Unsupported` where no array can be over so many bytes. */
export function checkArrayBytes(bytes: number): void {
  if (bytes <= arrayLimit) return
  throw new VoxlineError(
    'Unsupported',
    `an array over ${bytes} bytes needs Node 22 or later: use lines(), pipelines, or the data of views`,
    { bytes, limit: arrayLimit },
  )
}

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
  /** Whether its memory is a scratch file. */
  readonly isScratch: boolean
  /** Raised by every call that writes, and by `touch()`. */
  version = 0
  #native: NativeMemory | null
  readonly #wrapped: ArrayBufferView | null
  // Of the first byte; of a wrapped array once it is asked for.
  #address: number | undefined
  // Weak, so that an array nobody holds any more can go; volumes keep the array they work on.
  readonly #arrays = new Map<number, WeakRef<TypedArray>>()
  #isExported = false
  #owners = 0
  // What this is a snapshot of, and how many snapshots of this there are.
  #origin: Allocation | null = null
  #snapshots = 0

  private constructor(
    native: NativeMemory | null,
    wrapped: ArrayBufferView | null,
    facts: Pick<MemoryInfo, 'bytes' | 'writable' | 'isFile' | 'scratch'> & { readonly address?: number },
  ) {
    this.#native = native
    this.#wrapped = wrapped
    this.bytes = facts.bytes
    this.#address = facts.address
    this.isWritable = facts.writable
    this.isFile = facts.isFile && !facts.scratch
    this.isScratch = facts.scratch
  }

  /** Memory of its own; throws `Memory` when there is not enough. */
  static allocate(bytes: number, zero: boolean): Allocation {
    return Allocation.adopt(callNative((addon) => addon.allocate(bytes, zero)))
  }

  /** So many bytes that are planned for and take no memory: they can be neither read nor written. */
  static imagine(bytes: number): Allocation {
    return Allocation.adopt(callNative((addon) => addon.imagine(bytes)))
  }

  /** The caller's array, pinned while the allocation lives. */
  static wrap(array: ArrayBufferView): Allocation {
    return new Allocation(null, array, {
      bytes: array.byteLength,
      writable: true,
      isFile: false,
      scratch: false,
    })
  }

  /** Takes over an owner that native code made. */
  static adopt(native: NativeMemory): Allocation {
    return new Allocation(
      native,
      null,
      callNative((addon) => addon.memoryInfo(native)),
    )
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

  /** Whether bytes of it are bytes of `other`: one memory, or arrays of a caller's over the same bytes. */
  overlaps(other: Allocation): boolean {
    const [own, its] = [this.#firstByte(), other.#firstByte()]
    return own < its + other.bytes && its < own + this.bytes
  }

  // Throws where the memory is gone or the wrapped array detached, also when the address is known.
  #firstByte(): number {
    const { native } = this
    this.#address ??= callNative((addon) => addon.memoryInfo(native)).address
    return this.#address
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
    const { owners, buffers } = callNative((addon) => addon.memoryInfo(native))
    if (buffers === 0) this.#isExported = false
    return !this.#isExported && owners === 1 + buffers
  }

  /** Lends `count` elements to `use` as an array that is detached afterwards, and notes that they were written to. */
  lend<D extends DType>(dtype: D, first: number, count: number, use: (array: TypedArray<D>) => void): void {
    const { native } = this
    const size = bytesOf(dtype)
    const buffer = callNative((addon) => addon.lend(native, first * size, count * size))
    this.retain()
    this.version++
    try {
      use(typedArray(dtype, buffer, 0, count * size))
      this.checkIntact()
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

  /**
   * An array with elements [first, first + count), for work inside; the same one while it is alive. All of the allocation
   * where one array can be over it. Throws `Unsupported` for more elements than an array can have.
   */
  stretch<D extends DType>(dtype: D, first: number, count: number): Stretch<D> {
    const size = bytesOf(dtype)
    if (this.bytes <= arrayLimit) return { array: this.#array(dtype, 0, this.bytes), begin: 0 }
    const [from, to] = [first * size, (first + count) * size]
    checkArrayBytes(to - from)
    let begin = Math.floor(from / step) * step
    let end = Math.max(begin + windowBytes, Math.ceil(to / step) * step)
    if (end - begin > arrayLimit) [begin, end] = [from, to]
    return { array: this.#array(dtype, begin, Math.min(end, this.bytes) - begin), begin: begin / size }
  }

  /** The same for somebody outside, who may keep the array. */
  handedOut<D extends DType>(dtype: D, first: number, count: number): Stretch<D> {
    this.checkIntact()
    const stretch = this.stretch(dtype, first, count)
    this.#isExported = true
    return stretch
  }

  /**
   * Throws `Io` once the file it maps has been cut short; voxels it no longer has read as zeros. Whoever has read or
   * written voxels asks afterwards.
   */
  checkIntact(): void {
    if (!this.isFile) return
    const { native } = this
    callNative((addon) => addon.checkIntact(native))
  }

  /** Whether somebody outside may hold an array over it. */
  get isExported(): boolean {
    return this.#isExported
  }

  #array<D extends DType>(dtype: D, begin: number, bytes: number): TypedArray<D> {
    const known = this.#arrays.get(begin)?.deref()
    const Class = arrayClass(dtype)
    if (known instanceof Class && known.length === Math.floor(bytes / Class.BYTES_PER_ELEMENT))
      return known as TypedArray<D>
    const made =
      this.#wrapped === null ? this.#export(dtype, begin, bytes) : this.#rewrap(dtype, this.#wrapped)
    this.#arrays.set(begin, new WeakRef(made))
    return made
  }

  #export<D extends DType>(dtype: D, begin: number, bytes: number): TypedArray<D> {
    const { native } = this
    // The arrays handed out earlier have been collected.
    if (callNative((addon) => addon.memoryInfo(native)).buffers === 0) this.#isExported = false
    const buffer = callNative((addon) => addon.buffer(native, begin, bytes))
    return typedArray(dtype, buffer, 0, bytes)
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
    this.#arrays.clear()
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
