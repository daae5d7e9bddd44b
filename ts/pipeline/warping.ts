import type { Region } from '../volume/region.ts'
import type { DisplacementField } from './displacement-field.ts'
import type { Info } from './info.ts'
import { fillPatch } from './moved-bits.ts'
import { regionBytes } from './patch.ts'
import type { Patch, PatchShape, Regional, RegionalTools } from './regional.ts'
import { boxAround, coordinatesOver, type ResampleMap, type Span } from './resample-map.ts'
import { type Interpolating, type Sampler, type SamplingKernels, samplerOf } from './sampler.ts'
import { subPatch } from './sub-patch.ts'
import { inType, typedBytes } from './typed-work.ts'

/** What moves a volume. */
export interface Warping extends Interpolating {
  /** From the output's indices to the input's, where nothing moves. */
  readonly map: ResampleMap
  readonly field: DisplacementField
}

// Less of the input is not worth being read by itself.
const leastBytes = 2 ** 22

// So many times what a region takes where nothing moves is enough for it.
const mostMoved = 16

/**
 * Makes regions of a warped volume. What a region needs of the input is known when its part of the field is there: the box around its image,
 * widened by the extreme displacements. Where there is no room for that much the region is made in parts.
 */
export function warping(input: Info, output: Info, of: Warping): Regional {
  const { map, field } = of
  const sampler = samplerOf(input, output, map.axes, of)
  const whole = { start: input.shape.map(() => 0), shape: input.shape }
  const read = { components: input.components, dtype: sampler.read }
  const besideAll = sampler.bytes(whole)
  const isOfVoxels = besideAll === 0
  const { least: uncut } = sampler
  const leastRead = Math.max(leastBytes, uncut ? regionBytes(read, sampler.voxels(uncut)) : 0)
  const leastBeside = Math.max(leastBytes, uncut ? sampler.bytes(uncut) : 0)
  const unmoved = (region: Region) =>
    boxAround(coordinatesOver(map, region), map, input, region, sampler.around)
  // Half of what the field's part leaves, the rest is for what makes the input; or the least.
  const mostRead = (room: number, region: Region) => {
    const half = (room - regionBytes(field.info, field.partFor(region))) / 2
    const box = unmoved(region)
    const least = box ? mostMoved * regionBytes(read, sampler.voxels(box)) : leastRead
    return Math.max(Math.min(leastRead, least), half)
  }
  // Twice what the region takes where nothing moves, but no more than all.
  const besideRead = (region: Region) => {
    const box = unmoved(region)
    return Math.min(besideAll, Math.max(leastBeside, box ? 2 * sampler.bytes(box) : 0))
  }
  return {
    dtypes: [sampler.read, field.info.dtype],
    needs: (region) => [whole, field.partFor(region)],
    readsItself: true,
    atOnce: ([, part], room, region) => [leadingPart(whole, read, mostRead(room, region)), part as Region],
    scratch: (region) =>
      typedBytes(output, sampler.made, region) + field.rangeBytes(field.partFor(region)) + besideRead(region),
    generate: async (work) => {
      const { region, tools } = work
      const vectorsFor = field.partFor(region)
      const vectors = await tools.read(1, vectorsFor)
      const most = { read: mostRead(tools.room, region), beside: besideRead(region) }
      const isLent = tools.lends(0)
      const isWithin = (box: Region) =>
        (isLent || regionBytes(read, sampler.voxels(box)) <= most.read) && sampler.bytes(box) <= most.beside
      const isAnywhere = isLent && isOfVoxels
      try {
        await inType(work, sampler.made, output, (to) =>
          warpPart({ input, output, of, sampler, tools, vectors, to, isAnywhere, isWithin }, region),
        )
      } finally {
        vectors.release()
      }
    },
  }
}

interface Work {
  readonly input: Info
  readonly output: Info
  readonly of: Warping
  readonly sampler: Sampler
  readonly tools: RegionalTools
  readonly vectors: Patch
  readonly to: Patch
  /** Whether the whole input may be looked up at no cost. */
  readonly isAnywhere: boolean
  readonly isWithin: (box: Region) => boolean
}

const anywhere: Span = { first: Number.NEGATIVE_INFINITY, last: Number.POSITIVE_INFINITY }

async function warpPart(work: Work, part: Region): Promise<void> {
  const { of, sampler, tools, isWithin } = work
  const to = subPatch(work.to, part)
  const vectors = subPatch(work.vectors, of.field.partFor(part))
  const box = await boxFor(work, part, vectors)
  if (!box) return await fillPatch(tools, to, of.outsideValue)
  const longest = Math.max(...part.shape)
  if (!isWithin(box) && longest > 1) {
    for (const half of halves(part, part.shape.lastIndexOf(longest))) await warpPart(work, half)
    return
  }
  const voxels = await tools.read(0, sampler.voxels(box))
  try {
    await sampler.sample(tools, { box, voxels, to }, kernelsOf(work, vectors))
  } finally {
    voxels.release()
  }
}

// What a part of the output is made of.
async function boxFor(work: Work, part: Region, vectors: Patch): Promise<Region | null> {
  const { input, of, sampler, tools } = work
  const { map, field } = of
  const ranges = work.isAnywhere ? [anywhere, anywhere, anywhere] : await field.ranges(tools, vectors)
  const spans = coordinatesOver(map, part).map(({ first, last }, k) => {
    const range = ranges[k] as Span
    return { first: first + range.first, last: last + range.last }
  })
  return boxAround(spans, map, input, part, sampler.around)
}

function kernelsOf({ output, of: { map, field }, tools }: Work, vectors: Patch): SamplingKernels {
  const params = {
    axes: map.axes,
    matrix: map.rows.flat(),
    fieldAxes: field.axes,
    fieldMatrix: field.rows.flat(),
    beside: output.components > 1 ? [...field.beside, -1] : field.beside,
    steps: field.steps,
  }
  const views = (voxels: Patch, to: Patch) => ({ inputs: [voxels, vectors], outputs: [to] })
  return {
    nearest: (words, voxels, to) =>
      tools.call('warp_nearest_region', { ...params, ...words }, views(voxels, to)),
    linear: (outside, voxels, to) =>
      tools.call('warp_linear_region', { ...params, outside }, views(voxels, to)),
    cubic: (outside, coefficients, to) =>
      tools.call('warp_cubic_region', { ...params, outside }, views(coefficients, to)),
  }
}

function halves({ start, shape }: Region, axis: number): readonly Region[] {
  const [first, length] = [start[axis] as number, shape[axis] as number]
  const half = length >> 1
  return [
    { start, shape: shape.with(axis, half) },
    { start: start.with(axis, first + half), shape: shape.with(axis, length - half) },
  ]
}

// As much of a region as so many bytes hold: whole planes, else lines of one, else voxels.
function leadingPart({ start, shape }: Region, of: Omit<PatchShape, 'shape'>, most: number): Region {
  const lengths = [...shape]
  for (let axis = lengths.length - 1; axis >= 0; axis--) {
    const fits = most / regionBytes(of, { start, shape: lengths })
    if (fits < 1) lengths[axis] = Math.max(1, Math.floor((lengths[axis] as number) * fits))
  }
  return { start, shape: lengths }
}
