import * as assert from 'node:assert/strict'
import { formats, type Pipeline, pipe, Volume } from '../../ts/index.ts'
import { noise } from '../support/naive-filters.ts'
import { suite } from '../support/suite.ts'
import { temporaryFiles } from '../support/temporary.ts'
import { Deck } from './decks.ts'
import { everyFilter, OptionDeck } from './filter-cases.ts'
import { readLike } from './read-like.ts'
import { unlessRefused } from './refused.ts'
import { nothing } from './sources.ts'

// compute, compute into a view, tiles and write give the same voxels, whatever the filter.
const test = suite('conformance/drivers')
const shape = [19, 7, 5]
const suffixes = formats.flatMap(({ writes }) => writes)

async function tiled(pipeline: Pipeline, like: Volume): Promise<Volume> {
  const { dtype, components, orientation } = like
  const whole = Volume.create({ shape: like.shape, dtype, components, orientation })
  for await (const { region, volume } of pipeline.tiles({ divisions: 4, split: 'blocks' })) {
    await whole.copyFrom(volume, region.start)
    volume.dispose()
  }
  return whole
}

async function filled(pipeline: Pipeline, like: Volume): Promise<Volume> {
  const { dtype, components, orientation } = like
  const room = like.shape.map((length) => length + 4)
  const around = Volume.create({ shape: room, dtype, components, orientation })
  const start = [1, 2, 3, 2].slice(0, like.rank)
  const view = around.view({ start, shape: like.shape }).flip([like.rank - 1])
  return await pipeline.compute({ into: view, divisions: 3 })
}

everyFilter
  .filter(({ measures }) => !measures)
  .forEach((filter, index) => {
    test(`${filter.name} gives the same voxels in memory, in a view, in tiles and in every file`, async () => {
      const file = temporaryFiles()
      const options = new OptionDeck(filter, 7000 + index * 10)
      const dtypes = new Deck(['uint8', 'int16', 'float32', 'int64', 'float64'] as const, index)
      for (const suffix of [...suffixes, ...suffixes]) {
        const volume = noise(shape, dtypes.draw())
        const step = filter.step(options.draw(3, volume))
        const pipeline = pipe(volume, nothing(), step) as Pipeline
        const text = `${filter.name} ${JSON.stringify(step.options)}`
        const wanted = await unlessRefused(pipeline.compute({ executor: 'reference' }))
        if (!wanted) continue
        assert.ok(await (await tiled(pipeline, wanted)).equals(wanted), `${text} in tiles`)
        assert.ok(await (await filled(pipeline, wanted)).equals(wanted), `${text} in a view`)
        const writing = pipeline.write(file(`a${suffix}`), { divisions: 2, overwrite: true })
        if (!(await unlessRefused(writing.then(() => true)))) continue
        const read = await readLike(file(`a${suffix}`), wanted)
        assert.ok(await read.equals(wanted), `${text} in ${suffix}`)
      }
    })
  })

test.run()
