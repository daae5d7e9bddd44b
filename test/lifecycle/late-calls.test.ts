import * as assert from 'node:assert/strict'
import { clamp, defineSink, pipe, type RunOptions, type SinkDeclaration } from '../../ts/index.ts'
import { countedSource, holdings, settledHoldings, until } from '../support/counted-source.ts'
import { suite } from '../support/suite.ts'

const test = suite('lifecycle/late-calls')
const shape = [19, 7, 12]
const reason = new Error('changed my mind')
const isLate = ({ name }: Error) => name === 'TimeoutError'

type Call = 'open' | 'write' | 'close'

/** A promise that others settle, and whether it is waited for. */
class Gate {
  isReached = false
  settle: (error?: Error) => void = () => {}

  readonly pass = () => {
    this.isReached = true
    return new Promise<void>((resolve, reject) => {
      this.settle = (error) => (error ? reject(error) : resolve())
    })
  }
}

/** A sink one of whose calls waits at a gate; what it is told is noted. */
function heldUp(call: Call, canWriteRegion: boolean) {
  const gate = new Gate()
  const told: unknown[] = []
  const declaration: SinkDeclaration = {
    name: 'held up',
    write: () => {},
    canWriteRegion,
    abort: (why) => {
      told.push(why)
    },
    [call]: gate.pass,
  }
  return { gate, told, sink: defineSink(declaration) }
}

// Ends the run once the call goes on.
async function abortWithin(gate: Gate, run: (options: RunOptions) => Promise<unknown>): Promise<void> {
  const controller = new AbortController()
  const running = run({ signal: controller.signal })
  const rejected = assert.rejects(running, reason)
  await until(() => gate.isReached)
  assert.ok(gate.isReached)
  controller.abort(reason)
  await rejected
}

// Timeouts alone do not keep a process alive.
const awake = setInterval(() => {}, 1000)
test.after(() => clearInterval(awake))

const { source } = countedSource(shape)
const pipeline = pipe(source, clamp())

for (const call of ['open', 'write', 'close'] as const)
  test(`a sink whose ${call} does not settle holds up neither abort nor timeout`, async () => {
    for (const canWriteRegion of [true, false]) {
      const aborted = heldUp(call, canWriteRegion)
      const before = await holdings()
      await abortWithin(aborted.gate, (options) => pipeline.write(aborted.sink, options))
      assert.deepEqual(aborted.told, call === 'write' ? [reason] : [])
      // The part that is being written stays until that has settled.
      if (call === 'write') assert.equal((await holdings()).volumes, before.volumes + 1)
      aborted.gate.settle(canWriteRegion ? undefined : new Error('too late to be told'))
      assert.deepEqual(await settledHoldings(before), before)
      assert.deepEqual(aborted.told, call === 'close' ? [] : [reason])
      const late = heldUp(call, canWriteRegion)
      await assert.rejects(pipeline.write(late.sink, { timeout: 20 }), isLate)
      late.gate.settle()
      assert.deepEqual(await settledHoldings(before), before)
    }
  })

test('voxels that come after the end of a run are dropped, and so is a failure', async () => {
  for (const error of [undefined, new Error('too late to be told')]) {
    const gate = new Gate()
    const { source: slow, calls } = countedSource(shape, {}, gate.pass)
    const before = await holdings()
    await abortWithin(gate, (options) => pipe(slow, clamp()).compute(options))
    assert.deepEqual(await settledHoldings(before), before)
    gate.settle(error)
    assert.deepEqual(await settledHoldings(before), before)
    assert.deepEqual([calls.regions.length, calls.closes], [1, 1])
  }
})

test('a source that describes itself too late is closed then', async () => {
  const gate = new Gate()
  const describe = async () => {
    await gate.pass()
    return { shape, dtype: 'int16' as const }
  }
  const { source: slow, calls } = countedSource(shape, { describe })
  await abortWithin(gate, (options) => pipe(slow, clamp()).compute(options))
  assert.equal(calls.closes, 0)
  gate.settle()
  await until(() => calls.closes > 0)
  assert.deepEqual([calls.regions.length, calls.closes], [0, 1])
})

test.run()
