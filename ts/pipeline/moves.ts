import { type IndexMap, mapLengths } from '../geometry/index-map.ts'
import { type Sampling, sampleGeometry } from '../geometry/sampling.ts'
import { moveHeader } from '../volume/own-header.ts'
import type { Region } from '../volume/region.ts'
import { sampleHeader } from '../volume/regrid-header.ts'
import type { Info } from './info.ts'
import type { AnyRegional, Patch, StridedMap } from './regional.ts'

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

/** A step that only moves voxels: its regions are strided copies. */
export function moving(map: StridedMap): AnyRegional {
  return {
    moves: map,
    needs: (region) => [movedRegion(map, region)],
    generate: async ({ region, inputs, output, tools }) => {
      const input = inputs[0] as Patch
      await tools.copy(movedPatch(map, input, region), output)
    },
  }
}

// The input's voxels from the first to the last that a region of the output is made of.
function movedRegion(map: StridedMap, region: Region): Region {
  const start = [...region.start]
  const shape = [...region.shape]
  map.axes.forEach((axis, k) => {
    const step = map.steps[k] as number
    const length = region.shape[k] as number
    const first = (map.starts[k] as number) + step * (region.start[k] as number)
    start[axis] = Math.min(first, first + step * (length - 1))
    shape[axis] = Math.abs(step) * (length - 1) + 1
  })
  return { start, shape }
}

// The voxels of a patch of the input in the order of the output's axes; an axis of components stays the last.
function movedPatch(map: StridedMap, { view, ...patch }: Patch, region: Region): Patch {
  let offset = view.offset
  const strides = [...view.strides]
  map.axes.forEach((axis, k) => {
    const stride = view.strides[axis] as number
    const step = map.steps[k] as number
    const first = (map.starts[k] as number) + step * (region.start[k] as number)
    offset += (first - (patch.start[axis] as number)) * stride
    strides[k] = step * stride
  })
  const rank = map.axes.length
  const whole = (own: readonly number[], rest: readonly number[]) => [...own, ...rest.slice(rank)]
  const shape = whole(region.shape.slice(0, rank), view.shape)
  return { view: { ...view, offset, shape, strides }, start: shape.map(() => 0), extent: shape }
}
