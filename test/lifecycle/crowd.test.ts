import * as assert from 'node:assert/strict'
import {
  gradientMagnitude,
  median,
  memoryLimit,
  pipe,
  type QueueState,
  queue,
  rescaleIntensity,
} from '../../ts/index.ts'
import { isLong } from '../conformance/decks.ts'
import { bytesOf, limitAbove } from '../support/admission.ts'
import { holdings, settledHoldings } from '../support/counted-source.ts'
import { suite } from '../support/suite.ts'
import { noiseVolume } from './programs/long-run.ts'

const test = suite('lifecycle/crowd')
const limit = memoryLimit()
const runs = isLong ? 1000 : 100

test.after(() => {
  memoryLimit(limit)
})

test(`${runs} runs asked for at once all end well, few of them at a time`, async () => {
  const volume = noiseVolume(isLong ? [64, 64, 64] : [40, 30, 20])
  const pipeline = pipe(volume, median(), gradientMagnitude(), rescaleIntensity({ dtype: 'uint8' }))
  const wanted = await pipeline.compute({ executor: 'reference' })
  const size = await bytesOf(() => pipeline.compute())
  await limitAbove(3.5 * size)
  const before = await holdings()
  const states: QueueState[] = []
  const note = (state: QueueState) => states.push(state)
  queue.on('change', note)
  const equal = await Promise.all(
    Array.from({ length: runs }, async () => {
      const made = await pipeline.compute()
      const isEqual = await made.equals(wanted)
      made.dispose()
      return isEqual
    }),
  )
  queue.off('change', note)
  assert.ok(equal.every((isEqual) => isEqual))
  assert.ok(Math.max(...states.map(({ waiting }) => waiting)) > runs / 2)
  assert.ok(states.every(({ running, bytes }) => running <= 3 && bytes <= 3.5 * size))
  assert.deepEqual(await settledHoldings(before), before)
})

test.run()
