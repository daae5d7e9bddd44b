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

/**
 * What making regions takes, found out once: without it, steps that read one another would each plan all those below them for every way they
 * might be cut. Whoever makes a region takes the most that fits, or the least there is: any room between what was offered and what it takes
 * makes no difference.
 */
export class KnownCosts {
  #known = new Map<object, Map<string, KnownCost[]>>()

  /** Bytes as they are known, or else as `find` finds them. */
  of({ maker, region, as, room }: CostQuestion, find: () => number): number {
    const costs = this.#costs(maker, `${region.start} ${region.shape} ${as}`)
    const known = costs.find(({ from, to }) => from <= room && room <= to)
    if (known) return known.bytes
    const bytes = find()
    costs.push({ from: Math.min(bytes, room), to: Math.max(bytes, room), bytes })
    return bytes
  }

  /** When makers begin to work in another way. */
  forget(): void {
    this.#known.clear()
  }

  #costs(maker: object, key: string): KnownCost[] {
    const ofMaker = this.#known.get(maker) ?? new Map<string, KnownCost[]>()
    const costs = ofMaker.get(key) ?? []
    this.#known.set(maker, ofMaker.set(key, costs))
    return costs
  }
}
