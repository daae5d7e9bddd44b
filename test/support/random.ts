/** A repeatable source of integers in [low, high]: xorshift32. */
export function randomIntegers(seed: number): (low: number, high: number) => number {
  let state = seed * 2654435761 || 1
  return (low, high) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return low + ((state >>> 0) % (high - low + 1))
  }
}
