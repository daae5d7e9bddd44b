import { inspect } from 'node:util'
import { type Test, suite as uvuSuite } from 'uvu'
import { VoxlineError } from '../../ts/core/errors.ts'

/** A suite of uvu's whose tests may end in a VoxlineError: uvu prints an error's `details` as a text, and theirs are an object. */
export function suite(name: string): Test {
  const test = uvuSuite(name)
  const guarded = (title: string, body: () => unknown) =>
    test(title, async () => {
      try {
        await body()
      } catch (error) {
        if (!(error instanceof VoxlineError)) throw error
        throw new Error(`${error.message} ${inspect(error.details)}`, { cause: error })
      }
    })
  return Object.assign(guarded, test) as Test
}
