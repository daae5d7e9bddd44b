import * as assert from 'node:assert/strict'
import {
  cast,
  defineFilter,
  gaussian,
  gradientMagnitude,
  median,
  monitor,
  type Pipeline,
  pipe,
  pointwise,
  type Region,
  type RunOptions,
  Volume,
} from '../../../../ts/index.ts'
import { countedSource } from '../../../support/counted-source.ts'
import { noise } from '../../../support/naive-filters.ts'
import { suite } from '../../../support/suite.ts'
import { temporaryFiles } from '../../../support/temporary.ts'

const test = suite('pipeline/cases/carrying')
const file = temporaryFiles()
const executors = ['fused', 'reference'] as const

type Rows = readonly (readonly [begin: number, length: number])[]

function along(axis: number, regions: readonly Region[]): Rows {
  return regions.map(({ start, shape }) => [start[axis] as number, shape[axis] as number])
}

/** What `explain` says of a step in the first pass, along an axis. */
async function explained(pipeline: Pipeline, name: string, axis: number, options: RunOptions) {
  const [pass] = (await pipeline.explain(options)).passes
  const rows = (of: 'needed' | 'computed') =>
    along(axis, pass?.[of].find(({ step }) => step === name)?.regions ?? [])
  return { needed: rows('needed'), computed: rows('computed') }
}

for (const executor of executors)
  test(`case 9: rows around a median are computed once in four divisions, executor ${executor}`, async () => {
    await noise([100, 100], 'int16').write(file('plane.nii'), { overwrite: true })
    const [first, second] = [cast({ dtype: 'float32' }), median({ radius: 2 })]
    const [cells, medians] = [monitor(first), monitor(second)]
    const pipeline = pipe(file('plane.nii'), first, second) as Pipeline
    const result = await pipeline.compute({ divisions: 4, executor })
    const needed = [
      [0, 27],
      [23, 29],
      [48, 29],
      [73, 27],
    ]
    const computed = [
      [0, 27],
      [27, 25],
      [52, 25],
      [77, 23],
    ]
    assert.deepEqual(along(1, cells.needed), needed)
    assert.deepEqual(along(1, cells.computed), computed)
    assert.deepEqual([cells.runs, medians.runs], [4, 4])
    assert.deepEqual(await explained(pipeline, 'cast', 1, { divisions: 4, executor }), { needed, computed })
    assert.ok(await result.equals(await pipeline.compute({ divisions: 1 })))
  })

for (const executor of executors)
  test(`case 25: a division that finds all its planes computes none, executor ${executor}`, async () => {
    await noise([9, 8, 4], 'int16').write(file('box.nii'), { overwrite: true })
    const [first, second] = [cast({ dtype: 'float32' }), gradientMagnitude()]
    const [cells, gradients] = [monitor(first), monitor(second)]
    const pipeline = pipe(file('box.nii'), first, second) as Pipeline
    const result = await pipeline.compute({ divisions: 4, executor })
    const needed = [
      [0, 2],
      [0, 3],
      [1, 3],
      [2, 2],
    ]
    const computed = [
      [0, 2],
      [2, 1],
      [3, 1],
    ]
    assert.deepEqual(along(2, cells.needed), needed)
    assert.deepEqual(along(2, cells.computed), computed)
    assert.deepEqual([gradients.runs, cells.runs], [4, 3])
    assert.deepEqual(await explained(pipeline, 'cast', 2, { divisions: 4, executor }), { needed, computed })
    assert.ok(await result.equals(await pipeline.compute({ divisions: 1 })))
  })

/** A step that counts the voxels it computes. */
function counting() {
  let voxels = 0
  const filter = defineFilter({
    name: 'counted',
    summary: 'For tests: a function that counts its calls.',
    params: {},
    output: (input) => ({ ...input, dtype: 'float32' }),
    stages: () => [
      pointwise((x) => {
        voxels++
        return x * 0.5 + 1
      }),
    ],
  })
  return { step: filter(), voxels: () => voxels }
}

for (const executor of executors)
  for (const divisions of [1, 3, 40])
    test(`a step in front of wide ones computes each voxel once in ${divisions} slabs, executor ${executor}`, async () => {
      const counted = counting()
      const volume = noise([11, 7, 23], 'int16')
      const pipeline = pipe(volume, counted.step, gaussian({ sigma: 2 }), median({ radius: 1 })) as Pipeline
      const run = { divisions, executor, tile: [...volume.shape] }
      const result = await pipeline.compute(run)
      assert.equal(counted.voxels(), 11 * 7 * 23)
      const wanted = await pipeline.compute({ divisions: 1, executor: 'reference' })
      assert.ok(await result.equals(wanted))
    })

for (const executor of executors)
  test(`what is read from its far end is carried downwards, executor ${executor}`, async () => {
    await noise([9, 8, 12], 'int16').write(file('upwards.nii'), { storage: 'RAS', overwrite: true })
    const first = cast({ dtype: 'float32' })
    const cells = monitor(first)
    const pipeline = pipe(file('upwards.nii'), first, median({ radius: 2 })) as Pipeline
    const to = file('median.nii')
    await pipeline.write(to, { divisions: 4, executor, storage: 'RAS', overwrite: true })
    assert.deepEqual(along(2, cells.needed), [
      [7, 5],
      [4, 7],
      [1, 7],
      [0, 5],
    ])
    assert.deepEqual(along(2, cells.computed), [
      [7, 5],
      [4, 3],
      [1, 3],
      [0, 1],
    ])
    assert.ok(await (await Volume.read(to)).equals(await pipeline.compute({ divisions: 1 })))
  })

test('blocks carry nothing, and neither do the runs that make tiles', async () => {
  const first = cast({ dtype: 'float32' })
  const cells = monitor(first)
  const pipeline = pipe(noise([9, 8, 12], 'int16'), first, median({ radius: 1 })) as Pipeline
  await pipeline.compute({ divisions: 8, split: 'blocks' })
  assert.equal(cells.runs, 8)
  assert.deepEqual(cells.computed, cells.needed)
  cells.reset()
  for await (const { volume } of pipeline.tiles({ divisions: 3 })) volume.dispose()
  assert.deepEqual(along(2, cells.computed), [
    [0, 5],
    [3, 6],
    [7, 5],
  ])
})

test('a run that is aborted leaves nothing to the next one', async () => {
  const shape = [16, 16, 64]
  const controller = new AbortController()
  const reason = new Error('enough')
  const { source, calls } = countedSource(shape, {}, () => {
    if (calls.regions.length === 3) controller.abort(reason)
  })
  const first = cast({ dtype: 'float32' })
  const cells = monitor(first)
  const pipeline = pipe(source, first, median({ radius: 2 })) as Pipeline
  await assert.rejects(pipeline.compute({ divisions: 16, signal: controller.signal }), reason)
  cells.reset()
  const result = await pipeline.compute({ divisions: 16 })
  assert.deepEqual(along(2, cells.computed).slice(0, 2), [
    [0, 6],
    [6, 4],
  ])
  assert.ok(await result.equals(await pipeline.compute({ divisions: 1 })))
})

test('explain tells the bytes of what is carried', async () => {
  const [width, height, depth] = [200, 300, 20]
  const steps = [cast({ dtype: 'float32' }), median({ radius: 2 })]
  const pipeline = pipe(noise([width, height, depth], 'int16'), ...steps)
  const carried = async (divisions: number, split: 'slabs' | 'blocks') => {
    return (await pipeline.explain({ divisions, split })).passes[0]?.carried
  }
  // Four planes are shared, and one at most is added to them while they are read.
  assert.equal(await carried(depth, 'slabs'), 5 * width * height * 4)
  assert.equal(await carried(5, 'slabs'), 8 * width * height * 4)
  assert.deepEqual([await carried(1, 'slabs'), await carried(5, 'blocks')], [0, 0])
})

test.run()
