/** Deterministic noise: roughly normal with mean 0 and standard deviation 1 (four bytes of xorshift32 added up). */
export function makeNoise(seed: number): () => number {
  let state = seed | 0 || 1
  const deviation = Math.sqrt((4 * (256 ** 2 - 1)) / 12)
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    const sum = (state & 255) + ((state >>> 8) & 255) + ((state >>> 16) & 255) + (state >>> 24)
    return (sum - 510) / deviation
  }
}
