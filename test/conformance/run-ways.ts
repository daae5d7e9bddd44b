import type { RunOptions } from '../../ts/index.ts'
import { callNative } from '../../ts/native/errors.ts'
import { Deck } from './decks.ts'

/** The instruction set levels this machine has. */
export const levels = callNative((addon) => addon.settings()).levels

const tiles = [undefined, undefined, [5, 3, 2, 1], [2, 5, 3, 2], [13, 1, 7, 3], [3, 2, 2, 2], [1, 1, 1, 1]]

/** Ways to run a pipeline, drawn so that every value of every option comes up. */
export class WayDeck {
  readonly #decks

  constructor(own: number) {
    this.#decks = {
      simd: new Deck(levels, own),
      threads: new Deck([1, 2, 5], own + 1),
      // The last is one voxel each in small volumes; in large ones that would take minutes and find no more.
      divisions: new Deck([1, 2, 3, 7, 1000], own + 2),
      split: new Deck(['slabs', 'blocks'] as const, own + 3),
      tile: new Deck(tiles, own + 4),
      isolate: new Deck([undefined, undefined, true], own + 5),
    }
  }

  get size(): number {
    return Math.max(...Object.values(this.#decks).map(({ size }) => size))
  }

  draw(shape: readonly number[]): RunOptions {
    const { simd, threads, divisions, split, tile, isolate } = this.#decks
    const [asked, isIsolated] = [tile.draw(), isolate.draw()]
    return {
      simd: simd.draw(),
      threads: threads.draw(),
      divisions: divisions.draw(),
      split: split.draw(),
      ...(isIsolated && { isolate: true }),
      ...(asked && { tile: shape.map((length, axis) => Math.min(length, asked[axis] ?? 1)) }),
    }
  }
}
