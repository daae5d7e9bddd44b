/** The middle value; of an even number the upper one. */
export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] as number
}

/** The value below which `share` of the values lie. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(Math.floor(share * sorted.length), sorted.length - 1)] as number
}

/** Milliseconds a call takes. */
export async function milliseconds(work: () => unknown): Promise<number> {
  const start = performance.now()
  await work()
  return performance.now() - start
}

/** Runs every contestant in turn, round after round, until the budget is spent; at least `least` and at most `most` rounds. */
export async function takeTurns<K extends string>(
  contestants: Readonly<Record<K, (round: number) => Promise<number> | number>>,
  { budget, least = 3, most = 15 }: { readonly budget: number; readonly least?: number; readonly most?: number },
): Promise<Record<K, number[]>> {
  const keys = Object.keys(contestants) as K[]
  const times = Object.fromEntries(keys.map((key) => [key, [] as number[]])) as Record<K, number[]>
  const start = performance.now()
  for (let round = 0; round < most; round++) {
    if (round >= least && performance.now() - start > budget) break
    for (const key of keys) times[key].push(await contestants[key](round))
  }
  return times
}
