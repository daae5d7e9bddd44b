import { randomIntegers } from '../support/random.ts'

/** Many more trials: `VOXLINE_CONFORMANCE=long`. */
export const isLong = process.env['VOXLINE_CONFORMANCE'] === 'long'

/** What all random choices follow from; `VOXLINE_CONFORMANCE_SEED` sets another. */
export const seed = Number(process.env['VOXLINE_CONFORMANCE_SEED'] ?? 20260)

/** A shuffled list that is drawn from without repetition until it is empty, and then shuffled anew. */
export class Deck<T> {
  readonly #cards: readonly T[]
  readonly #random: (low: number, high: number) => number
  #left: T[] = []

  constructor(cards: readonly T[], own: number) {
    this.#cards = cards
    this.#random = randomIntegers(seed * 31 + own)
  }

  get size(): number {
    return this.#cards.length
  }

  draw(): T {
    if (this.#left.length === 0) this.#left = [...this.#cards]
    const [card] = this.#left.splice(this.#random(0, this.#left.length - 1), 1)
    return card as T
  }
}
