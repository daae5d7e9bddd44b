import * as assert from 'node:assert/strict'
import { setTimeout } from 'node:timers/promises'
import { queryObjects } from 'node:v8'
import {
  defineFilter,
  defineSink,
  distanceMap,
  fillHoles,
  gaussian,
  gradientMagnitude,
  median,
  pipe,
  pointwise,
  rescaleIntensity,
  statistics,
  threshold,
  Volume,
} from '../../ts/index.ts'
import { Run } from '../../ts/pipeline/run.ts'
import { countedSource } from '../support/counted-source.ts'
import { suite } from '../support/suite.ts'
import { temporaryFiles } from '../support/temporary.ts'

// What a run made of objects is garbage when it has ended, also where native code held callbacks of it.
const test = suite('lifecycle/collected-runs')
const file = temporaryFiles()
const source = Volume.create({ shape: [24, 20, 16], dtype: 'int16' })
for (let i = 0; i < source.size; i++) source.data[i] = (i * 7919) % 1000
const doubled = defineFilter({
  name: 'doubled',
  summary: 'For tests: a function of every voxel.',
  params: {},
  stages: () => [pointwise((x) => (x > 990 ? Number.NaN : 2 * x))],
})
const failing = defineFilter({
  name: 'failing',
  summary: 'For tests: fails.',
  params: {},
  stages: () => [
    pointwise(() => {
      throw new Error('always')
    }),
  ],
})
const chain = [
  median({ radius: 1 }),
  gradientMagnitude(),
  threshold({ below: 20 }),
  rescaleIntensity({ max: 255 }),
] as const
const kept = pipe(source, gaussian({ sigma: 1 })).keep()
const path = file('made.nii')
const sink = defineSink({ name: 'nothing', open: () => {}, write: () => {} })

const kinds: Readonly<Record<string, () => Promise<unknown>>> = {
  fused: async () => (await pipe(source, ...chain).compute()).dispose(),
  told: async () => {
    const controller = new AbortController()
    const options = { signal: controller.signal, timeout: 60_000, onProgress: () => {}, onEvent: () => {} }
    ;(await pipe(source, ...chain).compute(options)).dispose()
  },
  divided: async () => (await pipe(source, ...chain).compute({ divisions: 5, threads: 2 })).dispose(),
  measured: () => pipe(source, statistics()).compute(),
  scripted: async () => (await pipe(source, doubled()).compute()).dispose(),
  failing: () =>
    pipe(source, failing())
      .compute()
      .catch(() => {}),
  refused: () =>
    pipe(source, ...chain)
      .compute({ memory: 1 })
      .catch(() => {}),
  aborted: async () => {
    const controller = new AbortController()
    const run = pipe(source, ...chain).compute({
      signal: controller.signal,
      onEvent: ({ type }) => type === 'tile' && controller.abort(),
    })
    await run.then(
      (volume) => volume.dispose(),
      () => {},
    )
  },
  regional: async () =>
    (await pipe(source, threshold({ below: 500 }), fillHoles(), distanceMap()).compute()).dispose(),
  kept: async () => (await pipe(kept, threshold({ below: 20 })).compute()).dispose(),
  tiles: async () => {
    for await (const { volume } of pipe(source, ...chain).tiles({ divisions: 3 })) volume.dispose()
  },
  files: async () => {
    await pipe(source, ...chain).write(path, { overwrite: true })
    ;(await pipe(path, gaussian({ sigma: 1 })).compute()).dispose()
  },
  custom: async () => await pipe(countedSource([8, 7, 6]).source, ...chain).write(sink),
  explained: async () => (await pipe(source, ...chain).explain()).toString(),
}

// Walks the whole heap: it takes its time.
const counts = () => ({
  runs: queryObjects(Run, { format: 'count' }),
  volumes: queryObjects(Volume, { format: 'count' }),
})

// Finalizers run a turn later, and what they let go is garbage then.
async function left() {
  for (let k = 0; k < 5; k++) {
    globalThis.gc?.()
    await setTimeout(2)
  }
  return counts()
}

test(`nothing of runs is left: ${Object.keys(kinds).join(', ')}`, async () => {
  for (const run of Object.values(kinds)) await run()
  const { volumes } = await left()
  for (const run of Object.values(kinds)) for (let k = 0; k < 10; k++) await run()
  assert.deepEqual(await left(), { runs: 0, volumes })
})

test.run()
