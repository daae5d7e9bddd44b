import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import {
  cast,
  defineFilter,
  gaussian,
  invert,
  median,
  monitor,
  param,
  pipe,
  relabel,
  resample,
  rescaleIntensity,
  Volume,
} from '../../../ts/index.ts'
import { movingVoxels } from '../../../ts/pipeline/moved-voxels.ts'
import type { Region } from '../../../ts/volume/region.ts'
import { temporaryFiles } from '../../support/temporary.ts'

const test = suite('pipeline/regional')

/** Every second voxel along axis 0, backwards along axis 2, axes 0 and 1 exchanged. */
const scattered = defineFilter({
  name: 'scattered',
  summary: 'Every second voxel of a turned volume.',
  params: {},
  metadata: 'moved',
  output: (input) => {
    const [nx, ny, nz] = input.shape as [number, number, number]
    return { ...input, shape: [ny, Math.ceil(nx / 2), nz] }
  },
  regional: (input) =>
    movingVoxels({ axes: [1, 0, 2], starts: [0, 0, (input.shape[2] as number) - 1], steps: [1, 2, -1] }),
})

const prepared: Region[][] = []

/** The volume minus its greatest voxel, which a pass of its own finds. */
const belowGreatest = defineFilter({
  name: 'belowGreatest',
  summary: 'Distance to the greatest voxel.',
  params: { slabs: param.int({ default: 3, min: 1, doc: 'Parts of the first pass.' }) },
  output: (input) => ({ ...input, dtype: 'float32' }),
  regional: ({ shape }, { slabs }) => ({
    dtypes: ['float32'],
    needs: (region: Region) => [region],
    prepare: async (tools) => {
      let greatest = Number.NEGATIVE_INFINITY
      const regions: Region[] = []
      const [nx, ny, nz] = shape as [number, number, number]
      for (let k = 0; k < slabs; k++) {
        const [first, end] = [Math.floor((k * nz) / slabs), Math.floor(((k + 1) * nz) / slabs)]
        if (first === end) continue
        const region = { start: [0, 0, first], shape: [nx, ny, end - first] }
        regions.push(region)
        const patch = await tools.read(0, region)
        greatest = Math.max(greatest, ...valuesOf(patch))
        patch.release()
        tools.progress((k + 1) / slabs)
      }
      prepared.push(regions)
      return greatest
    },
    generate: async ({ inputs: [input], output, state, tools }) => {
      const own = tools.allocate({ shape: output.view.shape, components: 1, dtype: 'float32' })
      if (input) await tools.copy(input, own)
      change(own, (value) => value - (state as number))
      await tools.copy(own, output)
      own.release()
    },
  }),
})

import { callNative } from '../../../ts/native/errors.ts'
import type { Patch, Regional } from '../../../ts/pipeline/regional.ts'
import { suite } from '../../support/suite.ts'

function elementsOf({ view }: Patch): Float32Array {
  return new Float32Array(callNative((addon) => addon.lend(view.memory)))
}

function eachVoxel({ view: { shape, strides, offset } }: Patch, f: (index: number) => void): void {
  const [nx, ny, nz] = shape as [number, number, number]
  const [sx, sy, sz] = strides as [number, number, number]
  for (let z = 0; z < nz; z++)
    for (let y = 0; y < ny; y++) for (let x = 0; x < nx; x++) f((offset + x * sx + y * sy + z * sz) / 4)
}

function valuesOf(patch: Patch): number[] {
  const elements = elementsOf(patch)
  const values: number[] = []
  eachVoxel(patch, (at) => values.push(elements[at] as number))
  callNative((addon) => addon.takeBack(elements.buffer as ArrayBuffer))
  return values
}

function change(patch: Patch, f: (value: number) => number): void {
  const elements = elementsOf(patch)
  eachVoxel(patch, (at) => {
    elements[at] = f(elements[at] as number)
  })
  callNative((addon) => addon.takeBack(elements.buffer as ArrayBuffer))
}

const shape = [19, 7, 11]

function ramp(dtype: 'int16' | 'float32' = 'int16'): Volume {
  const volume = Volume.create({ shape, dtype, spacing: [1, 2, 3] })
  volume.data.forEach((_, k) => {
    volume.data[k] = ((k * 7919) % 1009) - 300
  })
  return volume
}

function scatteredBy(get: (x: number, y: number, z: number) => number): number[] {
  const values: number[] = []
  for (let z = 0; z < 11; z++)
    for (let x = 0; x < 10; x++) for (let y = 0; y < 7; y++) values.push(get(2 * x, y, 10 - z))
  return values
}

function inIndexOrder(volume: Volume): number[] {
  const values: number[] = []
  const [nx, ny, nz] = volume.shape as [number, number, number]
  for (let z = 0; z < nz; z++)
    for (let y = 0; y < ny; y++) for (let x = 0; x < nx; x++) values.push(Number(volume.get(x, y, z)))
  return values
}

test('moving voxels of a volume reads them where they lie', async () => {
  const volume = ramp()
  const moved = await pipe(volume, scattered()).compute()
  assert.equal(moved.shape, [7, 10, 11])
  assert.equal(
    inIndexOrder(moved),
    scatteredBy((x, y, z) => Number(volume.get(x, y, z))),
  )
})

test('moved voxels of a filtered volume are the filtered voxels, moved, however the run is cut', async () => {
  const volume = ramp()
  const filtered = await pipe(volume, median()).compute()
  const expected = scatteredBy((x, y, z) => Number(filtered.get(x, y, z)))
  const pipeline = pipe(volume, median(), scattered())
  for (const options of [
    {},
    { divisions: 3 },
    { divisions: 11, threads: 1 },
    { executor: 'reference' },
    { split: 'blocks', divisions: 5 },
  ] as const)
    assert.equal(inIndexOrder(await pipeline.compute(options)), expected, JSON.stringify(options))
  const part = await pipeline.compute({ region: { start: [2, 3, 4], shape: [4, 5, 6] } })
  const whole = await pipeline.compute()
  assert.ok(await part.equals(whole.view({ start: [2, 3, 4], shape: [4, 5, 6] })))
})

test('stages behind a step on another grid see its voxels, and their own border', async () => {
  const volume = ramp('float32')
  const moved = await pipe(volume, gaussian({ sigma: 1, units: 'voxel' }), scattered()).compute()
  const expected = await pipe(moved, median(), rescaleIntensity({ min: 0, max: 1 })).compute()
  const pipeline = pipe(
    volume,
    gaussian({ sigma: 1, units: 'voxel' }),
    scattered(),
    median(),
    rescaleIntensity({ min: 0, max: 1 }),
  )
  for (const divisions of [1, 2, 4, 11])
    assert.ok(await (await pipeline.compute({ divisions })).equals(expected))
})

test('a pass over the input comes before the regions, also streamed to a file', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'voxline-'))
  try {
    const volume = ramp()
    const path = join(folder, 'in.nii')
    await volume.write(path)
    const smooth = await pipe(volume, gaussian({ sigma: 1, units: 'voxel' })).compute()
    const values = Array.from(smooth.data as Float32Array)
    const greatest = Math.max(...values)
    const expected = values.map((value) => Math.fround(value - greatest))
    prepared.length = 0
    const out = join(folder, 'out.nii')
    await pipe(path, gaussian({ sigma: 1, units: 'voxel' }), belowGreatest()).write(out, { divisions: 4 })
    assert.is(prepared.length, 1)
    assert.is(prepared[0]?.length, 3)
    assert.equal(inIndexOrder(await Volume.read(out)), expected)
    const moved = await pipe(
      path,
      gaussian({ sigma: 1, units: 'voxel' }),
      belowGreatest({ slabs: 5 }),
      scattered(),
    ).compute({ divisions: 3 })
    const source = await Volume.read(out)
    assert.equal(
      inIndexOrder(moved),
      scatteredBy((x, y, z) => Number(source.get(x, y, z))),
    )
    assert.equal((await readdir(folder)).sort(), ['in.nii', 'out.nii'])
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('a step holds less where the run would not fit, and the planner says so', async () => {
  const prepares: string[] = []
  const way = (name: string, held: number): Regional => ({
    held,
    needs: (region) => [region],
    prepare: async () => void prepares.push(name),
    generate: async ({ inputs: [input], output, tools }) => await tools.copy(input as Patch, output),
  })
  const copied = defineFilter({
    name: 'copied',
    summary: 'The same voxels.',
    params: {},
    output: (input) => input,
    regional: () => ({ ...way('rich', 2 ** 28), lean: way('lean', 2 ** 20) }),
  })
  const pipeline = pipe(ramp(), copied())
  for (const memory of ['1GiB', '64MiB']) assert.ok(await (await pipeline.compute({ memory })).equals(ramp()))
  assert.equal(prepares, ['rich', 'lean'])
  const { least, peak, nodes } = await pipeline.explain({ memory: '1GiB' })
  assert.equal(nodes.at(-1)?.held, 2 ** 28)
  assert.ok(peak > 2 ** 28 && least < 64 * 2 ** 20)
})

test('the least budget leaves those who supply a pass room to work with', async () => {
  const shape = [256, 200, 3]
  const file = temporaryFiles()
  const path = file('many-labels.nii')
  await Volume.wrap(
    Int16Array.from({ length: 256 * 200 * 3 }, (_, i) => (i * 7919) % 50),
    { shape },
  ).write(path)
  const numbered = relabel({ dtype: 'float64' })
  const watched = monitor(numbered)
  const pipeline = pipe(path, numbered, invert({ maximum: 100 }), resample({ interpolation: 'nearest' }))
  const to = file('least.mha')
  const { least } = await pipeline.explain({ to })
  await pipeline.write(to, { memory: least })
  // In rows of some voxels each slice would be read in more than a hundred parts, and each of them planned.
  const parts = watched.computed.length
  assert.ok(parts >= 3 && parts <= 16 * 3, `${parts} parts`)
})

test('monitors see the regions a step on another grid makes', async () => {
  const step = scattered()
  const before = cast({ dtype: 'float32' })
  const [watched, source] = [monitor(step), monitor(before)]
  await pipe(ramp(), before, step).compute({ divisions: 2 })
  assert.equal(watched.computed, [
    { start: [0, 0, 0], shape: [7, 10, 5] },
    { start: [0, 0, 5], shape: [7, 10, 6] },
  ])
  assert.equal(source.computed, [
    { start: [0, 0, 6], shape: [19, 7, 5] },
    { start: [0, 0, 0], shape: [19, 7, 6] },
  ])
})

test('what a step throws while regions are made rejects the run, which then works again', async () => {
  let broken = true
  const fragile = defineFilter({
    name: 'fragile',
    summary: 'Fails once.',
    params: {},
    output: (input) => input,
    regional: () => ({
      needs: (region: Region) => [region],
      generate: async ({ inputs: [input], output, tools }) => {
        if (broken) throw new TypeError('out of order')
        if (input) await tools.copy(input, output)
      },
    }),
  })
  const volume = ramp()
  for (const steps of [[fragile()], [fragile(), median()]]) {
    const pipeline = pipe(volume, ...steps)
    broken = true
    let failure: unknown
    await pipeline.compute().catch((error: unknown) => {
      failure = error
    })
    assert.instance(failure, TypeError)
    broken = false
    assert.is((await pipeline.compute()).shape.length, 3)
  }
})

test('an abort ends a run in the middle of a region', async () => {
  const controller = new AbortController()
  const slow = defineFilter({
    name: 'slow',
    summary: 'Never ends by itself.',
    params: {},
    output: (input) => input,
    regional: () => ({
      needs: (region: Region) => [region],
      generate: async ({ tools }) => {
        controller.abort(new RangeError('enough'))
        await new Promise((resolve, reject) => {
          const timer = setTimeout(resolve, 60_000)
          tools.signal?.addEventListener('abort', () => {
            clearTimeout(timer)
            reject(tools.signal?.reason)
          })
          if (tools.signal?.aborted) {
            clearTimeout(timer)
            reject(tools.signal.reason)
          }
        })
      },
    }),
  })
  let failure: unknown
  await pipe(ramp(), slow(), median())
    .compute({ signal: controller.signal })
    .catch((error: unknown) => {
      failure = error
    })
  assert.instance(failure, RangeError)
})

test.run()
