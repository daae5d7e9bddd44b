import * as assert from 'node:assert/strict'
import { cast, gradientMagnitude, median, monitor, pipe } from '../../../ts/index.ts'
import { noise } from '../../support/naive-filters.ts'
import { suite } from '../../support/suite.ts'

const test = suite('pipeline/monitor')

test('a monitor counts the divisions in which a step ran', async () => {
  const [first, second] = [cast({ dtype: 'float32' }), median({ radius: 2 })]
  const [cells, medians] = [monitor(first), monitor(second)]
  const pipeline = pipe(noise([100, 100], 'int16'), first, second)
  await pipeline.info()
  await pipeline.explain()
  assert.equal(cells.runs, 0)
  await pipeline.compute({ divisions: 4 })
  assert.equal(medians.runs, 4)
  assert.deepEqual(
    cells.needed.map(({ start, shape: s }) => [start[1], s[1]]),
    [
      [0, 27],
      [23, 29],
      [48, 29],
      [73, 27],
    ],
  )
  assert.deepEqual(
    medians.needed.map(({ shape: s }) => s[1]),
    [25, 25, 25, 25],
  )
  assert.equal(medians.info?.dtype, 'float32')
  medians.reset()
  assert.equal(medians.runs, 0)
})

test('planes needed around a gradient are clipped to the volume', async () => {
  const first = cast({ dtype: 'float32' })
  const seen = monitor(first)
  await pipe(noise([9, 8, 4], 'int16'), first, gradientMagnitude()).compute({ divisions: 4 })
  assert.deepEqual(
    seen.needed.map(({ start, shape: s }) => [start[2], s[2]]),
    [
      [0, 2],
      [0, 3],
      [1, 3],
      [2, 2],
    ],
  )
})

test.run()
