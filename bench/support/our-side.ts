import { type AnyStep, type ComputeOptions, type Pipeline, pipe, Volume } from '../../ts/index.ts'
import type { TestVolume } from './test-volume.ts'
import { milliseconds } from './timing.ts'

/** Memory that was written to before, or straight from the system. */
export type Memory = 'reused' | 'fresh'
export const memories = ['reused', 'fresh'] as const

/** How a pipeline is run while it is measured. */
export type RunChoice = Pick<ComputeOptions, 'threads' | 'executor'>

/** A warm pipeline over a test volume, with its result. */
export interface OurSide {
  readonly pipeline: Pipeline
  readonly into: Volume
  /** Bytes of source and sink. */
  readonly bytes: number
  run(memory: Memory): Promise<number>
  close(): void
}

/** A volume of our own with a test volume's voxels. */
export function ownVolume({ shape, dtype, data }: TestVolume): Volume {
  const volume = Volume.create({ shape, dtype })
  ;(volume.data as Int16Array).set(data)
  volume.touch()
  return volume
}

/** Makes the pipeline and runs it once. */
export async function ourSide(
  input: TestVolume,
  steps: readonly AnyStep[],
  choice: RunChoice,
): Promise<OurSide> {
  const source = ownVolume(input)
  const pipeline = pipe(source, ...steps) as Pipeline
  const into = await pipeline.compute(choice)
  const { shape, dtype, byteLength } = into
  const intoFresh = async () => {
    let made: Volume | undefined
    // A created volume's zeroed pages come straight from the system: this run is the first to touch them.
    const ms = await milliseconds(async () => {
      made = Volume.create({ shape, dtype })
      await pipeline.compute({ ...choice, into: made })
    })
    made?.dispose()
    return ms
  }
  return {
    pipeline,
    into,
    bytes: source.byteLength + byteLength,
    run: (memory) =>
      memory === 'fresh' ? intoFresh() : milliseconds(() => pipeline.compute({ ...choice, into })),
    close: () => {
      into.dispose()
      source.dispose()
    },
  }
}
