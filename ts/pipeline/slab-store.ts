import { closeSync, existsSync, ftruncateSync, openSync, unlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bytesOf, codeOf } from '../core/dtype.ts'
import { VoxlineError } from '../core/errors.ts'
import { checkedBytes } from '../core/shape.ts'
import type { NativeMemory } from '../native/addon.ts'
import { callNative } from '../native/errors.ts'
import type { HeldPatch, PatchShape } from './regional.ts'

// Where a file without a name can still be opened.
const openFiles = '/proc/self/fd'

let stores = 0

/** Bytes of a whole volume. */
export function bytesOfVolume({ shape, components, dtype }: PatchShape): number {
  return checkedBytes(shape, components, dtype)
}

/**
 * A volume of scratch whose slabs along one axis are had as patches. It lies in memory, or in a temporary file of which only the
 * slabs in use are mapped; its contents are undefined at first (zero in a file).
 */
export class SlabStore {
  readonly #of: PatchShape
  readonly #axis: number
  readonly #strides: readonly number[]
  readonly #memory: NativeMemory | null
  readonly #file: ScratchFile | null

  constructor(of: PatchShape, axis: number, place: 'memory' | 'file') {
    const bytes = bytesOfVolume(of)
    this.#of = of
    this.#axis = axis
    this.#strides = stridesOf(of, axis)
    this.#memory = place === 'memory' ? callNative((addon) => addon.allocate(bytes, false)) : null
    this.#file = place === 'file' ? new ScratchFile(bytes) : null
  }

  /** The voxels from `begin` to `end` along the axis, all of them along the others. */
  slab(begin: number, end: number): HeldPatch {
    const { shape, components, dtype } = this.#of
    const step = this.#strides[this.#axis] as number
    const memory = this.#memory ?? (this.#file as ScratchFile).map(begin * step, (end - begin) * step)
    const isOwn = this.#memory === null
    const several = components > 1
    const extent = several ? [...shape, components] : shape
    return {
      view: {
        memory,
        dtype: codeOf(dtype),
        offset: isOwn ? 0 : begin * step,
        shape: extent.map((length, axis) => (axis === this.#axis ? end - begin : length)),
        strides: several ? [...this.#strides, bytesOf(dtype)] : this.#strides,
      },
      start: extent.map((_, axis) => (axis === this.#axis ? begin : 0)),
      extent,
      release: () => {
        if (isOwn) callNative((addon) => addon.release(memory))
      },
    }
  }

  /** Gives memory or disk space back. */
  release(): void {
    const memory = this.#memory
    if (memory !== null) callNative((addon) => addon.release(memory))
    this.#file?.close()
  }
}

// Dense, the axis of the slabs slowest, components fastest.
function stridesOf({ shape, components, dtype }: PatchShape, slabAxis: number): readonly number[] {
  const strides = shape.map(() => 0)
  const order = [...shape.keys()].filter((axis) => axis !== slabAxis)
  let stride = bytesOf(dtype) * components
  for (const axis of [...order, slabAxis]) {
    strides[axis] = stride
    stride *= shape[axis] as number
  }
  return strides
}

// Without a name from the beginning where the system allows it, so that nothing is left behind whatever happens.
class ScratchFile {
  readonly #fd: number
  readonly #path: string
  readonly #isNamed: boolean

  constructor(bytes: number) {
    const path = join(tmpdir(), `.voxline-${process.pid}-${++stores}.tmp`)
    try {
      this.#fd = openSync(path, 'wx+', 0o600)
      this.#isNamed = !existsSync(join(openFiles, String(this.#fd)))
      this.#path = this.#isNamed ? path : join(openFiles, String(this.#fd))
      if (!this.#isNamed) unlinkSync(path)
      ftruncateSync(this.#fd, bytes)
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause)
      throw new VoxlineError('Io', `no temporary file of ${bytes} bytes: ${why}`, { path }, { cause })
    }
  }

  map(offset: number, bytes: number): NativeMemory {
    return callNative((addon) => addon.mapFile(this.#path, 'r+', offset, bytes))
  }

  close(): void {
    closeSync(this.#fd)
    if (this.#isNamed) unlinkSync(this.#path)
  }
}
