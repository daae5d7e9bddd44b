import * as assert from 'node:assert/strict'
import {
  add,
  cast,
  connectedThreshold,
  counters,
  edgeMap,
  gamma,
  gaussian,
  median,
  pipe,
  statistics,
} from '../../../ts/index.ts'
import { noise } from '../../support/naive-filters.ts'
import { suite } from '../../support/suite.ts'
import { temporaryFiles } from '../../support/temporary.ts'

const test = suite('pipeline/explain')

test('an explanation names passes, stages, reaches and bytes', async () => {
  const file = temporaryFiles()
  await noise([64, 48, 40], 'int16').write(file('a.nii'))
  const found = await pipe(file('a.nii'), gaussian(), edgeMap()).explain({
    memory: '64MiB',
    divisions: 4,
    threads: 2,
  })
  assert.equal(found.passes.length, 2)
  const [first, second] = found.passes
  assert.deepEqual([first.end, second.end], ['reduction', 'volume'])
  const read = first.stages[0]
  assert.deepEqual([read.in, read.out, read.low, read.high], ['int16', 'float32', [4, 4, 4], [4, 4, 4]])
  assert.deepEqual(first.stages.map(({ kernel }) => kernel).slice(1, 4), Array(3).fill('fir_line'))
  assert.ok(
    first.stages.some(
      ({ step, kernel }) => step === 'edgeMap/rescaleIntensity' && kernel === 'min_max_reduce',
    ),
  )
  assert.deepEqual(second.needed.map(({ step }) => step).at(-1), 'edgeMap')
  assert.equal(found.bytesWritten, 64 * 48 * 40 * (first.keeps ? 5 : 1))
  assert.ok(found.peak >= found.least && found.peak <= found.budget)
  assert.equal(found.budget, 64 * 2 ** 20)
  const text = String(found)
  assert.match(text, /64 × 48 × 40 uint8 in 2 passes/)
  assert.match(text, /fir_line along axis 2/)
})

test('what runs on the caller’s thread and what measures is said', async () => {
  const volume = noise([19, 7, 5], 'uint8')
  const notes = (await pipe(volume, gamma()).explain()).passes[0].notes
  assert.ok(notes.some((note) => note.startsWith('gamma:')))
  const measured = await pipe(volume, median(), statistics()).explain()
  assert.deepEqual(
    [measured.passes.length, measured.passes[0].end, measured.bytesWritten],
    [1, 'reduction', 0],
  )
  assert.match(String(measured), /a plain object in 1 pass\n/)
})

test('planning takes no memory for what a run would keep', async () => {
  const volume = noise([64, 48, 40], 'int16')
  const keeping = pipe(volume, gaussian(), edgeMap())
  const { peak: most, live } = counters()
  const { passes, peak, process } = await keeping.explain()
  assert.ok(passes[0].keeps)
  assert.ok(peak > process + 64 * 48 * 40 * 4)
  assert.deepEqual([counters().live, counters().peak], [live, most])
})

test('voxels in front of a reduction are kept where they cost more than memory', async () => {
  const volume = noise([64, 48, 40], 'int16')
  const keeps = async (...steps: Parameters<typeof pipe>[1][]) =>
    (await pipe(volume, ...steps, edgeMap()).explain()).passes[0].keeps
  assert.equal(await keeps(median({ radius: 3 })), true)
  const tight = await pipe(volume, median({ radius: 3 }), edgeMap()).explain({
    divisions: 4,
    memory: '16MiB',
  })
  assert.equal(tight.passes[0].keeps, true)
  assert.ok(tight.peak > 64 * 48 * 40 * 4)
})

test('the graph names every node, what it reads first and what it holds', async () => {
  const volume = noise([20, 18, 16], 'int16')
  const pipeline = pipe(
    volume,
    cast({ dtype: 'float32' }),
    connectedThreshold({ seeds: [[3, 4, 5]], lower: 20 }),
    add(pipe(volume, median())),
  )
  const { nodes, ...explained } = await pipeline.explain({ divisions: 2 })
  assert.deepEqual(
    nodes.map(({ step, kind, inputs, readsBefore }) => [step, kind, inputs, readsBefore]),
    [
      ['volume', 'source', [], false],
      ['cast', 'fused', [0], false],
      ['connectedThreshold', 'regional', [1], true],
      ['median', 'fused', [0], false],
      ['add', 'fused', [2, 3], false],
    ],
  )
  assert.match(
    String(explained),
    /^connectedThreshold: makes regions by itself, after reading its inputs once/m,
  )
})

test('an explanation is a picture with a box for each node and an arrow for each input', async () => {
  const file = temporaryFiles()
  await noise([20, 18, 16], 'int16').write(file('a & <b>.nii'))
  const plan = await pipe(file('a & <b>.nii'), gaussian(), edgeMap()).explain({ divisions: 3 })
  const picture = plan.toSVG()
  assert.equal(picture.match(/<rect x=/g)?.length, plan.nodes.length)
  assert.equal(picture.match(/marker-end/g)?.length, 2)
  assert.match(picture, /a &amp; &lt;b&gt;\.nii/)
  assert.match(picture, /pass 2: \(0,0,0\)\+\(20,18,5\) … 3/)
})

test.run()
