import { type AnyStep, type ComputeOptions, type Pipeline, pipe, Volume } from 'voxline'
import type { DType, TypedArray } from '../../ts/core/dtype.ts'
import { identityAffine } from '../../ts/geometry/affine.ts'
import type { TestVolume } from './test-volume.ts'
import { milliseconds } from './timing.ts'

/** Memory that was written to before, or straight from the system. */
export type Memory = 'reused' | 'fresh'
export const memories = ['reused', 'fresh'] as const

/** How a pipeline is run while it is measured. */
export type RunChoice = Pick<ComputeOptions, 'threads' | 'executor'>

/** Work of ours on one test volume, warm. */
export interface OurSide {
  /** What the last run gave. */
  answer(): Promise<TypedArray> | TypedArray
  readonly dtype: DType
  readonly shape: readonly number[]
  /** Bytes read and written at least. */
  readonly bytes: number
  /** Kinds of result memory that make a difference. */
  readonly memories: readonly Memory[]
  run(memory: Memory): Promise<number>
  close(): void
}

/** Makes our side of a contest. */
export type OurWay = (input: TestVolume, choice: RunChoice) => Promise<OurSide>

/** A volume of our own with a test volume's voxels. */
export function ownVolume({ shape, dtype, data }: TestVolume): Volume {
  const volume = Volume.create({ shape, dtype, affine: identityAffine })
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
  const { shape, dtype } = await pipeline.info()
  // Index order, whatever strides the pipeline itself would choose: flips and permutations move voxels.
  const into = Volume.create({ shape, dtype }) as unknown as Volume
  await pipeline.compute({ ...choice, into })
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
    answer: () => into.data,
    dtype,
    shape,
    bytes: source.byteLength + into.byteLength,
    memories,
    run: (memory) =>
      memory === 'fresh' ? intoFresh() : milliseconds(() => pipeline.compute({ ...choice, into })),
    close: () => {
      into.dispose()
      source.dispose()
    },
  }
}

/** A way through a pipeline of these steps, into a volume. */
export function filtered(...steps: readonly AnyStep[]): OurWay {
  return (input, choice) => ourSide(input, steps, choice)
}

/** A way through a pipeline that ends in a plain object, of which `numbers` are compared. */
export function measured<Result>(step: AnyStep, numbers: (result: Result) => Iterable<number>): OurWay {
  return async (input, choice) => {
    const source = ownVolume(input)
    const pipeline = pipe(source, step) as unknown as { compute(choice: RunChoice): Promise<Result> }
    let answer = Float64Array.from(numbers(await pipeline.compute(choice)))
    return {
      answer: () => answer,
      dtype: 'float64',
      shape: [answer.length],
      bytes: source.byteLength,
      memories: ['reused'],
      run: () =>
        milliseconds(async () => {
          answer = Float64Array.from(numbers(await pipeline.compute(choice)))
        }),
      close: () => source.dispose(),
    }
  }
}
