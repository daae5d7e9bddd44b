import * as assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { suite } from 'uvu'
import {
  cast,
  clamp,
  defineFilter,
  edgeMap,
  fromFile,
  gaussian,
  gradientMagnitude,
  median,
  monitor,
  type Pipeline,
  type Progress,
  param,
  pipe,
  pointwise,
  type RunEvent,
  statistics,
  Volume,
  VoxlineError,
} from '../../../ts/index.ts'
import { eachIndex, fieldOf, noise } from '../../support/naive-filters.ts'
import { refusal } from '../../support/refusal.ts'
import { temporaryFiles } from '../../support/temporary.ts'

const test = suite('pipeline/run')
const shape = [19, 7, 5]

const failing = defineFilter({
  name: 'failing',
  summary: 'For tests: throws at a given voxel value.',
  params: { at: param.number({ doc: 'The value.' }) },
  output: (input) => ({ ...input, dtype: 'float32' }),
  stages: (_, { at }) => [
    pointwise((x) => {
      if (x === at) throw new RangeError(`met ${at}`)
      return x
    }),
  ],
})

test('a pipeline of a file equals that of the volume read from it', async () => {
  const file = temporaryFiles()
  const volume = noise(shape, 'int16', { spacing: [0.7, 1.3, 2.1] })
  for (const name of ['a.nii', 'a.nii.gz']) {
    await volume.write(file(name))
    const steps = [gaussian(), clamp({ low: 0 })]
    const expected = await pipe(await Volume.read(file(name)), ...steps).compute()
    for (const divisions of [1, 4]) {
      const made = await pipe(file(name), ...steps).compute({ divisions })
      assert.ok(await made.equals(expected, { geometry: true }), `${name} in ${divisions}`)
    }
    const bytes = await pipe(readFileSync(file(name)), ...steps).compute()
    assert.ok(await bytes.equals(expected, { geometry: true }), `bytes of ${name}`)
  }
})

test('writing streams to a file that reads back as the computed volume', async () => {
  const file = temporaryFiles()
  const volume = noise(shape, 'int16', { spacing: [0.7, 1.3, 2.1] })
  await volume.write(file('in.nii.gz'))
  const pipeline = pipe(file('in.nii.gz'), edgeMap({ below: 3 }))
  const expected = await pipeline.compute()
  for (const [name, divisions] of [
    ['a.nii', 1],
    ['b.nii', 4],
    ['c.nii.gz', 1],
    ['d.nii.gz', 5],
  ] as const) {
    await pipeline.write(file(name), { divisions })
    assert.ok(await (await Volume.read(file(name))).equals(expected, { geometry: true }), name)
  }
  assert.deepEqual(readFileSync(file('a.nii')), readFileSync(file('b.nii')))
  assert.deepEqual(readFileSync(file('c.nii.gz')), readFileSync(file('d.nii.gz')))
})

test('writing keeps the order of the file, or takes the one asked for', async () => {
  const file = temporaryFiles()
  const turned = noise([5, 19, 7], 'uint8').flipToOrientation('ARS')
  await turned.write(file('in.nii'))
  const stored = (await Volume.read(file('in.nii'))).storageOrientation
  await pipe(file('in.nii'), median()).write(file('same.nii'))
  assert.equal((await Volume.read(file('same.nii'))).storageOrientation, stored)
  await pipe(file('in.nii'), median()).write(file('lpi.nii'), { storage: 'RAS' })
  const made = await Volume.read(file('lpi.nii'))
  assert.equal(made.storageOrientation, 'RAS')
  assert.ok(await made.equals(await pipe(file('in.nii'), median()).compute(), { geometry: true }))
})

test('a target that exists is replaced only when asked', async () => {
  const file = temporaryFiles({ 'out.nii': 'mine' })
  const pipeline = pipe(noise(shape, 'uint8'), median())
  await assert.rejects(pipeline.write(file('out.nii')), refusal('Io'))
  assert.equal(readFileSync(file('out.nii'), 'utf8'), 'mine')
  await pipeline.write(file('out.nii'), { overwrite: true })
  assert.ok(await (await Volume.read(file('out.nii'))).equals(await pipeline.compute()))
  await assert.rejects(pipeline.write(file('out.xyz')), refusal('Unsupported'))
  await assert.rejects(
    pipeline.write(file('b.nii'), { compression: 3 }),
    refusal('InvalidArgument', 'write.compression'),
  )
})

test('a file may be indexed otherwise, cropped and left unscaled', async () => {
  const file = temporaryFiles()
  const volume = noise(shape, 'int16')
  await volume.write(file('a.nii'), { storage: 'RAS' })
  const options = { orientation: 'SRA', region: { start: [1, 2, 0], shape: [3, 5, 7] } }
  const read = await Volume.read(file('a.nii'), options)
  const made = await pipe(fromFile(file('a.nii'), options), median()).compute({ divisions: 2 })
  assert.ok(await made.equals(await pipe(read, median()).compute(), { geometry: true }))
  assert.throws(() => fromFile(file('a.nii'), { layout: 'RAS' } as object), refusal('InvalidArgument'))
})

test('a result goes into a volume, a view, or the input itself', async () => {
  const volume = noise(shape, 'int16')
  const expected = await pipe(volume, median()).compute()
  const around = Volume.create({ shape: [23, 9, 8], dtype: 'int16' })
  const view = around.view({ start: [2, 1, 3], shape }).flip([1])
  assert.equal(await pipe(volume, median()).compute({ into: view }), view)
  assert.ok(await view.equals(expected))
  assert.equal(
    fieldOf(around).values.reduce((sum, value) => sum + value, 0),
    fieldOf(expected).values.reduce((sum, value) => sum + value, 0),
  )
  const clamped = await pipe(volume, clamp({ low: 0 })).compute()
  const copy = await volume.copy()
  await pipe(copy, clamp({ low: 0 })).compute({ into: copy, divisions: 3 })
  assert.ok(await copy.equals(clamped))
  await pipe(volume, median()).compute({ into: volume, divisions: 3 })
  assert.ok(await volume.equals(expected))
})

test('into must fit', async () => {
  const pipeline = pipe(noise(shape, 'int16'), median())
  await assert.rejects(
    pipeline.compute({ into: Volume.create({ shape, dtype: 'uint16' }) }),
    refusal('ShapeMismatch', 'compute.into'),
  )
  await assert.rejects(
    pipeline.compute({ into: Volume.create({ shape: [19, 7, 4], dtype: 'int16' }) }),
    refusal('ShapeMismatch'),
  )
  await assert.rejects(pipeline.compute({ into: 3 as never }), refusal('InvalidArgument', 'compute.into'))
})

test('options of a run are checked before any work', async () => {
  const pipeline = pipe(noise(shape, 'int16'), median())
  const bad: readonly [object, string][] = [
    [{ divisions: 0 }, 'compute.divisions'],
    [{ threads: 1.5 }, 'compute.threads'],
    [{ threads: -1 }, 'compute.threads'],
    [{ memory: 'lots' }, 'compute.memory'],
    [{ split: 'rows' }, 'compute.split'],
    [{ executor: 'fast' }, 'compute.executor'],
    [{ simd: 'v9' }, 'compute.simd'],
    [{ tile: [0, 1, 1] }, 'compute.tile[0]'],
    [{ signal: {} }, 'compute.signal'],
    [{ onProgress: 1 }, 'compute.onProgress'],
    [{ colour: 1 }, 'compute.colour'],
    [{ region: { start: [0, 0], shape: [1, 1] } }, 'compute.region.start'],
    [{ region: { shape: [0, 1, 1] } }, 'compute.region.shape[0]'],
  ]
  for (const [options, argument] of bad)
    await assert.rejects(pipeline.compute(options), refusal('InvalidArgument', argument))
  const outside = { region: { start: [10, 0, 0], shape: [10, 7, 5] } }
  await assert.rejects(pipeline.compute(outside), (error) => {
    assert.ok(error instanceof VoxlineError && error.code === 'OutOfBounds')
    assert.deepEqual([error.details.region, error.details.extent], [outside.region, shape])
    return true
  })
})

test('wrong steps and sources are refused when a pipeline is made', () => {
  assert.throws(() => pipe(3 as never), refusal('InvalidArgument', 'source'))
  assert.throws(() => pipe('a.nii', median as never), refusal('InvalidArgument', 'steps[0]'))
  assert.throws(() => pipe('a.nii', statistics(), median()), refusal('InvalidArgument', 'steps[0]'))
})

test('the environment chooses executor and threads, and options override it', async () => {
  const pipeline = pipe(noise(shape, 'int16'), median())
  try {
    process.env.VOXLINE_EXECUTOR = 'Reference'
    process.env.VOXLINE_THREADS = '1'
    const { passes } = await pipeline.explain()
    assert.deepEqual([passes[0].threads, passes[0].tile], [1, shape])
    assert.ok((await pipeline.explain({ executor: 'fused' })).passes[0].threads >= 1)
    process.env.VOXLINE_EXECUTOR = 'slow'
    await assert.rejects(pipeline.compute(), refusal('InvalidArgument', 'VOXLINE_EXECUTOR'))
    process.env.VOXLINE_EXECUTOR = ''
    process.env.VOXLINE_THREADS = 'many'
    await assert.rejects(pipeline.compute(), refusal('InvalidArgument', 'VOXLINE_THREADS'))
    await pipeline.compute({ threads: 2 })
  } finally {
    delete process.env.VOXLINE_EXECUTOR
    delete process.env.VOXLINE_THREADS
  }
})

test('a budget that cannot work is refused with the least one that does', async () => {
  const file = temporaryFiles()
  await noise([64, 48, 40], 'int16').write(file('a.nii'))
  const pipeline = pipe(file('a.nii'), median())
  let required = 0
  await assert.rejects(pipeline.write(file('b.nii'), { memory: 1000 }), (error) => {
    assert.ok(error instanceof VoxlineError && error.code === 'Memory')
    required = error.details.required as number
    return required > 1000
  })
  assert.deepEqual(readdirSync(dirname(file('a.nii'))), ['a.nii'])
  await pipeline.write(file('b.nii'), { memory: required })
  assert.ok(await (await Volume.read(file('b.nii'))).equals(await pipeline.compute()))
  // The result counts.
  await assert.rejects(pipeline.compute({ memory: 64 * 48 * 40 * 2 }), refusal('Memory', 'compute.memory'))
})

test('a result has the header of its source but for what its voxels no longer say', async () => {
  const file = temporaryFiles()
  const volume = noise(shape, 'int16')
  volume.header = { description: 'a scan', display: { min: 0, max: 9 } }
  await volume.write(file('a.nii'))
  const made = await pipe(file('a.nii'), median()).compute({ region: { start: [1, 2, 3] } })
  assert.equal(made.header.description, 'a scan')
  assert.equal(made.header.display, undefined)
  const { drops } = await pipe(file('a.nii'), median()).explain()
  assert.ok(drops.some(({ step, field }) => step === 'median' && field === 'display'))
})

test('progress never falls and ends at one', async () => {
  const seen: Progress[] = []
  const pipeline = pipe(noise([64, 48, 40], 'int16'), gaussian(), edgeMap())
  await pipeline.compute({ divisions: 8, onProgress: (progress) => seen.push(progress) })
  const fractions = seen.map(({ fraction }) => fraction)
  assert.deepEqual(
    fractions,
    [...fractions].sort((a, b) => a - b),
  )
  assert.equal(fractions.filter((fraction) => fraction === 1).length, 1)
  assert.equal(fractions.at(-1), 1)
  const last = seen.at(-1) as Progress
  assert.equal(last.done, last.total)
})

test('events tell a run from start to end', async () => {
  const events: RunEvent[] = []
  await pipe(noise(shape, 'int16'), cast({ dtype: 'float32' }), edgeMap()).compute({
    divisions: 2,
    onEvent: (e) => events.push(e),
  })
  const types = events.map(({ type }) => type)
  assert.equal(types[0], 'start')
  assert.equal(types.at(-1), 'end')
  assert.deepEqual(types.filter((type) => type === 'pass').length, 2)
  assert.deepEqual(types.filter((type) => type === 'tile').length, 4)
  assert.ok(events.some((event) => event.type === 'stage' && event.stage === 'edgeMap/gradientMagnitude'))
})

test('a callback that throws fails the run with what it threw', async () => {
  const pipeline = pipe(noise([64, 48, 40], 'int16'), gaussian())
  const thrown = new Error('enough')
  const fail = () => {
    throw thrown
  }
  await assert.rejects(pipeline.compute({ onProgress: fail }), thrown)
  await assert.rejects(pipeline.compute({ onEvent: ({ type }) => type === 'tile' && fail() }), thrown)
  await pipeline.compute()
})

test('a run that was aborted rejects with the reason and leaves no file', async () => {
  const file = temporaryFiles()
  const pipeline = pipe(noise([96, 64, 40], 'int16'), median({ radius: 4 }))
  const reason = new Error('changed my mind')
  const before = AbortSignal.abort(reason)
  await assert.rejects(pipeline.write(file('a.nii'), { signal: before }), reason)
  const controller = new AbortController()
  const events: string[] = []
  const onEvent = ({ type }: RunEvent) => {
    events.push(type)
    if (type === 'tile') controller.abort(reason)
  }
  await assert.rejects(
    pipeline.write(file('a.nii'), { signal: controller.signal, divisions: 20, onEvent }),
    reason,
  )
  assert.equal(events.at(-1), 'abort')
  assert.deepEqual(readdirSync(dirname(file('a.nii'))), [])
  await pipeline.write(file('a.nii'))
  assert.ok(existsSync(file('a.nii')))
})

test('what a TypeScript filter throws is the cause of a Filter error, and the next run is right', async () => {
  const volume = noise(shape, 'uint8', { low: 0, high: 50 })
  const step = failing({ at: volume.get(3, 4, 2) as number })
  const pipeline = pipe(volume, step)
  for (const options of [{}, { threads: 1 }, { executor: 'reference' }, { divisions: 4 }] as const) {
    await assert.rejects(pipeline.compute(options), (error) => {
      assert.ok(error instanceof VoxlineError && error.code === 'Filter')
      assert.ok(error.cause instanceof RangeError)
      return error.details.filter === 'failing'
    })
  }
  step.set({ at: 99 })
  assert.deepEqual(fieldOf(await pipeline.compute()).values, fieldOf(volume).values)
})

test('errors carry the stack of the call', async () => {
  async function whoAsked(): Promise<void> {
    await pipe('/nowhere/at/all.nii', median()).compute()
  }
  await assert.rejects(whoAsked(), (error) => {
    assert.ok(error instanceof VoxlineError && error.code === 'Io')
    return true
  })
  const step = failing({ at: 1 })
  async function whoRan(): Promise<void> {
    await pipe(noise(shape, 'uint8', { low: 1, high: 1 }), step).compute()
  }
  await assert.rejects(whoRan(), (error) => /whoRan/.test((error as Error).stack ?? ''))
})

test('options are read when a run begins', async () => {
  const volume = noise(shape, 'int16')
  const step = clamp({ low: 0 })
  const pipeline = pipe(volume, step)
  const run = pipeline.compute()
  step.set({ low: 50 })
  const first = await run
  const least = (made: Volume) => Math.min(...fieldOf(made).values)
  assert.equal(least(first), 0)
  assert.equal(least(await pipeline.compute()), 50)
})

test('a pipeline may run with itself at once, and be the source of another', async () => {
  const volume = noise(shape, 'int16')
  const smooth: Pipeline = pipe(volume, gaussian())
  const [a, b] = await Promise.all([smooth.compute({ divisions: 3 }), smooth.compute()])
  assert.ok(await a.equals(b))
  const both = await pipe(smooth, median()).compute()
  assert.ok(await both.equals(await pipe(a, median()).compute()))
})

test('tiles are disjoint and together the region', async () => {
  const pipeline = pipe(noise(shape, 'int16'), cast({ dtype: 'float32' }), edgeMap({ below: 3 }))
  const whole = await pipeline.compute()
  const region = { start: [2, 1, 0], shape: [15, 6, 5] }
  for (const options of [{ divisions: 4 }, { divisions: 6, split: 'blocks' }, {}] as const) {
    const made = Volume.create({ shape: region.shape, dtype: 'uint8' })
    const counts = new Map<string, number>()
    for await (const tile of pipeline.tiles({ ...options, region })) {
      const at = tile.region.start.map((first, axis) => first - region.start[axis])
      await made.copyFrom(tile.volume, at)
      assert.deepEqual(tile.volume.shape, tile.region.shape)
      eachIndex(tile.region.shape, (index) => {
        const key = index.map((i, axis) => i + at[axis]).join()
        counts.set(key, (counts.get(key) ?? 0) + 1)
      })
    }
    assert.ok(await made.equals(whole.view(region)))
    assert.deepEqual([counts.size, Math.max(...counts.values())], [15 * 6 * 5, 1])
  }
})

test('leaving the loop over tiles aborts the run', async () => {
  const events: string[] = []
  const pipeline = pipe(noise([64, 48, 40], 'int16'), gaussian())
  for await (const { region } of pipeline.tiles({
    divisions: 20,
    onEvent: ({ type }) => events.push(type),
  })) {
    assert.deepEqual(region.shape, [64, 48, 2])
    break
  }
  assert.equal(events.at(-1), 'abort')
  assert.ok(events.filter((type) => type === 'tile').length <= 4)
})

test('a failing run over tiles rejects in the loop', async () => {
  const volume = noise(shape, 'uint8', { low: 1, high: 1 })
  await assert.rejects(async () => {
    for await (const _ of pipe(volume, failing({ at: 1 })).tiles()) assert.fail('no tile is whole')
  }, refusal('Filter'))
  assert.throws(
    () => pipe(volume, median()).tiles({ divisions: 0 }),
    refusal('InvalidArgument', 'tiles.divisions'),
  )
})

test('a monitor counts the divisions in which a step ran', async () => {
  const [first, second] = [cast({ dtype: 'float32' }), median({ radius: 2 })]
  const [cells, medians] = [monitor(first), monitor(second)]
  const pipeline = pipe(noise([100, 100], 'int16'), first, second)
  await pipeline.info()
  await pipeline.explain()
  assert.equal(cells.runs, 0)
  await pipeline.compute({ divisions: 4 })
  assert.equal(medians.runs, 4)
  assert.deepEqual(
    cells.needed.map(({ start, shape: s }) => [start[1], s[1]]),
    [
      [0, 27],
      [23, 29],
      [48, 29],
      [73, 27],
    ],
  )
  assert.deepEqual(
    medians.needed.map(({ shape: s }) => s[1]),
    [25, 25, 25, 25],
  )
  assert.equal(medians.info?.dtype, 'float32')
  medians.reset()
  assert.equal(medians.runs, 0)
})

test('planes needed around a gradient are clipped to the volume', async () => {
  const first = cast({ dtype: 'float32' })
  const seen = monitor(first)
  await pipe(noise([9, 8, 4], 'int16'), first, gradientMagnitude()).compute({ divisions: 4 })
  assert.deepEqual(
    seen.needed.map(({ start, shape: s }) => [start[2], s[2]]),
    [
      [0, 2],
      [0, 3],
      [1, 3],
      [2, 2],
    ],
  )
})

test('information is read without voxels', async () => {
  const file = temporaryFiles()
  const volume = noise(shape, 'int16', { spacing: [0.7, 1.3, 2.1] })
  await volume.write(file('a.nii.gz'))
  const info = await pipe(file('a.nii.gz'), gaussian()).info()
  assert.deepEqual([info.shape, info.dtype, info.components], [shape, 'float32', 1])
  assert.ok(info.geometry.spacing.every((s, axis) => Math.abs(s - [0.7, 1.3, 2.1][axis]) < 1e-6))
})

test.run()
