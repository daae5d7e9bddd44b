import * as assert from 'node:assert/strict'
import { clamp, defineFilter, gaussian, param, pipe, tiles, VoxlineError } from '../../ts/index.ts'
import { noise } from '../support/naive-filters.ts'
import { suite } from '../support/suite.ts'

const test = suite('lifecycle/failing-filter')
const shape = [19, 7, 16]

const failing = defineFilter({
  name: 'failing',
  summary: 'For tests: copies, and throws where a block holds a given plane.',
  params: { plane: param.int({ min: -1, doc: 'Index along axis 2.' }) },
  output: (input) => ({ ...input, dtype: 'float32' }),
  stages: (_, { plane }) => [
    tiles((block) => {
      const [start, length] = [block.origin[2] as number, block.shape[2] as number]
      if (plane >= start && plane < start + length) throw new RangeError(`met plane ${plane}`)
      const { input, output, inputOffset, outputOffset } = block
      for (let i = 0; i < output.length; i++) output[outputOffset + i] = input[inputOffset + i] as number
    }),
  ],
})

const ways = [1, 2, 16].flatMap((threads) =>
  (['fused', 'reference'] as const).map((executor) => ({ threads, executor, divisions: 4 })),
)

for (const part of [0, 1, 2, 3])
  test(`case 43: a filter that throws in part ${part} of four fails the run alike everywhere, and the next run is right`, async () => {
    const step = failing({ plane: 4 * part + 2 })
    const pipeline = pipe(noise(shape, 'int16'), clamp({ low: 0 }), step, gaussian({ sigma: 0.5 }))
    const wanted = await pipe(noise(shape, 'int16'), clamp({ low: 0 }), gaussian({ sigma: 0.5 })).compute()
    for (const way of ways) {
      const text = JSON.stringify(way)
      step.set({ plane: 4 * part + 2 })
      await assert.rejects(pipeline.compute(way), (error) => {
        assert.ok(error instanceof VoxlineError, text)
        assert.deepEqual([error.code, error.details['filter']], ['Filter', 'failing'], text)
        assert.ok(
          error.cause instanceof RangeError && error.cause.message === `met plane ${4 * part + 2}`,
          text,
        )
        return true
      })
      step.set({ plane: -1 })
      const made = await pipeline.compute(way)
      assert.ok(
        await (await made.copy({ dtype: 'float32' })).equals(await wanted.copy({ dtype: 'float32' })),
        text,
      )
    }
  })

test.run()
