import * as assert from 'node:assert/strict'
import { cast, monitor, type Pipeline, pipe, type Region } from '../../ts/index.ts'
import { noise } from '../support/naive-filters.ts'
import { suite } from '../support/suite.ts'
import { temporaryFiles } from '../support/temporary.ts'
import { isLong } from './decks.ts'
import { everyFilter, OptionDeck } from './filter-cases.ts'
import { unlessRefused } from './refused.ts'

// What stands in front of a filter is computed once in every pass, however many slabs there are and whichever end they begin at.
const test = suite('conformance/carry')
const file = temporaryFiles()
const shape = [7, 5, 11]
const whole: Region = { start: [0, 0, 0], shape }
const own = noise(shape, 'float32')
const upwards = file('upwards.nii')
await own.write(upwards, { storage: 'RAS' })

const voxelsIn = (regions: readonly Region[]) =>
  regions.reduce((sum, region) => sum + region.shape.reduce((product, length) => product * length, 1), 0)

everyFilter
  .filter(({ measures }) => !measures)
  .forEach((filter, index) => {
    test(`${filter.name} in slabs gives the bytes of one, and has what is in front of it computed once`, async () => {
      const options = new OptionDeck(filter, 9000 + index * 10)
      for (const [source, usual] of [
        [own, 3],
        [upwards, 11],
      ] as const) {
        const first = cast({ dtype: 'int16' })
        const seen = monitor(first)
        const step = filter.step(options.draw(3, own))
        const pipeline = pipe(source, first, step) as Pipeline
        const wanted = await unlessRefused(pipeline.compute({ executor: 'reference', divisions: 1 }))
        if (!wanted) continue
        for (const executor of ['fused', 'reference'] as const)
          for (const count of isLong ? [2, 3, 4, 5, 7, 11] : [usual]) {
            const text = `${filter.name} ${JSON.stringify(step.options)} in ${count}, ${executor}`
            const { nodes, passes } = await pipeline.explain({ executor, divisions: count })
            seen.reset()
            const made = await pipeline.compute({ executor, divisions: count, threads: 2 })
            assert.ok(await made.equals(wanted), text)
            made.dispose()
            if (nodes.some(({ kind }) => kind === 'regional')) continue
            const times = passes.filter(({ needed }) => needed.some((one) => one.step === 'cast')).length
            assert.equal(voxelsIn(seen.computed), times * voxelsIn([whole]), text)
          }
        wanted.dispose()
      }
    })
  })

test.run()
