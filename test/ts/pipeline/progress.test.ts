import * as assert from 'node:assert/strict'
import { cast, edgeMap, gaussian, type Progress, pipe, type RunEvent } from '../../../ts/index.ts'
import { noise } from '../../support/naive-filters.ts'
import { suite } from '../../support/suite.ts'

const test = suite('pipeline/progress')
const shape = [19, 7, 5]

test('progress never falls and ends at one', async () => {
  const seen: Progress[] = []
  const pipeline = pipe(noise([64, 48, 40], 'int16'), gaussian(), edgeMap())
  await pipeline.compute({ divisions: 8, onProgress: (progress) => seen.push(progress) })
  const fractions = seen.map(({ fraction }) => fraction)
  assert.deepEqual(
    fractions,
    [...fractions].sort((a, b) => a - b),
  )
  assert.equal(fractions.filter((fraction) => fraction === 1).length, 1)
  assert.equal(fractions.at(-1), 1)
  const last = seen.at(-1) as Progress
  assert.equal(last.done, last.total)
})

test('events tell a run from start to end', async () => {
  const events: RunEvent[] = []
  await pipe(noise(shape, 'int16'), cast({ dtype: 'float32' }), edgeMap()).compute({
    divisions: 2,
    onEvent: (e) => events.push(e),
  })
  const types = events.map(({ type }) => type)
  assert.equal(types[0], 'start')
  assert.equal(types.at(-1), 'end')
  assert.deepEqual(types.filter((type) => type === 'pass').length, 2)
  assert.deepEqual(types.filter((type) => type === 'tile').length, 4)
  assert.ok(events.some((event) => event.type === 'stage' && event.stage === 'edgeMap/gradientMagnitude'))
})

test('a callback that throws fails the run with what it threw', async () => {
  const pipeline = pipe(noise([64, 48, 40], 'int16'), gaussian())
  const thrown = new Error('enough')
  const fail = () => {
    throw thrown
  }
  await assert.rejects(pipeline.compute({ onProgress: fail }), thrown)
  await assert.rejects(pipeline.compute({ onEvent: ({ type }) => type === 'tile' && fail() }), thrown)
  await pipeline.compute()
})

test.run()
