import { VoxlineError } from '../../ts/index.ts'

/** What work gives; nothing when the options drawn do not fit the volume, or the format cannot hold the result. */
export async function unlessRefused<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work
  } catch (error) {
    const refusals: readonly string[] = ['InvalidArgument', 'OutOfBounds', 'Filter', 'Unsupported']
    if (error instanceof VoxlineError && refusals.includes(error.code)) return undefined
    throw error
  }
}
