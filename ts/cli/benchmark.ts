import {
  type AnyStep,
  type ComputeOptions,
  edgeMap,
  gaussian,
  gradientMagnitude,
  median,
  type Pipeline,
  pipe,
  rescaleIntensity,
  statistics,
  Volume,
} from '../index.ts'

/** What one operation took. */
export interface Timing {
  readonly operation: string
  /** Median over the repetitions. */
  readonly milliseconds: number
  readonly voxelsPerSecond: number
  readonly repetitions: number
}

const operations: readonly (readonly [operation: string, steps: readonly AnyStep[]])[] = [
  ['rescale-intensity to uint8', [rescaleIntensity({ dtype: 'uint8' })]],
  ['gaussian sigma 1', [gaussian({ sigma: 1, units: 'voxel' })]],
  ['median radius 1', [median()]],
  ['gradient-magnitude', [gradientMagnitude()]],
  ['median → edge-map, fused', [median(), edgeMap({ below: 20 })]],
  ['statistics', [statistics()]],
]

/** Times a copy and some usual pipelines over a cube of noise, into memory that was written to before. */
export async function* benchmark(
  size: number,
  options: Pick<ComputeOptions, 'threads' | 'signal'>,
): AsyncGenerator<Timing> {
  using volume = noise(size)
  using target = await volume.copy()
  yield await timed('copy', volume.size, options, () => target.copyFrom(volume))
  for (const [operation, steps] of operations) {
    const pipeline = pipe(volume, ...steps) as Pipeline<unknown>
    const first = await pipeline.compute(options)
    const into = first instanceof Volume ? { into: first } : {}
    yield await timed(operation, volume.size, options, () => pipeline.compute({ ...options, ...into }))
    if (first instanceof Volume) first.dispose()
  }
}

async function timed(
  operation: string,
  voxels: number,
  { signal }: Pick<ComputeOptions, 'signal'>,
  run: () => Promise<unknown>,
): Promise<Timing> {
  const [least, most, budget] = [5, 50, 1000]
  const taken: number[] = []
  const end = performance.now() + budget
  await run()
  while (taken.length < least || (taken.length < most && performance.now() < end)) {
    signal?.throwIfAborted()
    const begun = performance.now()
    await run()
    taken.push(performance.now() - begun)
  }
  const milliseconds = taken.sort((a, b) => a - b)[taken.length >> 1] as number
  return {
    operation,
    milliseconds,
    voxelsPerSecond: (voxels / milliseconds) * 1000,
    repetitions: taken.length,
  }
}

// xorshift32: the same voxels everywhere.
function noise(size: number): Volume {
  const volume = Volume.create({ shape: [size, size, size], dtype: 'int16' })
  let state = 20_261_121
  for (const { data } of volume.lines())
    for (let i = 0; i < data.length; i++) {
      state ^= state << 13
      state ^= state >>> 17
      state ^= state << 5
      data[i] = state & 1023
    }
  volume.touch()
  return volume
}
