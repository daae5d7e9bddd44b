import * as assert from 'node:assert/strict'
import { clamp, gaussian, median, monitor, pipe } from '../../ts/index.ts'
import {
  countedSource,
  holdings,
  settledHoldings,
  spans,
  until,
  voxelCount,
  voxelsOf,
} from '../support/counted-source.ts'
import { randomIntegers } from '../support/random.ts'
import { suite } from '../support/suite.ts'

const test = suite('lifecycle/keep-shared')
const shape = [19, 7, 12]
const size = 19 * 7 * 12

/** A promise to be settled by hand. */
function gate() {
  let open = () => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { opened, open }
}

test('runs that miss the same part share one computation', async () => {
  const reading = gate()
  const { source, calls } = countedSource(shape, {}, () => reading.opened)
  const step = median()
  const seen = monitor(step)
  const pipeline = pipe(source, step).keep()
  const runs = Array.from({ length: 4 }, () => pipeline.compute({ divisions: 1 }))
  await new Promise((resolve) => setTimeout(resolve, 50))
  reading.open()
  const [first, ...others] = await Promise.all(runs)
  for (const other of others) assert.ok(await other.equals(first))
  assert.deepEqual([seen.runs, voxelCount(calls.regions)], [1, size])
})

test('runs over parts that overlap compute no voxel twice', async () => {
  const { source, calls } = countedSource(shape, {}, () => new Promise((resolve) => setTimeout(resolve, 2)))
  const pipeline = pipe(source, clamp()).keep()
  const random = randomIntegers(3)
  const runs = Array.from({ length: 30 }, async () => {
    const start = shape.map((n) => random(0, n - 2))
    const region = { start, shape: shape.map((n, axis) => random(1, n - start[axis])) }
    const volume = await pipeline.compute({ region })
    assert.deepEqual([...volume.data], [...voxelsOf(region)])
  })
  await Promise.all([...runs, pipeline.compute({ divisions: 5 }), pipeline.compute({ divisions: 2 })])
  assert.equal(voxelCount(calls.regions), size)
})

test('when the run that computes is aborted another one takes over', async () => {
  const reads = [gate(), gate()]
  let count = 0
  const { source, calls } = countedSource(shape, {}, () => reads[count++].opened)
  const pipeline = pipe(source, clamp()).keep()
  const controller = new AbortController()
  const reason = new Error('not any longer')
  const first = pipeline.compute({ divisions: 1, signal: controller.signal })
  await until(() => calls.regions.length > 0)
  const second = pipeline.compute({ divisions: 1 })
  await until(() => calls.describes === 2)
  assert.equal(calls.regions.length, 1)
  controller.abort(reason)
  await assert.rejects(first, reason)
  reads[1].open()
  assert.deepEqual([...(await second).data], [...voxelsOf({ start: [0, 0, 0], shape })])
  assert.equal(calls.regions.length, 2)
  await pipeline.compute()
  assert.equal(calls.regions.length, 2)
})

test('a run that waits for another one can be aborted by itself', async () => {
  const reading = gate()
  const { source, calls } = countedSource(shape, {}, () => reading.opened)
  const pipeline = pipe(source, clamp()).keep()
  const first = pipeline.compute({ divisions: 1 })
  await until(() => calls.regions.length > 0)
  const reason = new Error('enough')
  const controller = new AbortController()
  const second = pipeline.compute({ divisions: 1, signal: controller.signal })
  await new Promise((resolve) => setTimeout(resolve, 20))
  controller.abort(reason)
  await assert.rejects(second, reason)
  reading.open()
  await first
  assert.equal(voxelCount(calls.regions), size)
})

test('when the run that computes fails the other one tries by itself', async () => {
  const reading = gate()
  let broken = true
  const { source, calls } = countedSource(shape, {}, async () => {
    await reading.opened
    if (!broken) return
    broken = false
    throw new RangeError('once')
  })
  const pipeline = pipe(source, clamp()).keep()
  const runs = [1, 2, 3].map(() => pipeline.compute({ divisions: 1 }))
  await new Promise((resolve) => setTimeout(resolve, 20))
  reading.open()
  const ends = await Promise.allSettled(runs)
  assert.equal(ends.filter(({ status }) => status === 'rejected').length, 1)
  for (const end of ends)
    if (end.status === 'fulfilled')
      assert.equal(end.value.get(3, 4, 5), voxelsOf({ start: [3, 4, 5], shape: [1, 1, 1] })[0])
    else assert.ok(end.reason instanceof RangeError)
  assert.equal(calls.regions.length, 2)
})

test('a failed run leaves what is kept, larger by what it completed', async () => {
  let failing = -1
  const { source, calls } = countedSource(shape, {}, ({ region }) => {
    if (region.start[2] <= failing && failing < region.start[2] + region.shape[2])
      throw new RangeError('broken')
  })
  const pipeline = pipe(source, clamp()).keep()
  await pipeline.compute({ region: { start: [0, 0, 0], shape: [19, 7, 2] }, divisions: 1 })
  failing = 8
  const before = await holdings()
  await assert.rejects(pipeline.compute({ divisions: 12, threads: 1 }), RangeError)
  assert.deepEqual(await settledHoldings(before), before)
  calls.regions.length = 0
  failing = -1
  const whole = await pipeline.compute({ divisions: 1 })
  assert.deepEqual([...whole.data], [...voxelsOf({ start: [0, 0, 0], shape })])
  const read = spans(calls.regions)
  assert.ok(
    read.every(([start]) => start >= 2 && start <= 8),
    JSON.stringify(read),
  )
  assert.ok(read.some(([start, count]) => start <= 8 && 8 < start + count))
  whole.dispose()
})

test('an option changed in the middle is not seen by the run, and what it computes is not kept for others', async () => {
  const reading = gate()
  const { source, calls } = countedSource(shape, {}, () => reading.opened)
  const step = clamp({ low: 100 })
  const pipeline = pipe(source, step).keep()
  const first = pipeline.compute({ divisions: 1 })
  step.set({ low: 200 })
  const second = pipeline.compute({ divisions: 1 })
  pipeline.release()
  const third = pipeline.compute({ divisions: 1 })
  reading.open()
  const least = async (run: typeof first) => Math.min(...((await run).data as Int16Array))
  assert.deepEqual([await least(first), await least(second), await least(third)], [100, 200, 200])
  assert.equal(calls.regions.length, 3)
})

test('runs at once through several kept steps end, with the right voxels', async () => {
  const { source } = countedSource(shape)
  const [low, high] = [median().keep(), gaussian({ sigma: 1 }).keep()]
  const seen = monitor(low)
  const pipelines = [pipe(source, low), pipe(source, low, high), pipe(source, low, high, clamp({ low: 3 }))]
  const { source: same } = countedSource(shape)
  const plain = [pipe(same, median()), pipe(same, median(), gaussian({ sigma: 1 }))]
  const expected = await Promise.all(
    [...plain, pipe(same, median(), gaussian({ sigma: 1 }), clamp({ low: 3 }))].map((one) => one.compute()),
  )
  const made = await Promise.all(
    Array.from(
      { length: 24 },
      async (_, k) => [k % 3, await pipelines[k % 3].compute({ divisions: 1 + (k % 5) })] as const,
    ),
  )
  for (const [which, volume] of made) assert.ok(await volume.equals(expected[which]), `${which}`)
  assert.equal(voxelCount(seen.computed), size)
})

test.run()
