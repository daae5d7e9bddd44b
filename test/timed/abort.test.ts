import * as assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import {
  clamp,
  counters,
  gaussian,
  median,
  type Pipeline,
  pipe,
  type RunOptions,
  rescaleIntensity,
} from '../../ts/index.ts'
import { noiseVolume, twice } from '../lifecycle/programs/long-run.ts'
import { randomIntegers } from '../support/random.ts'
import { suite } from '../support/suite.ts'
import { temporaryFiles } from '../support/temporary.ts'

const test = suite('timed/abort')
const shape = [120, 100, 80]
// What the figure is on an idle machine is printed; this bound catches a run that goes on to its end, on a loaded one too.
const mostMilliseconds = 1000
const random = randomIntegers(5)

interface Kind {
  readonly name: string
  readonly run: (options: RunOptions) => Promise<unknown>
  /** Small and whole: what must still work after every abort. */
  readonly again: () => Promise<unknown>
}

// Milliseconds from the abort to the rejection; null when the run was over before, or so nearly that it could only complete.
async function abortOne({ name, run }: Kind, after: number): Promise<number | null> {
  const controller = new AbortController()
  const reason = new Error('changed my mind')
  let settled: unknown
  const end = run({ signal: controller.signal }).then(
    () => 'done',
    (error: unknown) => error,
  )
  void end.then((value) => {
    settled = value
  })
  await setTimeout(after)
  if (settled !== undefined) return null
  const begun = performance.now()
  controller.abort(reason)
  const result = await end
  if (result === 'done') return null
  assert.equal(result, reason, name)
  return performance.now() - begun
}

async function kinds(file: (name: string) => string): Promise<readonly Kind[]> {
  await noiseVolume(shape).write(file('in.nii.gz'), { compression: 1 })
  const region = { start: [10, 9, 8], shape: [11, 7, 5] }
  const chain = [median({ radius: 2 }), gaussian({ sigma: 2 }), rescaleIntensity({ dtype: 'uint8' })] as const
  const kind = (name: string, pipeline: Pipeline, more: RunOptions = {}): Kind => ({
    name,
    run: (options) => pipeline.compute({ ...options, ...more }),
    again: () => pipeline.compute({ region, ...more }),
  })
  const packed = pipe(file('in.nii.gz'), clamp({ low: 0 }), median())
  return [
    kind('native', pipe(noiseVolume(shape), ...chain)),
    kind('native, small parts', pipe(noiseVolume(shape), ...chain), { divisions: 40 }),
    kind('reference', pipe(noiseVolume([90, 80, 70]), ...chain), { executor: 'reference' }),
    kind('TypeScript', pipe(noiseVolume(shape), twice(), gaussian(), twice())),
    kind('from gzip', pipe(file('in.nii.gz'), twice(), median({ radius: 2 }))),
    {
      name: 'gzip to gzip',
      run: (options) => packed.write(file('out.nii.gz'), { ...options, overwrite: true }),
      again: () => packed.compute({ region }),
    },
  ]
}

// The worst of one round; a machine that others load gets three rounds.
async function worstOf(kind: Kind, count: number): Promise<number> {
  const took: number[] = []
  const begun = performance.now()
  await kind.run({})
  const most = Math.min(60, Math.floor(0.7 * (performance.now() - begun)))
  for (let k = 0; k < count; k++) {
    const milliseconds = await abortOne(kind, random(0, most))
    if (milliseconds !== null) took.push(milliseconds)
    assert.ok(await kind.again(), kind.name)
  }
  assert.ok(
    took.length >= count / 3,
    `${kind.name}: only ${took.length} of ${count} runs were aborted in time`,
  )
  return Math.max(...took)
}

test('an aborted run rejects with the reason at once, leaves nothing, and runs again', async () => {
  const file = temporaryFiles()
  const all = await kinds(file)
  for (const kind of all) {
    const worst = await worstOf(kind, 30)
    console.log(`  ${kind.name}: worst of 30 aborts ${worst.toFixed(1)} ms`)
    assert.ok(worst <= mostMilliseconds, `${kind.name}: ${worst} ms`)
    const left = readdirSync(dirname(file('in.nii.gz'))).filter((name) => name !== 'in.nii.gz')
    assert.deepEqual(
      left.filter((name) => name !== 'out.nii.gz'),
      [],
      kind.name,
    )
  }
  await setTimeout(50)
  const { running, queued } = counters()
  assert.deepEqual({ running, queued }, { running: 0, queued: 0 })
})

test('a signal that is aborted already opens nothing', async () => {
  const reason = new Error('never')
  const options = { signal: AbortSignal.abort(reason) }
  await assert.rejects(pipe('/nowhere/at/all.nii', median()).compute(options), reason)
})

test.run()
