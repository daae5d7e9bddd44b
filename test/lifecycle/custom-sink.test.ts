import * as assert from 'node:assert/strict'
import {
  clamp,
  counters,
  defineSink,
  type Info,
  median,
  memoryLimit,
  monitor,
  type PipelineTile,
  pipe,
  type Region,
  statistics,
  type Volume,
} from '../../ts/index.ts'
import {
  countedSource,
  holdings,
  settledHoldings,
  spans,
  until,
  voxelsOf,
} from '../support/counted-source.ts'
import { noise } from '../support/naive-filters.ts'
import { refusal } from '../support/refusal.ts'
import { suite } from '../support/suite.ts'

const test = suite('lifecycle/custom-sink')
const shape = [19, 7, 12]

/** A sink that takes a note of every call; `during` is awaited by every write. */
function notedSink(more: object = {}, during: (tile: PipelineTile) => unknown = () => {}) {
  const calls: string[] = []
  const regions: Region[] = []
  const values: number[][] = []
  const volumes: Volume[] = []
  const sink = defineSink({
    name: 'noted',
    open: ({ shape: lengths, dtype }: Info) => {
      calls.push(`open ${lengths} ${dtype}`)
    },
    write: async (tile) => {
      calls.push('write')
      regions.push(tile.region)
      volumes.push(tile.volume)
      await during(tile)
      values.push([...(tile.volume.data as Int16Array)])
      calls.push('written')
    },
    close: () => {
      calls.push('close')
    },
    abort: (reason) => {
      calls.push(`abort ${reason}`)
    },
    ...more,
  })
  return { sink, calls, regions, values, volumes }
}

test('a sink is opened, takes the parts in order one after another, and is closed', async () => {
  const { source } = countedSource(shape)
  const { sink, calls, regions, values, volumes } = notedSink(
    {},
    () => new Promise((resolve) => setTimeout(resolve, 3)),
  )
  await pipe(source, clamp()).write(sink, { divisions: 4 })
  const writes = Array.from({ length: 4 }, () => ['write', 'written']).flat()
  assert.deepEqual(calls, ['open 19,7,12 int16', ...writes, 'close'])
  assert.deepEqual(spans(regions), [
    [0, 3],
    [3, 3],
    [6, 3],
    [9, 3],
  ])
  regions.forEach((region, k) => {
    assert.deepEqual(values[k], [...voxelsOf(region)])
  })
  for (const volume of volumes) assert.throws(() => volume.data, refusal('Disposed'))
})

test('a sink that takes no regions gets the whole at once, while the steps above stream', async () => {
  const step = clamp()
  const seen = monitor(step)
  const { source, calls: read } = countedSource(shape)
  const { sink, calls, regions, values, volumes } = notedSink({ canWriteRegion: false })
  await pipe(source, step).write(sink, { divisions: 10 })
  assert.deepEqual(calls, ['open 19,7,12 int16', 'write', 'written', 'close'])
  assert.deepEqual(regions, [{ start: [0, 0, 0], shape }])
  assert.deepEqual(values, [[...voxelsOf(regions[0])]])
  assert.deepEqual([seen.runs, read.regions.length, read.describes, read.closes], [10, 10, 1, 1])
  assert.throws(() => volumes[0].data, refusal('Disposed'))
})

test('own source and own sink without regions: one whole request each', async () => {
  const { source, calls: read } = countedSource([10, 10, 10], { canReadRegion: false })
  const { sink, regions } = notedSink({ canWriteRegion: false })
  const step = clamp()
  const seen = monitor(step)
  await pipe(source, step).write(sink, { divisions: 10 })
  assert.deepEqual([read.regions.length, seen.runs, regions.length], [1, 10, 1])
})

test('a slow sink holds its run up: at most two parts are ahead of it', async () => {
  const { source, calls: read } = countedSource([19, 7, 40])
  let taken = 0
  let most = 0
  const { sink, regions } = notedSink({}, async () => {
    taken++
    const known = read.regions.length
    // Whatever is computed ahead has time to be.
    await until(() => read.regions.length > taken || taken === 40)
    await new Promise((resolve) => setTimeout(resolve, 10))
    most = Math.max(most, read.regions.length - taken)
    assert.ok(known >= taken)
  })
  await pipe(source, clamp()).write(sink, { divisions: 40 })
  assert.deepEqual([regions.length, read.regions.length], [40, 40])
  assert.ok(most === 1 || most === 2, `${most} ahead`)
})

test('parts need no more memory than a few of them', async () => {
  const volume = noise([64, 64, 64], 'int16')
  const part = (2 * 64 ** 3) / 32
  let most = 0
  const start = (await holdings()).live
  const { sink } = notedSink({}, () => {
    most = Math.max(most, counters().live - start)
  })
  await pipe(volume, clamp({ low: 0 })).write(sink, { divisions: 32, threads: 1 })
  assert.ok(most >= part && most < 2 * 64 ** 3, `${most / part} parts`)
})

test('a sink may run pipelines of what it is given, also where memory is scarce', async () => {
  const before = memoryLimit()
  const { source } = countedSource([64, 64, 32])
  const means: number[] = []
  const { sink } = notedSink({}, async ({ volume }) => {
    means.push((await pipe(volume, median({ radius: 0 }), statistics()).compute()).mean)
  })
  const run = async () => await pipe(source, clamp()).write(sink, { divisions: 8 })
  await run()
  memoryLimit(process.memoryUsage.rss() + 40 * 2 ** 20)
  try {
    await run()
  } finally {
    memoryLimit(before)
  }
  assert.equal(means.length, 16)
  assert.deepEqual(means.slice(8), means.slice(0, 8))
  const first = voxelsOf({ start: [0, 0, 0], shape: [64, 64, 4] })
  assert.ok(Math.abs(means[0] - first.reduce((a, b) => a + b, 0) / first.length) < 1e-6 * means[0])
})

test('a sink with nothing but write will do, for any number of runs at once', async () => {
  const { source } = countedSource(shape)
  let voxels = 0
  const sink = defineSink({
    name: 'bare',
    write: ({ volume }) => {
      voxels += volume.size
    },
  })
  const pipeline = pipe(source, clamp())
  await pipeline.write(sink)
  const before = await holdings()
  await Promise.all(Array.from({ length: 10 }, (_, k) => pipeline.write(sink, { divisions: 1 + k })))
  assert.equal(voxels, 11 * 19 * 7 * 12)
  assert.deepEqual(await settledHoldings(before), before)
})

test.run()
