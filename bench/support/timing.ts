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

/** Lets every contestant run in turn, round after round, until the budget is spent; between `least` and `most` rounds. */
export async function takeTurns(
  contestants: readonly ((round: number) => Promise<number>)[],
  {
    budget,
    least = 3,
    most = 15,
  }: { readonly budget: number; readonly least?: number; readonly most?: number },
): Promise<readonly (readonly number[])[]> {
  const times = contestants.map((): number[] => [])
  const start = performance.now()
  for (let round = 0; round < most; round++) {
    if (round >= least && performance.now() - start > budget) break
    for (const [k, contestant] of contestants.entries()) times[k]?.push(await contestant(round))
  }
  return times
}

/** One turn of a contestant: the middle of three runs in a row when they are short, else one run. */
export async function shortTurn(run: () => Promise<number>): Promise<number> {
  const first = await run()
  return first > 60 ? first : median([first, await run(), await run()])
}
