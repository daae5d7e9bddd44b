import * as assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import {
  type AnyStep,
  clamp,
  connectedComponents,
  gaussian,
  median,
  type Pipeline,
  pipe,
  type RunOptions,
  recursiveGaussian,
  rescaleIntensity,
  Volume,
} from '../../ts/index.ts'
import { isLong, seed } from '../conformance/decks.ts'
import { holdings, settledHoldings } from '../support/counted-source.ts'
import { randomIntegers } from '../support/random.ts'
import { suite } from '../support/suite.ts'
import { temporaryFiles } from '../support/temporary.ts'
import { noiseVolume, twice } from './programs/long-run.ts'

const test = suite('lifecycle/random-aborts')
const aborts = isLong ? 500 : 24
const shape = isLong ? [120, 100, 60] : [50, 40, 30]
const random = randomIntegers(seed)
const reason = new Error('changed my mind')

/** A run that may be aborted, and the volume it makes when it is not. */
interface Kind {
  readonly name: string
  readonly run: (options: RunOptions) => Promise<unknown>
  readonly result: () => Promise<Volume>
  readonly wanted: Volume
  /** Milliseconds of a whole run. */
  readonly takes: number
}

async function timed(run: () => Promise<unknown>): Promise<number> {
  const begun = performance.now()
  const made = await run()
  if (made instanceof Volume) made.dispose()
  return performance.now() - begun
}

async function computing(name: string, pipeline: Pipeline): Promise<Kind> {
  const wanted = await pipeline.compute({ executor: 'reference' })
  const run = (options: RunOptions) => pipeline.compute(options)
  return { name, run, result: () => pipeline.compute(), wanted, takes: await timed(() => run({})) }
}

async function writing(name: string, pipeline: Pipeline, path: string): Promise<Kind> {
  const wanted = await pipeline.compute({ executor: 'reference' })
  const run = (options: RunOptions) => pipeline.write(path, { ...options, overwrite: true })
  const result = async () => {
    await run({})
    return await Volume.read(path)
  }
  return { name, run, result, wanted, takes: await timed(() => run({})) }
}

async function kindsOf(file: (name: string) => string): Promise<readonly Kind[]> {
  const noise = noiseVolume(shape)
  await noise.write(file('in.nii.gz'), { compression: 1 })
  await noise.write(file('in.nii'))
  const packed = (...steps: readonly AnyStep[]) => pipe(file('in.nii.gz'), ...steps) as Pipeline
  const plain = (...steps: readonly AnyStep[]) => pipe(file('in.nii'), ...steps) as Pipeline
  return [
    await computing('native', pipe(noise, median({ radius: 2 }), gaussian({ sigma: 2 }), rescaleIntensity())),
    await computing('TypeScript', pipe(noise, twice(), gaussian(), twice())),
    await computing('regional', plain(recursiveGaussian({ sigma: 2 }), connectedComponents())),
    await computing('from gzip', packed(twice(), median())),
    await writing('to a file', plain(median({ radius: 2 })), file('out.nii')),
    await writing('gzip to gzip', packed(clamp({ low: 0 }), median()), file('out.nii.gz')),
  ]
}

// Milliseconds from the abort to the rejection; null for a run that was over before.
async function abortOne({ run, takes, name }: Kind): Promise<number | null> {
  const controller = new AbortController()
  const end = run({ signal: controller.signal, divisions: random(1, 9) }).then(
    (made) => ({ made }),
    (error: unknown) => ({ error }),
  )
  await Promise.race([end, setTimeout(random(0, Math.floor(takes)))])
  const begun = performance.now()
  controller.abort(reason)
  const outcome = await end
  if ('error' in outcome) assert.equal(outcome.error, reason, name)
  else if (outcome.made instanceof Volume) outcome.made.dispose()
  return 'error' in outcome ? performance.now() - begun : null
}

function shown(took: readonly number[]): string {
  const sorted = [...took].sort((a, b) => a - b)
  const at = (share: number) => `${sorted[Math.floor(share * (sorted.length - 1))]?.toFixed(1)} ms`
  return `median ${at(0.5)}, 90 % ${at(0.9)}, 99 % ${at(0.99)}, most ${at(1)}`
}

test(`after an abort at any of ${aborts} times nothing is left, and the next run gives the right bytes`, async () => {
  const file = temporaryFiles()
  const kinds = await kindsOf(file)
  const before = await holdings()
  const files = readdirSync(dirname(file('in.nii'))).sort()
  const took = new Map<string, number[]>(kinds.map(({ name }) => [name, []]))
  for (let k = 0; k < aborts; k++) {
    const kind = kinds[k % kinds.length] as Kind
    const milliseconds = await abortOne(kind)
    if (milliseconds !== null) took.get(kind.name)?.push(milliseconds)
    assert.deepEqual(await settledHoldings(before), before, kind.name)
    assert.deepEqual(readdirSync(dirname(file('in.nii'))).sort(), files, kind.name)
    const made = await kind.result()
    assert.ok(await made.equals(kind.wanted), kind.name)
    made.dispose()
  }
  for (const [name, times] of took) console.log(`  ${name}: ${times.length} aborted; ${shown(times)}`)
  assert.ok([...took.values()].flat().length >= aborts / 4, 'too few runs were aborted in time')
})

test.run()
