import * as assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { setTimeout } from 'node:timers/promises'
import { median, pipe } from '../../../ts/index.ts'
import { anySignal } from '../../../ts/pipeline/any-signal.ts'
import { RunStop } from '../../../ts/pipeline/run-stop.ts'
import { collected } from '../../support/admission.ts'
import { noise } from '../../support/naive-filters.ts'
import { suite } from '../../support/suite.ts'

const test = suite('pipeline/run-stop')
const [asked, failed] = [new Error('asked'), new Error('failed')]

const ways: Readonly<Record<string, () => { stop: RunStop; abort: () => void }>> = {
  'without a signal': () => ({ stop: new RunStop(undefined), abort: () => {} }),
  'with one': () => {
    const controller = new AbortController()
    return { stop: new RunStop(controller.signal), abort: () => controller.abort(asked) }
  },
}

for (const [way, make] of Object.entries(ways)) {
  test(`what stops it first counts, ${way}`, () => {
    for (const isSignalUsed of [true, false]) {
      const { stop, abort } = make()
      if (isSignalUsed) assert.equal(stop.signal.aborted, false)
      stop.throwIfStopped()
      assert.deepEqual([stop.isStopped, stop.reason], [false, undefined])
      stop.stop(failed)
      stop.stop(new Error('too late'))
      abort()
      assert.deepEqual([stop.isStopped, stop.reason], [true, failed])
      assert.deepEqual([stop.signal.aborted, stop.signal.reason], [true, failed])
      assert.throws(() => stop.throwIfStopped(), failed)
    }
  })

  test(`listeners are called once, and not when they have left, ${way}`, () => {
    const { stop, abort } = make()
    const calls: string[] = []
    stop.listen(() => calls.push('stays'))
    stop.listen(() => calls.push('leaves'))()
    // From here on there is a signal.
    assert.equal(stop.signal.aborted, false)
    stop.listen(() => calls.push('late'))
    stop.stop(failed)
    abort()
    assert.deepEqual(calls.sort(), ['late', 'stays'])
  })
}

test('the signal of the caller counts when it comes first', () => {
  const controller = new AbortController()
  const stop = new RunStop(controller.signal)
  let calls = 0
  stop.listen(() => calls++)
  controller.abort(asked)
  stop.stop(failed)
  assert.deepEqual([stop.isStopped, stop.reason, stop.signal.reason, calls], [true, asked, asked, 1])
})

test('runs leave nothing at the signal of a caller, and any number may share it', async () => {
  const warnings: Error[] = []
  const onWarning = (warning: Error) => warnings.push(warning)
  process.on('warning', onWarning)
  const controller = new AbortController()
  const { signal } = controller
  const pipeline = pipe(noise([40, 30, 20], 'int16'), median())
  await Promise.all(Array.from({ length: 40 }, () => pipeline.compute({ signal })))
  const runs = Array.from({ length: 40 }, () => pipeline.compute({ signal }))
  controller.abort(asked)
  for (const run of runs) await assert.rejects(run, asked)
  await setTimeout(1)
  process.off('warning', onWarning)
  assert.deepEqual([getEventListeners(signal, 'abort').length, warnings], [0, []])
})

test('a signal keeps those it follows', async () => {
  const any = anySignal(new AbortController().signal, AbortSignal.timeout(60))
  await collected()
  await setTimeout(200)
  assert.equal(any.aborted, true)
})

test.run()
