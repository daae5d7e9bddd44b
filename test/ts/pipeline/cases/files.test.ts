import * as assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import {
  cast,
  clamp,
  defineFilter,
  defineSink,
  formats,
  gaussian,
  monitor,
  pipe,
  pointwise,
  type Region,
  Volume,
} from '../../../../ts/index.ts'
import { partOf } from '../../../../ts/pipeline/custom-source.ts'
import type { HeldPatch } from '../../../../ts/pipeline/regional.ts'
import { madeSource } from '../../../support/made-source.ts'
import { noise } from '../../../support/naive-filters.ts'
import { suite } from '../../../support/suite.ts'
import { temporaryFiles } from '../../../support/temporary.ts'

const test = suite('pipeline/cases/files')

/** Needs its whole input before any voxel of its output. */
const whole = defineFilter({
  name: 'whole',
  summary: 'Copies, all at once.',
  params: {},
  output: (input) => input,
  regional: ({ shape }) => ({
    needs: () => [],
    prepare: (tools) => tools.read(0, { start: shape.map(() => 0), shape }),
    release: (all: HeldPatch) => all.release(),
    generate: async ({ region, output, state, tools }) => await tools.copy(partOf(state, region), output),
  }),
})

test('case 27: a plain file is read in as many parts as asked, and whole below a step that needs all', async () => {
  const file = temporaryFiles()
  const volume = noise([19, 7, 8], 'int16')
  await volume.write(file('a.mha'))
  const read = cast({ dtype: 'float32' })
  const seen = monitor(read)
  await pipe(file('a.mha'), read).write(file('b.mha'), { divisions: 4 })
  assert.deepEqual(
    seen.needed,
    [0, 2, 4, 6].map((z) => ({ start: [0, 0, z], shape: [19, 7, 2] })),
  )
  seen.reset()
  const last = whole()
  const made = monitor(last)
  await pipe(file('a.mha'), read, last).write(file('c.mha'), { divisions: 4 })
  assert.deepEqual(seen.needed, [{ start: [0, 0, 0], shape: [19, 7, 8] }])
  assert.equal(made.runs, 4)
  assert.deepEqual(readFileSync(file('c.mha')), readFileSync(file('b.mha')))
})

for (const ending of formats.flatMap(({ writes }) => writes))
  for (const [dtype, components] of [
    ['uint8', 1],
    ['float32', 1],
    ['uint8', 3],
  ] as const)
    test(`case 28: ${components} × ${dtype} in ${ending} is read and written plane by plane`, async () => {
      const file = temporaryFiles()
      const volume = Volume.create({ shape: [5, 5, 5], dtype, components })
      for (let at = 0; at < volume.data.length; at++) {
        const voxel = Math.floor(at / components)
        const value = 100 * Math.floor(voxel / 25) + 10 * (Math.floor(voxel / 5) % 5) + (voxel % 5)
        volume.data[at] = value + (at % components)
      }
      volume.touch()
      await volume.write(file(`a${ending}`))
      const step = clamp()
      const seen = monitor(step)
      const pipeline = pipe(file(`a${ending}`), step)
      await pipeline.write(file(`b${ending}`), { divisions: 5 })
      const planes = [...seen.needed].sort((a, b) => (a.start[2] as number) - (b.start[2] as number))
      assert.deepEqual(
        planes,
        [0, 1, 2, 3, 4].map((z) => ({ start: [0, 0, z], shape: [5, 5, 1] })),
      )
      const { passes } = await pipeline.explain({ divisions: 5, to: file(`b${ending}`) })
      assert.equal(passes[0].divisions.length, 5)
      const result = await Volume.read(file(`b${ending}`))
      assert.ok(await result.equals(volume, { geometry: true }))
      await pipeline.write(file(`c${ending}`), { divisions: 1 })
      assert.ok(await (await Volume.read(file(`c${ending}`))).equals(result))
    })

test('case 29: thin regions are one run each and equal that part of the whole', async () => {
  const file = temporaryFiles()
  const shape = [9, 8, 7] as const
  await noise(shape, 'int16').write(file('a.nii'))
  const step = gaussian({ sigma: 0.7 })
  const seen = monitor(step)
  const pipeline = pipe(file('a.nii'), step)
  const all = await pipeline.compute()
  const regions: Region[] = [0, 1, 2].flatMap((axis) =>
    [1, 3].map((width) => ({
      start: shape.map((_, a) => (a === axis ? 0 : 2)),
      shape: shape.map((n, a) => (a === axis ? n : width)),
    })),
  )
  for (const region of regions) {
    seen.reset()
    const part = await pipeline.compute({ region })
    assert.deepEqual(seen.needed, [region])
    assert.ok(await part.equals(all.view(region)))
  }
})

test('case 34: a source and a sink without regions see one request each, the step between ten', async () => {
  const requests: Region[] = []
  const written: Region[] = []
  const source = madeSource([10, 10, 10], 'int16', (x, y, z) => x + 10 * y + 100 * z, {
    canReadRegion: false,
    onRead: ({ region }) => requests.push(region),
  })
  const step = cast({ dtype: 'float32' })
  const seen = monitor(step)
  let sum = 0
  const sink = defineSink({
    name: 'all',
    canWriteRegion: false,
    write: ({ region, volume }) => {
      written.push(region)
      sum = [...volume.data].reduce<number>((total, value) => total + Number(value), 0)
    },
  })
  await pipe(source, step).write(sink, { divisions: 10 })
  const all = { start: [0, 0, 0], shape: [10, 10, 10] }
  assert.deepEqual([requests, written, seen.runs, sum], [[all], [all], 10, 499500])
})

/** For chains whose result a file of another element type would not hold. */
const doubled = defineFilter({
  name: 'doubled',
  summary: 'Twice the value.',
  params: {},
  stages: () => [pointwise((value) => value * 2)],
})

test('case 30: ten slabs pasted in turn, the first into no file, are the whole file', async () => {
  for (const ending of ['.nii', '.mha', '.nrrd']) {
    const file = temporaryFiles()
    const pipeline = pipe(noise([13, 7, 20], 'float32'), doubled(), gaussian())
    await pipeline.write(file(`whole${ending}`))
    for (let k = 0; k < 10; k++)
      await pipeline.write(file(`slabs${ending}`), { region: { start: [0, 0, 2 * k], shape: [13, 7, 2] } })
    assert.deepEqual(readFileSync(file(`slabs${ending}`)), readFileSync(file(`whole${ending}`)))
  }
})

test.run()
