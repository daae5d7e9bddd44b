import * as assert from 'node:assert/strict'
import type { StridedArray, Volume, VolumeHandle } from '../../ts/index.ts'
import { type ModelVolume, modelGet, modelSet, positionAt } from './model-volume.ts'
import type { randomIntegers } from './random.ts'

/** What a chain knows of one allocation. */
export interface MemoryFacts {
  readonly isWrapped: boolean
  /** The memory it is a snapshot of. */
  readonly origin: MemoryFacts | null
  owners: number
  handles: number
  snapshots: number
  isExported: boolean
  /** Whether the garbage collector, or a handle opened after the last volume, may have changed who owns it. */
  isUncertain: boolean
}

/** A volume and what it should be. */
export interface Member {
  readonly volume: Volume
  readonly model: ModelVolume
  readonly memory: MemoryFacts
}

interface HeldArray {
  readonly array: StridedArray
  readonly model: ModelVolume
  readonly memory: MemoryFacts
}

interface HeldHandle {
  readonly handle: VolumeHandle
  readonly model: ModelVolume
  readonly memory: MemoryFacts
}

/** The facts of new memory. */
export function newMemory(
  origin: MemoryFacts | null = null,
  isWrapped = false,
  isExported = false,
): MemoryFacts {
  if (origin !== null) origin.snapshots++
  const none = { owners: 0, handles: 0, snapshots: 0, isUncertain: false }
  return { isWrapped, origin, ...none, isExported }
}

const allVoxels = 400

/** Volumes over a few allocations with what they should hold, and the arrays and handles that were given out. */
export class VolumeChain {
  readonly random: ReturnType<typeof randomIntegers>
  readonly log: string[] = []
  readonly members: Member[] = []
  readonly held: HeldArray[] = []
  readonly handles: HeldHandle[] = []

  constructor(random: ReturnType<typeof randomIntegers>) {
    this.random = random
  }

  pick<T>(list: readonly T[]): T {
    return list[this.random(0, list.length - 1)] as T
  }

  add(volume: Volume, model: ModelVolume, memory: MemoryFacts): void {
    memory.owners++
    this.members.push({ volume, model, memory })
  }

  /** Disposes a volume and checks what becomes of the arrays over its memory. */
  dispose(member: Member): void {
    member.volume.dispose()
    this.#forget(member)
    const { memory } = member
    if (memory.owners > 0) return
    for (const held of this.held.filter((each) => each.memory === memory)) {
      if (memory.isWrapped || memory.isUncertain) this.#checkArray(held, memory.isWrapped)
      else assert.equal(held.array.data.length, 0, 'an array outlived its last volume')
      this.held.splice(this.held.indexOf(held), 1)
    }
    if (memory.origin !== null) memory.origin.snapshots--
    memory.isExported = false
    memory.isUncertain = true
  }

  /** Leaves a volume to the garbage collector. */
  drop(member: Member): void {
    this.#forget(member)
    member.memory.isUncertain = true
    if (member.memory.origin !== null) member.memory.origin.isUncertain = true
  }

  #forget(member: Member): void {
    this.members.splice(this.members.indexOf(member), 1)
    member.memory.owners--
  }

  /** A random index of the volume; with `margins` of what lies around it too. */
  index({ shape, outer, start }: ModelVolume, margins = false): number[] {
    return shape.map((length, axis) => {
      const low = margins ? -start[axis] : 0
      return this.random(low, margins ? outer[axis] - start[axis] - 1 : length - 1)
    })
  }

  /** Compares a volume with its model: small ones whole, large ones here and there. */
  check({ volume, model }: Member): void {
    const { shape, outer, start, code } = model
    assert.deepEqual([volume.shape, volume.orientation, volume.dtype], [shape, code, model.dtype])
    assert.deepEqual(volume.startInParent, start)
    const margins = shape.map((length, axis) => [start[axis], outer[axis] - start[axis] - length])
    assert.deepEqual(volume.margins, margins)
    const size = outer.reduce((product, length) => product * length, 1)
    for (let k = 0; k < Math.min(size, allVoxels); k++) {
      const index = size <= allVoxels ? this.#outerIndex(model, k) : this.index(model, k % 3 === 0)
      assert.equal(volume.get(...index), modelGet(model, index), `voxel ${index}`)
    }
    const index = this.index(model, true)
    const place = model.store.placeOf(positionAt(model, index))
    volume.indexToWorld(index).forEach((x, row) => {
      assert.ok(Math.abs(x - (place[row] as number)) < 1e-9, `the place of ${index}`)
    })
  }

  #outerIndex({ outer, start }: ModelVolume, position: number): number[] {
    let rest = position
    return outer.map((length, axis) => {
      const i = rest % length
      rest = (rest - i) / length
      return i - (start[axis] as number)
    })
  }

  #checkArray({ array, model }: HeldArray, mustLive: boolean): void {
    if (mustLive) assert.notEqual(array.data.length, 0, 'an array was detached under its volumes')
    if (array.data.length === 0) return
    for (let k = 0; k < 5; k++) {
      const index = this.index(model)
      const at = index.reduce((sum, i, axis) => sum + i * (array.stride[axis] as number), array.offset)
      assert.equal(array.data[at], modelGet(model, index), `array at ${index}`)
    }
  }

  /** Writes one voxel through an array given out earlier, and compares all of them. */
  checkArrays(): void {
    const live = this.held.filter(({ array }) => array.data.length > 0)
    if (live.length > 0) {
      const { array, model } = this.pick(live)
      const index = this.index(model)
      const at = index.reduce((sum, i, axis) => sum + i * (array.stride[axis] as number), array.offset)
      array.data[at] = 5
      modelSet(model, index, 5)
    }
    for (const held of this.held) this.#checkArray(held, held.memory.owners > 0)
  }

  checkAll(): void {
    for (const member of this.members) this.check(member)
    this.checkArrays()
  }

  /** Ends all that is left, in random order, comparing what remains. */
  end(): void {
    while (this.members.length > 0) {
      this.dispose(this.pick(this.members))
      this.checkAll()
    }
    for (const { handle } of this.handles) handle.close()
  }
}
