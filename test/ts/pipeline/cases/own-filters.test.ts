import * as assert from 'node:assert/strict'
import {
  concatenate,
  crop,
  defineFilter,
  monitor,
  type Pipeline,
  param,
  pipe,
  Volume,
} from '../../../../ts/index.ts'
import { partOf } from '../../../../ts/pipeline/custom-source.ts'
import { intersect } from '../../../../ts/volume/region.ts'
import { madeSource } from '../../../support/made-source.ts'
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
        const start = met.start.map((first, axis) => first - (region.start[axis] as number))
        await tools.copy(over, partOf(output, { start, shape: met.shape }))
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

test.run()
