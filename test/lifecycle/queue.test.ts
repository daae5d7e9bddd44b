import * as assert from 'node:assert/strict'
import { renameSync } from 'node:fs'
import {
  clamp,
  defineSink,
  defineSource,
  fromFile,
  linear,
  median,
  memoryLimit,
  type Pipeline,
  pipe,
  type QueueState,
  queue,
  Volume,
  VoxlineError,
} from '../../ts/index.ts'
import { bytesOf, collected, disposed, limitAbove } from '../support/admission.ts'
import { countedSource, holdings, settledHoldings, until, voxelsOf } from '../support/counted-source.ts'
import { noise } from '../support/naive-filters.ts'
import { suite } from '../support/suite.ts'
import { temporaryFiles } from '../support/temporary.ts'

const test = suite('lifecycle/queue')
const mebi = 2 ** 20
const before = memoryLimit()
const idle = { running: 0, waiting: 0, bytes: 0 }

// Ends of runs that a test has begun: one that fails leaves none behind for those after it.
const ends: (() => void)[] = []

test.after.each(() => {
  for (const end of ends.splice(0)) end()
  memoryLimit(before)
})

/** A run that goes on until it is told to end; the larger, the more memory it asks for. */
function heldRun(planes: number) {
  let end = () => {}
  const told = new Promise<void>((resolve) => {
    end = resolve
  })
  ends.push(() => end())
  const { source, calls } = countedSource([512, 512, planes], {
    read: async ({ region }) => {
      calls.regions.push(region)
      await told
      return new Int16Array(region.shape.reduce((a, b) => a * b, 1)).fill(planes)
    },
  })
  const pipeline = pipe(source, clamp())
  return { compute: (options = {}) => pipeline.compute({ divisions: 1, ...options }), end, calls }
}

const sizeOf = async (planes: number) => {
  const run = heldRun(planes)
  run.end()
  return await bytesOf(run.compute)
}

test('runs that do not fit wait, and are let in in the order of asking', async () => {
  const size = await sizeOf(32)
  const states: QueueState[] = []
  const note = (state: QueueState) => states.push(state)
  await limitAbove(2.5 * size)
  queue.on('change', note)
  const runs = Array.from({ length: 5 }, () => heldRun(32))
  const order: number[] = []
  const outcomes = runs.map(async (run, k) => {
    await disposed(run.compute())
    order.push(k)
  })
  await until(() => queue.state.waiting === 3)
  assert.deepEqual(queue.state, { running: 2, waiting: 3, bytes: 2 * size })
  assert.deepEqual(
    runs.map(({ calls }) => calls.describes),
    [1, 1, 1, 1, 1],
  )
  await until(() => runs[1].calls.regions.length > 0)
  assert.deepEqual(
    runs.map(({ calls }) => calls.regions.length > 0),
    [true, true, false, false, false],
  )
  for (const [k, run] of runs.entries()) {
    run.end()
    await until(() => order.length > k)
    assert.equal(order[k], k)
  }
  await Promise.all(outcomes)
  queue.off('change', note)
  assert.ok(states.every(({ running, bytes }) => running <= 2 && bytes <= 2 * size))
  assert.equal(Math.max(...states.map(({ waiting }) => waiting)), 3)
  assert.deepEqual(states.at(-1), idle)
})

test('small runs do not overtake a large one that waits, and go with it where there is room', async () => {
  const [small, large] = [await sizeOf(16), await sizeOf(64)]
  await limitAbove(large + 1.5 * small)
  const [first, second, third, last] = [heldRun(32), heldRun(64), heldRun(16), heldRun(16)]
  const outcomes = [first, second, third, last].map(({ compute }) => disposed(compute()))
  await until(() => queue.state.waiting === 3)
  assert.equal(queue.state.running, 1)
  first.end()
  await until(() => queue.state.running === 2)
  assert.deepEqual(queue.state, { running: 2, waiting: 1, bytes: large + small })
  for (const run of [second, third, last]) run.end()
  await Promise.all(outcomes)
})

test('a run that waits can be aborted, and lets those behind it in', async () => {
  const [small, large] = [await sizeOf(16), await sizeOf(64)]
  await limitAbove(large + small)
  const [first, second, third] = [heldRun(32), heldRun(64), heldRun(16)]
  const reason = new Error('changed my mind')
  const controller = new AbortController()
  const one = disposed(first.compute())
  const two = second.compute({ signal: controller.signal })
  const three = disposed(third.compute())
  await until(() => queue.state.waiting === 2)
  controller.abort(reason)
  await assert.rejects(two, reason)
  third.end()
  await three
  assert.deepEqual([second.calls.regions.length, second.calls.closes], [0, 1])
  first.end()
  await one
})

test('of many runs that wait only the next ones are planned, and the others can be aborted', async () => {
  await limitAbove(1.5 * (await sizeOf(4)))
  const runs = Array.from({ length: 40 }, () => heldRun(4))
  const reason = new Error('changed my mind')
  const controller = new AbortController()
  let planned = 0
  const onEvent = ({ type }: { type: string }) => {
    if (type === 'start') planned++
  }
  const order: number[] = []
  const outcomes = runs.map(async (run, k) => {
    const signal = k === 30 || k === 5 ? controller.signal : undefined
    await disposed(run.compute({ onEvent, ...(signal && { signal }) }))
    order.push(k)
  })
  const gone = [5, 30].map((k) => assert.rejects(outcomes[k] as Promise<void>, reason))
  await until(() => queue.state.waiting === 39 && planned === 17)
  assert.deepEqual([queue.state.running, queue.state.waiting, planned], [1, 39, 17])
  controller.abort(reason)
  await Promise.all(gone)
  for (const run of runs) run.end()
  await Promise.allSettled(outcomes)
  assert.deepEqual(
    order,
    runs.map((_, k) => k).filter((k) => k !== 5 && k !== 30),
  )
  assert.deepEqual(queue.state, idle)
})

test('runs that wait to be planned have opened nothing yet', async () => {
  const file = temporaryFiles()
  await pipe(noise([19, 7, 5], 'int16')).write(file('elsewhere.nii.gz'))
  await limitAbove(1.5 * (await sizeOf(64)))
  const first = heldRun(64)
  const held = disposed(first.compute())
  await until(() => first.calls.regions.length > 0)
  const large = Array.from({ length: 16 }, () => heldRun(64))
  const waiting = large.map((run) => disposed(run.compute()))
  await until(() => queue.state.waiting === 16)
  const small = Array.from({ length: 100 }, () =>
    disposed(pipe(fromFile(file('small.nii.gz')), clamp()).compute()),
  )
  await until(() => queue.state.waiting === 116)
  renameSync(file('elsewhere.nii.gz'), file('small.nii.gz'))
  for (const run of [first, ...large]) run.end()
  await Promise.all([held, ...waiting, ...small])
  assert.deepEqual(queue.state, idle)
})

test('sources that wait for a run that was asked for after them do not keep it out', async () => {
  let made = (_: number) => {}
  const mean = new Promise<number>((resolve) => {
    made = resolve
  })
  const sources = Array.from({ length: 40 }, () =>
    defineSource({
      name: 'offset',
      describe: async () => ({ shape: [Math.round(await mean), 2, 1], dtype: 'float64' }),
      read: ({ region }) => new Float64Array(region.shape.reduce((a, b) => a * b, 1)),
    }),
  )
  const runs = sources.map((source) => pipe(source, linear({ shift: 1 })).compute())
  using last = await pipe(Volume.wrap(new Int16Array([2]), { shape: [1] }), linear({ scale: 2 })).compute()
  made(Number(last.get(0)))
  for (const run of runs) {
    using volume = await run
    assert.deepEqual(volume.shape, [4, 2, 1])
  }
  assert.deepEqual(queue.state, idle)
})

test('sinks that open for long and sources that close for long keep no other run out', async () => {
  const voxels = () => noise([19, 7, 5], 'int16')
  let made = () => {}
  const gate = new Promise<void>((resolve) => {
    made = resolve
  })
  const sinks = Array.from({ length: 20 }, () =>
    defineSink({ name: 'waiting', open: () => gate, write: () => {} }),
  )
  const written = sinks.map((sink) => pipe(voxels(), clamp()).write(sink))
  await disposed(pipe(voxels(), clamp()).compute())
  made()
  await Promise.all(written)
  // Another run of the same size, which has no room beside this one, runs before this one has closed.
  await limitAbove(1.75 * (await sizeOf(64)))
  const next = heldRun(64)
  next.end()
  const close = async () => {
    await collected()
    await disposed(next.compute())
  }
  const { source } = countedSource([512, 512, 64], { close })
  await disposed(pipe(source, clamp()).compute({ divisions: 1 }))
  assert.equal(next.calls.closes, 1)
  assert.deepEqual(queue.state, idle)
})

test('runs that fail or are aborted while they are described leave the line', async () => {
  const states: QueueState[] = []
  const note = (state: QueueState) => states.push(state)
  queue.on('change', note)
  const failure = new Error('no such slices')
  const failing = () =>
    defineSource({ name: 'lost', describe: () => Promise.reject(failure), read: () => new Int8Array(1) })
  const lost = Array.from({ length: 40 }, () => pipe(failing(), clamp()).compute())
  for (const { status } of await Promise.allSettled(lost)) assert.equal(status, 'rejected')
  const missing = Array.from({ length: 40 }, () => pipe(fromFile('/nowhere/missing.nii'), clamp()).compute())
  for (const { status } of await Promise.allSettled(missing)) assert.equal(status, 'rejected')
  await new Promise((resolve) => setImmediate(resolve))
  assert.deepEqual(states.at(-1), idle)
  queue.off('change', note)
  // One that comes back into a full line, and is aborted there.
  await limitAbove(1.5 * (await sizeOf(4)))
  const runs = Array.from({ length: 20 }, () => heldRun(4))
  const first = disposed((runs[0] as (typeof runs)[0]).compute())
  await until(() => queue.state.running === 1)
  const controller = new AbortController()
  const reason = new Error('changed my mind')
  let described = () => {}
  const told = new Promise<void>((resolve) => {
    described = resolve
  })
  const { source, calls } = countedSource([512, 512, 4], {
    describe: () => told.then(() => ({ shape: [512, 512, 4], dtype: 'int16' as const })),
  })
  const gone = assert.rejects(pipe(source, clamp()).compute({ signal: controller.signal }), reason)
  const others = runs.slice(1).map((run) => disposed(run.compute()))
  await until(() => queue.state.waiting === 19)
  described()
  await until(() => queue.state.waiting === 20)
  controller.abort(reason)
  await gone
  assert.deepEqual([queue.state.waiting, calls.regions.length], [19, 0])
  for (const run of runs) run.end()
  await Promise.all([first, ...others])
  assert.deepEqual(queue.state, idle)
})

test('what a source takes while it is described is not given to its run', async () => {
  const size = await sizeOf(64)
  await limitAbove(size + 64 * mebi)
  const held: Buffer[] = []
  const { source } = countedSource([512, 512, 64], {
    describe: () => {
      held.push(Buffer.alloc(128 * mebi, 1))
      return { shape: [512, 512, 64], dtype: 'int16' }
    },
  })
  await assert.rejects(
    pipe(source, clamp()).compute({ divisions: 1 }),
    (error) => error instanceof VoxlineError && error.code === 'Memory',
  )
  assert.equal(held.length, 1)
})

test('a run that could never be let in is refused, with what it needs', async () => {
  const size = await sizeOf(64)
  await limitAbove(size / 2)
  const run = heldRun(64)
  run.end()
  await assert.rejects(run.compute(), (error) => {
    assert.ok(error instanceof VoxlineError && error.code === 'Memory')
    return error.details.required === size && error.details.limit === memoryLimit()
  })
  assert.deepEqual([run.calls.regions.length, run.calls.closes], [0, 1])
  memoryLimit(before)
  await disposed(run.compute())
})

test('hundreds of small runs at once all end right and leave nothing', async () => {
  const shape = [19, 7, 5]
  const { source } = countedSource(shape)
  const pipelines: Pipeline[] = [
    pipe(source, clamp()),
    pipe(noise(shape, 'int16'), median()),
    pipe(source, median({ radius: 0 })),
  ]
  const expected = await Promise.all(pipelines.map((one) => one.compute()))
  assert.deepEqual([...expected[0].data], [...voxelsOf({ start: [0, 0, 0], shape })])
  const held = await holdings()
  const size = await bytesOf(() => pipelines[0].compute())
  await limitAbove(Math.max(3 * size, 64 * mebi))
  let most = 0
  const note = ({ running }: QueueState) => {
    most = Math.max(most, running)
  }
  queue.on('change', note)
  const runs = Array.from({ length: 400 }, async (_, k) => {
    using volume = await pipelines[k % 3].compute({ divisions: 1 + (k % 4) })
    return await volume.equals(expected[k % 3])
  })
  assert.deepEqual(new Set(await Promise.all(runs)), new Set([true]))
  queue.off('change', note)
  assert.ok(most > 1)
  assert.deepEqual(await settledHoldings(held), held)
})

test('a listener that throws does not harm the runs', async () => {
  const errors: unknown[] = []
  const listeners = process.listeners('uncaughtException')
  process.removeAllListeners('uncaughtException')
  process.once('uncaughtException', (error) => errors.push(error))
  const failure = new Error('listener')
  queue.once('change', () => {
    throw failure
  })
  const { source } = countedSource([5, 4, 3])
  try {
    await disposed(pipe(source, clamp()).compute())
    await until(() => errors.length > 0)
  } finally {
    process.removeAllListeners('uncaughtException')
    for (const listener of listeners) process.on('uncaughtException', listener)
  }
  assert.deepEqual(errors, [failure])
})

test.run()
