import * as assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { clamp, defineSink, memoryLimit, pipe, type RunOptions, statistics } from '../../ts/index.ts'
import { bytesOf, limitAbove } from '../support/admission.ts'
import { countedSource, holdings, settledHoldings, until } from '../support/counted-source.ts'
import { refusal } from '../support/refusal.ts'
import { suite } from '../support/suite.ts'
import { temporaryFiles } from '../support/temporary.ts'

const test = suite('lifecycle/timeout')
const shape = [19, 7, 12]
const limit = memoryLimit()

test.after.each(() => {
  memoryLimit(limit)
})

const isLate = (error: unknown) => {
  assert.ok(error instanceof DOMException, `${error}`)
  assert.equal(error.name, 'TimeoutError')
  return true
}

const never = () => new Promise<never>(() => {})

test('a run that takes too long rejects with a TimeoutError and leaves nothing, whatever drives it', async () => {
  const file = temporaryFiles()
  for (const canReadRegion of [true, false]) {
    const { source, calls } = countedSource(shape, { canReadRegion }, never)
    const pipeline = pipe(source, clamp())
    const ends: unknown[] = []
    const sinks = [true, false].map((canWriteRegion) =>
      defineSink({
        name: 'a',
        write: () => {},
        canWriteRegion,
        abort: (reason) => {
          ends.push(reason)
        },
      }),
    )
    const runs: readonly ((options: RunOptions) => Promise<unknown>)[] = [
      (options) => pipeline.compute(options),
      (options) => pipe(source, statistics()).compute(options),
      (options) => pipeline.write(file('a.nii'), options),
      (options) => pipeline.write(file('a.nii.gz'), options),
      (options) => pipeline.write(sinks[0], options),
      (options) => pipeline.write(sinks[1], options),
      async (options) => {
        for await (const { volume } of pipeline.tiles(options)) volume.dispose()
      },
    ]
    for (const run of runs) {
      await assert.rejects(run({ timeout: 20 }), isLate)
      const before = await holdings()
      for (const divisions of [1, 4]) await assert.rejects(run({ timeout: 20, divisions }), isLate)
      assert.deepEqual(await settledHoldings(before), before)
    }
    assert.equal(calls.closes, calls.describes)
    assert.ok(ends.length === 6 && ends.every(isLate))
  }
  assert.deepEqual(readdirSync(dirname(file('a.nii'))), [])
})

test('a run that is in time is not touched, and its time does not count for the next', async () => {
  const { source } = countedSource(shape)
  const pipeline = pipe(source, clamp()).keep()
  for (let k = 0; k < 3; k++) assert.equal((await pipeline.compute({ timeout: 60_000 })).size, 19 * 7 * 12)
  const events: string[] = []
  const onEvent = ({ type }: { type: string }) => {
    events.push(type)
  }
  const { source: slow } = countedSource(shape, {}, never)
  await assert.rejects(pipe(slow, clamp()).compute({ timeout: 20, onEvent }), isLate)
  assert.equal(events.at(-1), 'abort')
})

test('the signal and the timeout both end a run: the first one says why', async () => {
  const reason = new Error('changed my mind')
  const { source } = countedSource(shape, {}, never)
  const controller = new AbortController()
  const run = pipe(source, clamp()).compute({ timeout: 60_000, signal: controller.signal })
  setTimeout(() => controller.abort(reason), 20)
  await assert.rejects(run, reason)
  await assert.rejects(
    pipe(source, clamp()).compute({ timeout: 20, signal: new AbortController().signal }),
    isLate,
  )
})

test('waiting for memory counts', async () => {
  const gate: (() => void)[] = []
  const { source, calls } = countedSource(
    [512, 512, 32],
    {},
    () => new Promise<void>((open) => gate.push(open)),
  )
  const pipeline = pipe(source, clamp())
  const opening = setInterval(
    () =>
      gate.splice(0).forEach((open) => {
        open()
      }),
    5,
  )
  const size = await bytesOf(() => pipeline.compute({ divisions: 1 }))
  clearInterval(opening)
  await limitAbove(1.5 * size)
  const first = pipeline.compute({ divisions: 1 })
  await until(() => calls.regions.length === 2)
  await assert.rejects(pipeline.compute({ divisions: 1, timeout: 20 }), isLate)
  assert.equal(calls.regions.length, 2)
  for (const open of gate) open()
  assert.equal((await first).size, 512 * 512 * 32)
})

test('a source that is slow to describe itself is not waited for', async () => {
  const { source, calls } = countedSource(shape, { describe: never })
  const before = await holdings()
  await assert.rejects(pipe(source, clamp()).compute({ timeout: 20 }), isLate)
  assert.deepEqual(await settledHoldings(before), before)
  assert.equal(calls.closes, 0)
})

test('a timeout is a positive number of milliseconds', async () => {
  const { source } = countedSource(shape)
  for (const timeout of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31, '20' as never])
    await assert.rejects(
      pipe(source, clamp()).compute({ timeout }),
      refusal('InvalidArgument', 'compute.timeout'),
    )
})

test.run()
