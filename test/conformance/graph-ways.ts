import type { RunOptions } from '../../ts/index.ts'
import { pick, type Random } from './random-graph.ts'
import { levels } from './run-ways.ts'

/** A way to run a graph whose result has that shape; the budget is chosen by who runs it. */
export function drawWay(shape: readonly number[], random: Random): RunOptions {
  const voxels = shape.reduce((product, length) => product * length, 1)
  const divisions = pick([0, 0, 1, 2, 3, 7, voxels < 30 ? 1000 : 13], random)
  const tile = pick([0, 0, 1], random) && shape.map((length) => random(1, Math.min(length, 8)))
  return {
    simd: pick(levels, random),
    threads: pick([1, 2, 5], random),
    split: pick(['slabs', 'blocks'] as const, random),
    executor: random(1, 10) === 1 ? 'reference' : 'fused',
    ...(divisions > 0 && { divisions }),
    ...(tile && { tile }),
    ...(random(1, 4) === 1 && { isolate: true }),
  }
}
