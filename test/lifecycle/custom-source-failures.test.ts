import * as assert from 'node:assert/strict'
import { setTimeout } from 'node:timers/promises'
import {
  add,
  clamp,
  defineSource,
  gaussian,
  median,
  pipe,
  type SourceRequest,
  VoxlineError,
} from '../../ts/index.ts'
import { collected } from '../support/admission.ts'
import { countedSource, holdings, settledHoldings, voxelsOf } from '../support/counted-source.ts'
import { suite } from '../support/suite.ts'

const test = suite('lifecycle/custom-source-failures')
const shape = [19, 7, 12]
const whole = { start: [0, 0, 0], shape }

// What every failure must leave behind: nothing, and a pipeline that works.
async function leavesNothing(run: () => Promise<void>): Promise<void> {
  await run()
  await collected()
  const before = await holdings()
  for (let k = 0; k < 3; k++) await run()
  assert.deepEqual(await settledHoldings(before), before)
}

test('a source that fails once: the error as it was thrown, then the right result', async () => {
  for (const canReadRegion of [true, false])
    for (const steps of [[], [median({ radius: 0 })], [gaussian(), clamp()]]) {
      let broken = false
      const failure = new RangeError('out of order')
      const { source, calls } = countedSource(shape, { canReadRegion }, () => {
        if (broken) throw failure
      })
      const pipeline = pipe(source, ...steps)
      const expected = await pipeline.compute()
      for (const options of [{}, { divisions: 4 }, { executor: 'reference' }, { threads: 1 }] as const)
        await leavesNothing(async () => {
          broken = true
          await assert.rejects(pipeline.compute(options), failure)
          broken = false
          using again = await pipeline.compute(options)
          assert.ok(await again.equals(expected))
        })
      assert.equal(calls.closes, calls.describes)
    }
})

test('a source that throws without a promise, or refuses to be described', async () => {
  const failure = new TypeError('no such thing')
  const throws = () => {
    throw failure
  }
  const facts = () => ({ shape, dtype: 'int16' as const })
  let closes = 0
  const close = () => {
    closes++
  }
  for (const canReadRegion of [true, false])
    await leavesNothing(async () => {
      const source = defineSource({ name: 'throws', describe: facts, read: throws, canReadRegion, close })
      await assert.rejects(pipe(source, clamp()).compute(), failure)
    })
  assert.equal(closes, 8)
  const nowhere = defineSource({ name: 'nowhere', describe: throws, read: () => new Int16Array(1), close })
  await leavesNothing(async () => {
    await assert.rejects(pipe(nowhere, clamp()).compute(), failure)
    await assert.rejects(pipe(nowhere, clamp()).info(), failure)
  })
  assert.equal(closes, 8)
  const odd = defineSource({
    name: 'odd',
    describe: () => ({ shape: [3, -1], dtype: 'int16' }),
    read: throws,
  })
  await assert.rejects(pipe(odd).info(), (error) => (error as VoxlineError).code === 'InvalidArgument')
})

test('what read gives must be an array of the right class and length', async () => {
  const answers: readonly ((request: SourceRequest) => unknown)[] = [
    ({ region }) => voxelsOf(region).subarray(1),
    ({ region }) => new Int16Array(voxelsOf(region).length + 1),
    ({ region }) => Uint16Array.from(voxelsOf(region)),
    ({ region }) => [...voxelsOf(region)],
    () => undefined,
    () => null,
    ({ region }) => voxelsOf(region).buffer,
    () => new Int16Array(0),
  ]
  for (const canReadRegion of [true, false])
    for (const answer of answers)
      await leavesNothing(async () => {
        const { source } = countedSource(shape, { canReadRegion, read: answer as never })
        await assert.rejects(pipe(source, clamp()).compute({ divisions: 3 }), (error) => {
          assert.ok(error instanceof VoxlineError && error.code === 'Filter', `${error}`)
          assert.equal(error.details.filter, 'counted')
          return /Int16Array of \d+ elements/.test(error.message)
        })
      })
})

test('a slow source delays its run and nothing else', async () => {
  const { source } = countedSource(shape, {}, () => setTimeout(20))
  const slow = pipe(source, clamp()).compute({ divisions: 12 })
  let isOver = false
  void slow.then(() => {
    isOver = true
  })
  const { source: quick } = countedSource(shape)
  for (let k = 0; k < 5; k++) await pipe(quick, clamp()).compute()
  assert.equal(isOver, false)
  assert.deepEqual([...(await slow).data], [...voxelsOf(whole)])
})

test('an abort in the middle of read rejects with the reason, and the source is told', async () => {
  for (const canReadRegion of [true, false])
    for (const steps of [[], [median(), gaussian()]])
      for (const heeds of [true, false])
        await leavesNothing(async () => {
          const controller = new AbortController()
          const reason = new Error('changed my mind')
          let told = false
          const { source, calls } = countedSource(shape, { canReadRegion }, async ({ signal }) => {
            signal?.addEventListener('abort', () => {
              told = true
            })
            controller.abort(reason)
            // One that does not heed the signal never answers.
            await new Promise((_, reject) => {
              if (heeds) reject(new Error('stopped'))
            })
          })
          const run = pipe(source, ...steps).compute({ divisions: 4, signal: controller.signal })
          await assert.rejects(run, reason)
          assert.deepEqual([told, calls.closes], [true, 1])
        })
})

test('what close throws rejects the run, unless it has failed already', async () => {
  const [failure, last] = [new RangeError('first'), new TypeError('last')]
  let broken = false
  const close = () => {
    throw last
  }
  const { source } = countedSource(shape, { close }, () => {
    if (broken) throw failure
  })
  const { source: other, calls } = countedSource(shape)
  const pipeline = pipe(source, add(pipe(other, clamp())))
  await leavesNothing(async () => {
    broken = false
    await assert.rejects(pipeline.info(), last)
    broken = true
    await assert.rejects(pipeline.compute(), failure)
  })
  assert.deepEqual([calls.describes, calls.closes], [8, 8])
})

test.run()
