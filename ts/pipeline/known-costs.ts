import type { Region } from '../volume/region.ts'

/** Bytes that come out alike for any room between two. */
interface KnownCost {
  readonly from: number
  readonly to: number
  readonly bytes: number
}

/** What is asked for: who makes which region, as what, within how many bytes. */
export interface CostQuestion {
  readonly maker: object
  readonly region: Region
  readonly as: string
  readonly room: number
}

// Regions that a run has done with are not asked for again: those of before the last so many questions are let go.
const mostRecent = 2048

/**
 * What making regions takes, found out once: without it, steps that read one another would each plan all those below them for every way they
 * might be cut. Whoever makes a region takes the most that fits, or the least there is: any room between what was offered and what it takes
 * makes no difference.
 */
export class KnownCosts {
  readonly #makers = new Map<object, number>()
  #recent = new Map<string, KnownCost[]>()
  #older = new Map<string, KnownCost[]>()

  /** Bytes as they are known, or else as `find` finds them. */
  of({ maker, region, as, room }: CostQuestion, find: () => number): number {
    const key = `${this.#numberOf(maker)} ${region.start} ${region.shape} ${as}`
    const known = this.#costs(key).find(({ from, to }) => from <= room && room <= to)
    if (known) return known.bytes
    const bytes = find()
    // Finding out asks questions of its own, so many that older answers may be gone.
    this.#costs(key).push({ from: Math.min(bytes, room), to: Math.max(bytes, room), bytes })
    return bytes
  }

  /** When makers begin to work in another way. */
  forget(): void {
    this.#recent.clear()
    this.#older.clear()
  }

  #numberOf(maker: object): number {
    const number = this.#makers.get(maker) ?? this.#makers.size
    this.#makers.set(maker, number)
    return number
  }

  #costs(key: string): KnownCost[] {
    const known = this.#recent.get(key)
    if (known) return known
    const costs = this.#older.get(key) ?? []
    if (this.#recent.size >= mostRecent) {
      this.#older = this.#recent
      this.#recent = new Map()
    }
    this.#recent.set(key, costs)
    return costs
  }
}
