import * as assert from 'node:assert/strict'
import { cast, gaussian, median, pipe, type RunOptions, Volume } from '../../../../ts/index.ts'
import { eachIndex } from '../../../support/naive-filters.ts'
import { randomIntegers } from '../../../support/random.ts'
import { refusal } from '../../../support/refusal.ts'
import { suite } from '../../../support/suite.ts'

const test = suite('pipeline/cases/cutting')

const region = { start: [1, 10], shape: [10, 11] }
const volume = Volume.create({ shape: [20, 30], dtype: 'uint8' })
const plane = pipe(volume, cast({ dtype: 'int16' }))
// A periodic border needs its axis whole.
const wholeAxis = pipe(volume, gaussian({ sigma: [0, 1], border: 'wrap' }))

async function divisionsOf(pipeline: typeof plane, options: RunOptions) {
  return (await pipeline.explain({ region, ...options })).passes[0].divisions
}

async function counts(pipeline: typeof plane, split: 'slabs' | 'blocks', asked: readonly number[]) {
  const found: number[] = []
  for (const divisions of asked) found.push((await divisionsOf(pipeline, { divisions, split })).length)
  return found
}

test('case 1: slabs cut the slowest axis evenly', async () => {
  assert.deepEqual(await counts(plane, 'slabs', [1, 2, 3, 4, 7, 11, 12, 99]), [1, 2, 3, 4, 7, 11, 11, 11])
  assert.deepEqual(await divisionsOf(plane, { divisions: 2 }), [
    { start: [1, 10], shape: [10, 5] },
    { start: [1, 15], shape: [10, 6] },
  ])
})

test('case 2: blocks cut the longest axis first', async () => {
  assert.deepEqual(await counts(plane, 'blocks', [1, 2, 3, 4, 7, 11, 12, 99]), [1, 2, 2, 4, 6, 9, 12, 90])
  const blocks = (divisions: number) => divisionsOf(plane, { divisions, split: 'blocks' })
  assert.deepEqual(
    (await blocks(2)).map(({ shape }) => shape),
    [
      [10, 5],
      [10, 6],
    ],
  )
  assert.deepEqual((await blocks(4)).at(-1), { start: [6, 15], shape: [5, 6] })
})

test('case 3: an axis that a stage needs whole is not cut', async () => {
  for (const split of ['slabs', 'blocks'] as const)
    assert.deepEqual(await counts(wholeAxis, split, [1, 4, 7, 11, 99]), [1, 4, 7, 10, 10])
  assert.deepEqual(await divisionsOf(wholeAxis, { divisions: 2 }), [
    { start: [1, 10], shape: [5, 11] },
    { start: [6, 10], shape: [5, 11] },
  ])
})

test('case 4: empty regions and no divisions are refused; no last sliver is made', async () => {
  const empty = { start: [1, 10], shape: [10, 0] }
  await assert.rejects(
    plane.explain({ region: empty }),
    refusal('InvalidArgument', 'explain.region.shape[1]'),
  )
  await assert.rejects(
    plane.compute({ region: empty }),
    refusal('InvalidArgument', 'compute.region.shape[1]'),
  )
  await assert.rejects(plane.compute({ divisions: 0 }), refusal('InvalidArgument', 'compute.divisions'))
  const long = pipe(Volume.create({ shape: [3, 2, 100], dtype: 'uint8' }), cast({ dtype: 'int16' }))
  const { divisions } = (await long.explain({ divisions: 30 })).passes[0]
  const heights = divisions.map(({ shape }) => shape[2])
  const ofHeight = (height: number) => heights.filter((h) => h === height).length
  assert.deepEqual([heights.length, ofHeight(4), ofHeight(3)], [30, 10, 20])
})

test('case 5: parts of any shape are disjoint, covering, no more than asked, and even', async () => {
  const random = randomIntegers(11)
  for (let trial = 0; trial < 60; trial++) {
    const shape = Array.from({ length: random(1, 4) }, () => random(1, 9))
    const pipeline = pipe(
      Volume.create({ shape, dtype: 'uint8' }),
      trial % 2 ? median() : cast({ dtype: 'int16' }),
    )
    const asked = random(1, 40)
    const split = trial % 3 ? 'blocks' : 'slabs'
    const { divisions } = (await pipeline.explain({ divisions: asked, split })).passes[0]
    const text = `${shape} in ${asked} ${split}`
    assert.ok(divisions.length <= asked, text)
    const visits = new Map<string, number>()
    for (const part of divisions)
      eachIndex(part.shape, (index) => {
        const key = index.map((i, axis) => i + (part.start[axis] as number)).join()
        visits.set(key, (visits.get(key) ?? 0) + 1)
      })
    assert.equal(
      visits.size,
      shape.reduce((product, n) => product * n, 1),
      text,
    )
    assert.deepEqual([...new Set(visits.values())], [1], text)
    shape.forEach((_, axis) => {
      const lengths = divisions.map((part) => part.shape[axis] as number)
      assert.ok(Math.max(...lengths) - Math.min(...lengths) <= 1, text)
    })
  }
})

test.run()
