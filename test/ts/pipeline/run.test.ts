import * as assert from 'node:assert/strict'
import { existsSync, readdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { median, type Pipeline, pipe, type RunEvent, VoxlineError } from '../../../ts/index.ts'
import { countedSource } from '../../support/counted-source.ts'
import { failing } from '../../support/failing-filter.ts'
import { fieldOf, noise } from '../../support/naive-filters.ts'
import { suite } from '../../support/suite.ts'
import { temporaryFiles } from '../../support/temporary.ts'

const test = suite('pipeline/run')
const shape = [19, 7, 5]

test('a run that was aborted rejects with the reason and leaves no file', async () => {
  const file = temporaryFiles()
  const controller = new AbortController()
  const reason = new Error('changed my mind')
  const { source, calls } = countedSource([24, 16, 40], {}, () => {
    if (calls.regions.length === 3) controller.abort(reason)
  })
  const pipeline = pipe(source, median({ radius: 1 })) as Pipeline
  const before = AbortSignal.abort(reason)
  await assert.rejects(pipeline.write(file('a.nii'), { signal: before }), reason)
  assert.equal(calls.regions.length, 0)
  const events: string[] = []
  const onEvent = ({ type }: RunEvent) => {
    events.push(type)
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

test.run()
