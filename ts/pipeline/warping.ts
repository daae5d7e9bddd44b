import type { Region } from '../volume/region.ts'
import type { DisplacementField } from './displacement-field.ts'
import type { Info } from './info.ts'
import { cutWithin, isSingle } from './leading-part.ts'
import { fillPatch } from './moved-bits.ts'
import { regionBytes } from './patch.ts'
import type { Patch, Regional, RegionalTools } from './regional.ts'
import { boxAround, coordinatesOver, type ResampleMap, type Span } from './resample-map.ts'
import { type Interpolating, type Sampler, type SamplingKernels, samplerOf } from './sampler.ts'
import { subPatch } from './sub-patch.ts'
import { inType, typedBytes } from './typed-work.ts'
import { warpRooms } from './warp-rooms.ts'

/** What moves a volume. */
export interface Warping extends Interpolating {
  /** From the output's indices to the input's, where nothing moves. */
  readonly map: ResampleMap
  readonly field: DisplacementField
}

/**
 * Makes regions of a warped volume. What a region needs of the input is known when its part of the field is there: the box around its image,
 * widened by the extreme displacements. Where that is more than is planned for the region is made in parts.
 */
export function warping(input: Info, output: Info, of: Warping): Regional {
  const { map, field } = of
  const sampler = samplerOf(input, output, map.axes, of)
  const whole = { start: input.shape.map(() => 0), shape: input.shape }
  const { roomFor, takenBy } = warpRooms(input, sampler, {
    fieldBytes: (region) => regionBytes(field.info, field.partFor(region)),
    unmoved: (region) => boxAround(coordinatesOver(map, region), map, input, region, sampler.around),
  })
  return {
    dtypes: [sampler.read, field.info.dtype],
    needs: (region) => [whole, field.partFor(region)],
    readsItself: true,
    atOnce: ([, part], room, region) => [roomFor(region, room).voxels, part as Region],
    working: (region, room) => roomFor(region, room).beside,
    scratch: (region) => typedBytes(output, sampler.made, region) + field.rangeBytes(field.partFor(region)),
    generate: async (work) => {
      const { region, tools } = work
      const vectorsFor = field.partFor(region)
      const vectors = await tools.read(1, vectorsFor)
      const most = roomFor(region, tools.room)
      const isLent = tools.lends(0)
      const isWithin = (box: Region) => {
        const { read, beside } = takenBy(box)
        return (isLent || read <= most.read) && beside <= most.beside
      }
      const isAnywhere = isLent && sampler.bytes(whole) === 0
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
const everywhere = [anywhere, anywhere, anywhere]

async function warpPart(work: Work, part: Region): Promise<void> {
  const { of, sampler, tools, isWithin } = work
  const to = subPatch(work.to, part)
  const vectors = subPatch(work.vectors, of.field.partFor(part))
  const moved = work.isAnywhere ? everywhere : await of.field.ranges(tools, vectors)
  const box = boxOf(work, part, moved)
  if (!box) return await fillPatch(tools, to, of.outsideValue)
  const { inBlocks } = sampler
  const kernels = kernelsOf(work, vectors)
  const isSmall = isSingle(part) || inBlocks?.edges.every((edge, axis) => (box.shape[axis] as number) <= edge)
  if (isWithin(box) || (isSmall && !inBlocks)) {
    const voxels = await tools.read(0, sampler.voxels(box))
    try {
      await sampler.sample(tools, { box, voxels, to }, kernels)
    } finally {
      voxels.release()
    }
  } else if (isSmall && inBlocks) {
    await inBlocks.sample(tools, { box, to, read: (voxels) => tools.read(0, voxels) }, kernels)
  } else {
    const isPartWithin = (one: Region) => {
      const needed = boxOf(work, one, moved)
      return !needed || isWithin(needed)
    }
    for (const one of cutWithin(part, isPartWithin)) await warpPart(work, one)
  }
}

// What a part of the output is made of where the steps along the input's axes are among `moved`.
function boxOf({ input, of: { map }, sampler }: Work, part: Region, moved: readonly Span[]): Region | null {
  const spans = coordinatesOver(map, part).map(({ first, last }, k) => {
    const range = moved[k] as Span
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
