import * as assert from 'node:assert/strict'
import {
  clamp,
  concatenate,
  crop,
  defineFilter,
  monitor,
  type Patch,
  type Pipeline,
  param,
  pipe,
  type Region,
  sampledInfo,
  subPatch,
  Volume,
} from '../../../../ts/index.ts'
import { intersect } from '../../../../ts/volume/region.ts'
import { madeSource } from '../../../support/made-source.ts'
import { refusal } from '../../../support/refusal.ts'
import { suite } from '../../../support/suite.ts'
import { temporaryFiles } from '../../../support/temporary.ts'

const test = suite('pipeline/cases/own-filters')
const file = temporaryFiles()

/** A part of another volume laid over the input. */
const pasted = defineFilter({
  name: 'pasted',
  summary: 'Lays (20,40)+(60,40) of another volume over the input at (100,70).',
  params: { other: param.volume({ doc: 'The other volume.' }) },
  output: (input) => input,
  regional: () => {
    const place = { start: [100, 70], shape: [60, 40] }
    return {
      needs: (region) => {
        const met = intersect(region, place)
        return [
          region,
          met && { start: [(met.start[0] as number) - 80, (met.start[1] as number) - 30], shape: met.shape },
        ]
      },
      generate: async ({ region, inputs: [under, over], output, tools }) => {
        if (under) await tools.copy(under, output)
        const met = intersect(region, place)
        if (!over || !met) return
        await tools.copy(over, subPatch(output, met))
      },
    }
  },
  ownGrids: ['other'],
})

test('case 11: a filter of one’s own reads its second input only where it needs it', async () => {
  const a = madeSource([256, 256], 'int16', (x, y) => x + y)
  const b = madeSource([256, 256], 'int16', (x, y) => -x * 3 - y)
  const step = pasted({ other: b })
  const [made, second] = [monitor(step), monitor(b)]
  await pipe(a, step).write(file('pasted.nii'), { divisions: 25, split: 'blocks' })
  const result = await Volume.read(file('pasted.nii'))
  assert.deepEqual([made.runs, second.runs], [25, 6])
  assert.ok(await result.equals(await pipe(a, step).compute({ divisions: 1 })))
  assert.deepEqual([result.get(99, 70), result.get(100, 70), result.get(159, 109)], [169, -100, -79 * 3 - 79])
})

test('case 18: planes cropped of one source and put together again are read once each', async () => {
  const parts = 7
  const source = madeSource([9, 8, parts], 'int16', (x, y, z) => x + 10 * y + 100 * z)
  const crops = Array.from({ length: parts }, (_, k) => crop({ start: [0, 0, k], shape: [9, 8, 1] }))
  const planes = crops.map((step): Pipeline => pipe(source, step))
  const step = concatenate(planes.slice(1), { axis: 2 })
  const [made, read, seen] = [monitor(step), monitor(source), crops.map((one) => monitor(one))]
  await pipe(planes[0] as Pipeline, step).write(file('joined.nii'), { divisions: parts })
  assert.equal(made.runs, parts)
  assert.deepEqual(
    seen.map(({ runs }) => runs),
    Array(parts).fill(1),
  )
  const inOrder = [...read.needed].sort((a, b) => (a.start[2] as number) - (b.start[2] as number))
  assert.deepEqual(
    inOrder,
    Array.from({ length: parts }, (_, k) => ({ start: [0, 0, k], shape: [9, 8, 1] })),
  )
  const result = await Volume.read(file('joined.nii'))
  assert.ok(await result.equals(await pipe(source).compute()))
})

/** The rows of a picture in an order that it tells nobody. */
const shuffled = defineFilter({
  name: 'shuffled',
  summary: 'Rows in another order.',
  params: {},
  output: (input) => input,
  regional: ({ shape: [length = 0, count = 0] }) => ({
    generate: async ({ region, inputs: [whole], output, tools }) => {
      const [first = 0, rows = 0] = [region.start[1], region.shape[1]]
      for (let y = first; y < first + rows; y++) {
        const row = (from: number): Region => ({ start: [0, from], shape: [length, 1] })
        await tools.copy(subPatch(whole as Patch, row((y * 37) % count)), subPatch(output, row(y)))
      }
    },
  }),
})

test('case 14: a filter that does not say what a region needs is given its input whole, once', async () => {
  const source = madeSource([64, 64], 'int16', (x, y) => x + 100 * y)
  const step = shuffled()
  const [made, read] = [monitor(step), monitor(source)]
  await pipe(source, step).write(file('shuffled.nii'), { divisions: 8 })
  assert.deepEqual([made.runs, read.runs], [8, 1])
  assert.deepEqual(read.needed, [{ start: [0, 0], shape: [64, 64] }])
  const result = await Volume.read(file('shuffled.nii'))
  assert.deepEqual(
    [result.get(5, 0), result.get(5, 1), result.get(63, 50)],
    [5, 3705, 63 + 100 * ((50 * 37) % 64)],
  )
  assert.ok(await result.equals(await pipe(source, shuffled(), clamp()).compute({ executor: 'reference' })))
  await assert.rejects(pipe(source, shuffled()).compute({ memory: 8000 }), refusal('Memory'))
})

interface Windows {
  readonly width: number
  readonly step: number
  readonly each: number
}

// The frames that make frames from `first` to `last`.
function framesFor({ width, step, each }: Windows, first: number, last: number): readonly [number, number] {
  return [Math.floor(first / each) * step, Math.floor(last / each) * step + width - 1]
}

/** Windows of frames along the last axis, each of which gives its first few frames. */
const timeWindows = defineFilter({
  name: 'timeWindows',
  summary: 'Frames of windows that slide along the last axis.',
  params: {
    width: param.int({ min: 1, doc: 'Frames of a window.' }),
    step: param.int({ min: 1, default: 1, doc: 'Frames from a window to the next.' }),
    each: param.int({ min: 1, default: 1, doc: 'Frames that a window gives.' }),
  },
  output: (input, { width, step, each }) => {
    const time = input.shape.length - 1
    const windows = Math.floor(((input.shape[time] as number) - width) / step) + 1
    const along = (value: number, others: number) => input.shape.map(() => others).with(time, value)
    const sampling = { starts: along((width - 1) / 2, 0), steps: along(step / each, 1) }
    return sampledInfo(input, sampling, input.shape.with(time, windows * each))
  },
  regional: (input, windows) => {
    const time = input.shape.length - 1
    const frames = ({ start, shape }: Region, first: number, length: number): Region => ({
      start: start.with(time, first),
      shape: shape.with(time, length),
    })
    return {
      needs: (region) => {
        const begin = region.start[time] as number
        const [first, last] = framesFor(windows, begin, begin + (region.shape[time] as number) - 1)
        return [frames(region, first, last - first + 1)]
      },
      generate: async ({ region, inputs: [given], output, tools }) => {
        const begin = region.start[time] as number
        for (let t = begin; t < begin + (region.shape[time] as number); t++) {
          const [first] = framesFor(windows, t, t)
          const from = frames(region, first + (t % windows.each), 1)
          await tools.copy(subPatch(given as Patch, from), subPatch(output, frames(region, t, 1)))
        }
      },
    }
  },
})

test('case 39: windows of frames need the frames that they slide over', async () => {
  const source = madeSource([4, 3, 2, 20], 'int16', (x, y, z, t) => x + 10 * y + 100 * z + 1000 * t)
  const first = timeWindows({ width: 3 })
  const middle = timeWindows({ width: 3, each: 3 })
  const last = timeWindows({ width: 2, step: 2 })
  assert.deepEqual((await pipe(source, first).info()).shape, [4, 3, 2, 18])
  assert.deepEqual((await pipe(source, first, middle).info()).shape, [4, 3, 2, 48])
  const pipeline = pipe(source, first, middle, last)
  const { shape, geometry } = await pipeline.info()
  assert.deepEqual(
    [shape, geometry.spacing],
    [
      [4, 3, 2, 24],
      [1, 1, 1, 2 / 3],
    ],
  )
  const watched = [monitor(middle), monitor(first), monitor(source)]
  const neededFor = async (frame: number) => {
    for (const one of watched) one.reset()
    await pipeline.compute({ region: { start: [0, 0, 0, frame], shape: [4, 3, 2, 1] } })
    return watched.map(({ needed: [region] }) => {
      const begin = region?.start[3] as number
      return [begin, begin + (region?.shape[3] as number) - 1]
    })
  }
  assert.deepEqual(await neededFor(0), [
    [0, 1],
    [0, 2],
    [0, 4],
  ])
  assert.deepEqual(await neededFor(2), [
    [4, 5],
    [1, 3],
    [1, 5],
  ])
  assert.deepEqual((await neededFor(23))[2], [15, 19])
  const whole = await pipeline.compute()
  // Frame 2k of the middle step is frame 2k mod 3 of its window.
  for (let t = 0; t < 24; t++)
    assert.equal(whole.get(3, 2, 1, t), 123 + 1000 * (Math.floor((2 * t) / 3) + ((2 * t) % 3)))
  for (const divisions of [2, 7, 24]) assert.ok(await whole.equals(await pipeline.compute({ divisions })))
})

test.run()
