import { arrayClass, type DType, type TypedArray } from '../core/dtype.ts'
import { invalidArgument, VoxlineError } from '../core/errors.ts'
import type { NativeMemory } from '../native/addon.ts'
import { callNative } from '../native/errors.ts'

const gibibyte4 = 2 ** 32
const buffersAreSmall = Number(process.versions.node.split('.')[0]) < 22

/**
 * One allocation as this thread holds it, owned by its volumes and by the bulk calls at work on it.
 *
 * `release` of the last owner ends it: the arrays exported from it are detached. An owner that was garbage
 * collected instead goes through `forget`, which detaches nothing, since an exported array may live on.
 */
export class Allocation {
  readonly bytes: number
  readonly isWritable: boolean
  /** Raised by every call that writes, and by `touch()`. */
  version = 0
  #native: NativeMemory | null
  readonly #wrapped: ArrayBufferView | null
  #elements: TypedArray | null = null
  #owners = 0

  private constructor(
    native: NativeMemory | null,
    wrapped: ArrayBufferView | null,
    bytes: number,
    isWritable: boolean,
  ) {
    this.#native = native
    this.#wrapped = wrapped
    this.bytes = bytes
    this.isWritable = isWritable
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
    const { bytes, writable } = callNative((addon) => addon.memoryInfo(native))
    return new Allocation(native, null, bytes, writable)
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

  /** All of the allocation as an array of the element type; the same one each time. */
  elements<D extends DType>(dtype: D): TypedArray<D> {
    const known = this.#elements
    if (known !== null && known instanceof arrayClass(dtype) && known.length > 0)
      return known as TypedArray<D>
    const made = this.#wrapped === null ? this.#export(dtype) : this.#rewrap(dtype, this.#wrapped)
    this.#elements = made
    return made
  }

  #export<D extends DType>(dtype: D): TypedArray<D> {
    if (this.bytes > gibibyte4 && buffersAreSmall)
      throw new VoxlineError(
        'Unsupported',
        `an array over ${this.bytes} bytes needs Node 22 or later: use pipelines, or copies of views`,
        { bytes: this.bytes, limit: gibibyte4 },
      )
    return typedArray(
      dtype,
      callNative((addon) => addon.buffer(this.native)),
      0,
      this.bytes,
    )
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
    this.#elements = null
    const native = this.#native
    this.#native = null
    if (native !== null) callNative((addon) => addon.release(native))
  }

  /** Ends an owner that is garbage: exported arrays stay as they are. */
  forget(): void {
    this.#owners--
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
