import * as assert from 'node:assert/strict'
import {
  add,
  cast,
  clamp,
  defineSource,
  gaussian,
  linear,
  median,
  monitor,
  pipe,
  statistics,
} from '../../ts/index.ts'
import {
  countedSource,
  holdings,
  settledHoldings,
  spans,
  voxelCount,
  voxelsOf,
} from '../support/counted-source.ts'
import { refusal } from '../support/refusal.ts'
import { suite } from '../support/suite.ts'
import { temporaryFiles } from '../support/temporary.ts'

const test = suite('lifecycle/custom-source')
const shape = [19, 7, 12]
const whole = { start: [0, 0, 0], shape }

test('a source gives its voxels and its place, with or without regions', async () => {
  for (const canReadRegion of [true, false]) {
    const { source } = countedSource(shape, { canReadRegion })
    const { geometry, dtype } = await pipe(source).info()
    assert.deepEqual([geometry.spacing, dtype], [[1, 2, 3], 'int16'])
    for (const options of [
      {},
      { divisions: 5 },
      { split: 'blocks', divisions: 7 },
      { executor: 'reference' },
    ] as const)
      assert.deepEqual([...(await pipe(source).compute(options)).data], [...voxelsOf(whole)])
    const region = { start: [3, 1, 2], shape: [5, 4, 7] }
    assert.deepEqual([...(await pipe(source, clamp()).compute({ region })).data], [...voxelsOf(region)])
  }
})

test('it is asked for exactly the regions that are needed, each voxel once', async () => {
  const { source, calls } = countedSource(shape)
  const seen = monitor(source)
  await pipe(source, cast({ dtype: 'float32' })).compute({ divisions: 4 })
  const cut = [
    [0, 3],
    [3, 3],
    [6, 3],
    [9, 3],
  ]
  assert.deepEqual(spans(calls.regions), cut)
  assert.deepEqual(spans(seen.computed), cut)
  calls.regions.length = 0
  await pipe(source, clamp()).compute({ region: { start: [2, 1, 4], shape: [6, 5, 3] }, divisions: 1 })
  assert.deepEqual(calls.regions, [{ start: [2, 1, 4], shape: [6, 5, 3] }])
  calls.regions.length = 0
  await pipe(source, median({ radius: [1, 2, 3] })).compute({
    region: { start: [5, 3, 5], shape: [2, 1, 2] },
  })
  assert.deepEqual(calls.regions, [{ start: [4, 1, 2], shape: [4, 5, 8] }])
})

test('one that cannot read regions is read once per run, whole', async () => {
  const { source, calls } = countedSource(shape, { canReadRegion: false })
  const step = cast({ dtype: 'float32' })
  const [read, made] = [monitor(source), monitor(step)]
  await pipe(source, step).compute({ divisions: 10 })
  assert.deepEqual([calls.regions, read.computed, made.runs], [[whole], [whole], 10])
  await pipe(source, step, gaussian()).compute({ region: { start: [1, 1, 1], shape: [2, 2, 2] } })
  assert.deepEqual(calls.regions, [whole, whole])
})

test('it is described, opened and closed once per run, by whatever drives it', async () => {
  const file = temporaryFiles()
  const { source, calls } = countedSource(shape)
  const pipeline = pipe(source, clamp(), add(pipe(source, linear({ scale: 2 }))))
  const runs = [
    () => pipeline.compute(),
    () => pipeline.write(file('a.nii')),
    () => pipe(source, statistics()).compute(),
    () => pipeline.info(),
    () => pipeline.explain(),
    async () => {
      for await (const { volume } of pipeline.tiles({ divisions: 3 })) volume.dispose()
    },
    async () => {
      for await (const { volume } of pipeline.tiles({ divisions: 6 })) {
        volume.dispose()
        break
      }
    },
  ]
  for (const [k, run] of runs.entries()) {
    await run()
    assert.deepEqual([calls.describes, calls.closes], [k + 1, k + 1])
  }
})

test('several consumers share what is read', async () => {
  const { source, calls } = countedSource(shape)
  const sum = await pipe(source, add(pipe(source, linear({ scale: 2 })))).compute({ divisions: 1 })
  assert.equal(voxelCount(calls.regions), 19 * 7 * 12)
  const values = voxelsOf(whole)
  sum.data.forEach((value, k) => {
    assert.equal(value, 3 * values[k])
  })
})

test('many sources in one pipeline, and many runs of one, leave nothing', async () => {
  const sources = Array.from({ length: 8 }, (_, k) => countedSource(shape, { canReadRegion: k % 2 === 0 }))
  const sum = sources
    .slice(1)
    .reduce(
      (pipeline, { source }) => pipe(pipeline, add(source)),
      pipe(sources[0].source, cast({ dtype: 'float64' })),
    )
  const expected = voxelsOf(whole)
  const run = async () => {
    using volume = await sum.compute({ divisions: 3 })
    volume.data.forEach((value, k) => {
      assert.equal(value, 8 * expected[k])
    })
  }
  await run()
  const before = await holdings()
  await Promise.all(Array.from({ length: 10 }, run))
  assert.deepEqual(await settledHoldings(before), before)
  for (const { calls } of sources) assert.deepEqual([calls.describes, calls.closes], [11, 11])
})

test('declarations are checked when they are made', () => {
  const declaration = {
    name: 'a',
    describe: () => ({ shape, dtype: 'uint8' as const }),
    read: () => new Uint8Array(1),
  }
  for (const [wrong, argument] of [
    [{ ...declaration, name: '' }, 'defineSource.name'],
    [{ ...declaration, describe: {} }, 'defineSource.describe'],
    [{ ...declaration, read: undefined }, 'defineSource.read'],
    [{ ...declaration, close: 3 }, 'defineSource.close'],
    [{ ...declaration, canReadRegion: 'yes' }, 'defineSource.canReadRegion'],
  ] as const)
    assert.throws(() => defineSource(wrong as never), refusal('InvalidArgument', argument))
  assert.throws(() => defineSource({ ...declaration, raed: 1 } as never), refusal('InvalidArgument'))
})

test.run()
