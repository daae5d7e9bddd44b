// Prints the instruction set level in force, and a hash of what every filter makes of one volume.
import { createHash } from 'node:crypto'
import { pipe, simd, Volume, VoxlineError } from '../../../ts/index.ts'
import { noise } from '../../support/naive-filters.ts'
import { everyFilter, OptionDeck } from '../filter-cases.ts'
import { nothing } from '../sources.ts'

const refusals: readonly string[] = ['InvalidArgument', 'OutOfBounds', 'Filter']
const hashes: Record<string, string> = {}
for (const filter of everyFilter) {
  const hash = createHash('sha256')
  const options = new OptionDeck(filter, 9)
  for (const dtype of ['uint8', 'int16', 'float32', 'float64'] as const) {
    const volume = noise([37, 11, 7], dtype)
    const pipeline = pipe(volume, nothing(), filter.step(options.draw(3, volume)))
    // Options drawn at random need not fit the volume.
    const made: unknown = await pipeline.compute().catch((error: unknown) => {
      if (error instanceof VoxlineError && refusals.includes(error.code)) return { refused: error.message }
      throw error
    })
    hash.update(made instanceof Volume ? new Uint8Array(made.data.buffer) : JSON.stringify(made))
  }
  hashes[filter.name] = hash.digest('hex')
}
console.log(JSON.stringify({ level: simd(), hashes }))
