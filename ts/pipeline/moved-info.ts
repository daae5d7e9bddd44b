import { type IndexMap, mapLengths } from '../geometry/index-map.ts'
import { type Sampling, sampleGeometry } from '../geometry/sampling.ts'
import { moveHeader } from '../volume/own-header.ts'
import { sampleHeader } from '../volume/regrid-header.ts'
import type { Info } from './info.ts'
import type { StridedMap } from './regional.ts'

/** What is known of a volume whose voxels `map` leads to those of the input; its shape is the permuted one unless given. */
export function movedInfo(input: Info, map: IndexMap, shape = mapLengths(map, input.shape)): Info {
  const geometry = input.geometry.moved(map)
  return { ...input, shape, geometry, header: moveHeader(input.header, input, map, shape) }
}

/** What is known of a volume that samples the input along its axes. */
export function sampledInfo(input: Info, sampling: Sampling, shape: readonly number[]): Info {
  const { starts, steps } = sampling
  if (steps.every((step) => step === 1) && starts.every(Number.isSafeInteger)) {
    const axes = shape.map((_, axis) => axis)
    return movedInfo(input, { axes, signs: steps, starts }, shape)
  }
  const geometry = sampleGeometry(input.geometry, sampling)
  return { ...input, shape, geometry, header: sampleHeader(input.header, input, sampling, shape) }
}

/** The map of flips and permutations as a strided one. */
export function stridedMap({ axes, starts, signs }: IndexMap): StridedMap {
  return { axes, starts, steps: signs }
}
