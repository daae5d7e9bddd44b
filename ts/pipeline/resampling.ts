import type { Region } from '../volume/region.ts'
import type { Info } from './info.ts'
import { fillPatch } from './moved-bits.ts'
import type { Patch, Regional, RegionalTools } from './regional.ts'
import { boxAround, coordinatesOver, type ResampleMap } from './resample-map.ts'
import { type Interpolating, type SamplingKernels, samplerOf } from './sampler.ts'
import { inType, typedBytes } from './typed-work.ts'

/** What a volume is resampled to. */
export interface Resampling extends Interpolating {
  readonly map: ResampleMap
}

/** Makes regions of a resampled volume: each needs the box around its image. Axes the map does not name stay. */
export function resampling(input: Info, output: Info, of: Resampling): Regional {
  const { map } = of
  const sampler = samplerOf(input, output, map.axes, of)
  const boxFor = (region: Region) =>
    boxAround(coordinatesOver(map, region), map, input, region, sampler.around)
  return {
    dtypes: [sampler.read],
    needs: (region) => {
      const box = boxFor(region)
      return [box && sampler.voxels(box)]
    },
    scratch: (region) => {
      const box = boxFor(region)
      return typedBytes(output, sampler.made, region) + (box ? sampler.bytes(box) : 0)
    },
    generate: async (work) => {
      const { inputs, tools } = work
      const [voxels] = inputs
      const box = boxFor(work.region)
      if (!box || !voxels) return await fillPatch(tools, work.output, of.outsideValue)
      await inType(work, sampler.made, output, (to) =>
        sampler.sample(tools, { box, voxels, to }, kernelsOf(tools, map)),
      )
    },
  }
}

function kernelsOf(tools: RegionalTools, { axes, rows }: ResampleMap): SamplingKernels {
  const params = { axes, matrix: rows.flat() }
  const views = (voxels: Patch, to: Patch) => ({ inputs: [voxels], outputs: [to] })
  return {
    nearest: (words, voxels, to) =>
      tools.call('resample_nearest_region', { ...params, ...words }, views(voxels, to)),
    linear: (outside, voxels, to) =>
      tools.call('resample_linear_region', { ...params, outside }, views(voxels, to)),
    cubic: (outside, coefficients, to) =>
      tools.call('resample_cubic_region', { ...params, outside }, views(coefficients, to)),
  }
}
