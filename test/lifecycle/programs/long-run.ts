// A pipeline that would take about a minute on one core; shared by the programs that do not wait for it.
import {
  type AnyStep,
  clamp,
  defineFilter,
  gaussian,
  gradientMagnitude,
  median,
  type Pipeline,
  pipe,
  pointwise,
  rescaleIntensity,
  Volume,
} from '../../../ts/index.ts'

/** A filter whose voxel function is TypeScript. */
export const twice = defineFilter({
  name: 'twice',
  summary: 'For tests: doubles every voxel, in TypeScript.',
  params: {},
  output: (input) => ({ ...input, dtype: 'float32' }),
  stages: () => [pointwise((x) => 2 * x)],
})

const chains: Readonly<Record<string, () => readonly AnyStep<Volume>[]>> = {
  native: () => Array.from({ length: 12 }, () => [median({ radius: 2 }), gaussian({ sigma: 3 })]).flat(),
  script: () => [clamp(), twice(), twice(), gradientMagnitude(), twice()],
  reduction: () => [median({ radius: 2 }), gaussian({ sigma: 4 }), rescaleIntensity({ dtype: 'uint8' })],
}

/** Noise, as quickly as it can be made. */
export function noiseVolume(shape: readonly number[]): Volume<'int16'> {
  const volume = Volume.create({ shape, dtype: 'int16' })
  const { data } = volume
  for (let i = 0, state = 1; i < data.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0
    data[i] = state >> 20
  }
  volume.touch()
  return volume
}

/** A pipeline over a volume, or `length`³ voxels of noise. */
export function longRun(chain: string, source: Volume | number = 160): Pipeline {
  const steps = (chains[chain] as () => readonly AnyStep<Volume>[])()
  const volume = typeof source === 'number' ? noiseVolume([source, source, source]) : source
  return pipe(volume, ...steps)
}
