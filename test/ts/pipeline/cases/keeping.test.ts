import * as assert from 'node:assert/strict'
import {
  cast,
  gaussian,
  gradientMagnitude,
  median,
  monitor,
  pipe,
  shrink,
  statistics,
  Volume,
} from '../../../../ts/index.ts'
import { madeSource } from '../../../support/made-source.ts'
import { refusal } from '../../../support/refusal.ts'
import { suite } from '../../../support/suite.ts'
import { temporaryFiles } from '../../../support/temporary.ts'

const test = suite('pipeline/cases/keeping')

const cube = () => madeSource([128, 128, 128], 'uint8', (x, y, z) => (x + y + z) % 3)
const small = () => madeSource([19, 7, 20], 'int16', (x, y, z) => x * y - 3 * z)

test('case 20: the least and the greatest value are found in as many divisions as there are planes', async () => {
  for (const [asked, runs] of [
    [2, 2],
    [128, 128],
    [129, 128],
  ]) {
    const input = cast({ dtype: 'int16' })
    const measuring = statistics()
    const [read, measured] = [monitor(input), monitor(measuring)]
    const { min, max } = await pipe(cube(), input, measuring).compute({ divisions: asked })
    assert.deepEqual([min, max, read.runs, measured.runs], [0, 2, runs, runs])
  }
})

test('case 21: an input that was kept and computed before does not run again', async () => {
  const input = cast({ dtype: 'int16' }).keep()
  const read = monitor(input)
  const source = cube()
  await pipe(source, input).compute()
  const before = read.runs
  const { min, max } = await pipe(source, input, statistics()).compute({ divisions: 128 })
  assert.deepEqual([min, max, read.runs - before], [0, 2, 0])
})

test('case 22: a step runs in every division of every run unless it is kept', async () => {
  for (const [isKept, runs] of [
    [false, 20],
    [true, 10],
  ] as const) {
    const step = cast({ dtype: 'float32' })
    if (isKept) step.keep()
    const seen = monitor(step)
    const pipeline = pipe(small(), step)
    const first = await pipeline.compute({ divisions: 10 })
    assert.equal(seen.runs, 10)
    assert.ok(await first.equals(await pipeline.compute({ divisions: 10 })))
    assert.equal(seen.runs, runs)
  }
})

test('case 23: what is kept whole is written in divisions without another run', async () => {
  const file = temporaryFiles()
  const step = median({ radius: 1 })
  const seen = monitor(step)
  const pipeline = pipe(small(), step.keep())
  const whole = await pipeline.compute()
  const before = seen.runs
  await pipeline.write(file('a.nii'), { divisions: 4 })
  assert.equal(seen.runs - before, 0)
  assert.ok(await (await Volume.read(file('a.nii'))).equals(whole))
})

test('case 24: nothing runs again when nothing has changed, and a refused option changes nothing', async () => {
  const step = shrink({ factor: [2, 1, 2] }).keep()
  const seen = monitor(step)
  const pipeline = pipe(small(), step)
  const first = await pipeline.compute({ divisions: 3 })
  const before = seen.runs
  assert.equal(before, 3)
  const again = async () => {
    assert.ok(await first.equals(await pipeline.compute({ divisions: 3 })))
    return seen.runs - before
  }
  assert.equal(await again(), 0)
  step.set({ factor: [2, 1, 2] })
  assert.equal(await again(), 0)
  assert.throws(() => step.set({ factor: 0 }), refusal('InvalidArgument', 'shrink.factor'))
  assert.deepEqual(step.options.factor, [2, 1, 2])
  assert.equal(await again(), 0)
  step.set({ factor: 2 })
  await pipeline.compute({ divisions: 3 })
  assert.equal(seen.runs - before, 3)
})

test('case 26: information, explanations and refused options make nothing stale and count nothing', async () => {
  const [kept, last] = [gaussian().keep(), gradientMagnitude()]
  const [keeps, lasts] = [monitor(kept), monitor(last)]
  const pipeline = pipe(small(), kept, last)
  await pipeline.compute({ divisions: 4 })
  const before = [keeps.runs, lasts.runs]
  await pipeline.info()
  await pipeline.explain({ divisions: 7 })
  assert.throws(() => kept.set({ sigma: -1 }), refusal('InvalidArgument', 'gaussian.sigma'))
  assert.deepEqual([keeps.runs, lasts.runs], before)
  await pipeline.compute({ divisions: 4 })
  assert.deepEqual([keeps.runs, lasts.runs], [before[0], 8])
})

test.run()
