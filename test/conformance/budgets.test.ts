import * as assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { type FilterFacts, type Pipeline, pipe, Volume, VoxlineError } from '../../ts/index.ts'
import { noise } from '../support/naive-filters.ts'
import { suite } from '../support/suite.ts'
import { temporaryFiles } from '../support/temporary.ts'
import { everyFilter, OptionDeck } from './filter-cases.ts'
import { nothing } from './sources.ts'

const test = suite('conformance/budgets')
const shape = [37, 23, 17]

async function requiredBy(run: Promise<unknown>, text: string): Promise<number> {
  const error = await run.then(
    () => undefined,
    (caught: unknown) => caught,
  )
  assert.ok(error instanceof VoxlineError && error.code === 'Memory', `${text}: ${error}`)
  const { required } = error.details
  assert.ok(typeof required === 'number' && Number.isInteger(required), `${text}: required is ${required}`)
  return required
}

// The least budget works, one byte less does not and says what would.
async function checkLeast(
  run: (memory: number) => Promise<unknown>,
  least: number,
  text: string,
): Promise<unknown> {
  assert.equal(await requiredBy(run(least - 1), `${text}, ${least - 1} bytes`), least, text)
  return await run(least)
}

function bytesOf(made: unknown): unknown {
  if (!(made instanceof Volume)) return made
  return Buffer.from(made.data.buffer, made.data.byteOffset, made.data.byteLength)
}

async function checkCompute(pipeline: Pipeline<unknown>, text: string): Promise<void> {
  const wanted = bytesOf(await pipeline.compute({ executor: 'reference' }))
  for (const threads of [1, 2]) {
    const run = (memory: number) => pipeline.compute({ memory, threads })
    const least = await requiredBy(run(1), text)
    const made = await checkLeast(run, least, `${text}, ${threads} threads`)
    assert.deepEqual(bytesOf(made), wanted, `${text} in ${least} bytes, ${threads} threads`)
  }
}

// Whether the options drawn do not fit the volume.
async function isRefused(pipeline: Pipeline<unknown>): Promise<boolean> {
  try {
    await pipeline.info()
    return false
  } catch (error) {
    if (error instanceof VoxlineError && ['InvalidArgument', 'OutOfBounds'].includes(error.code)) return true
    throw error
  }
}

// Whether the format cannot hold the result.
async function isNotHeld(writing: Promise<void>): Promise<boolean> {
  try {
    await writing
    return false
  } catch (error) {
    if (error instanceof VoxlineError && error.code === 'Unsupported') return true
    throw error
  }
}

async function checkWrite(pipeline: Pipeline, path: string, text: string): Promise<void> {
  if (await isNotHeld(pipeline.write(path, { executor: 'reference', overwrite: true }))) return
  const wanted = readFileSync(path)
  const { least } = await pipeline.explain({ to: path })
  const run = (memory: number) => pipeline.write(path, { memory, overwrite: true })
  await checkLeast(run, least, `${text}, written`)
  assert.deepEqual(readFileSync(path), wanted, `${text} written in ${least} bytes`)
}

async function checkFilter(filter: FilterFacts, file: (name: string) => string): Promise<void> {
  const options = new OptionDeck(filter, 77)
  const volume = noise(shape, 'int16')
  await volume.write(file('in.nii'))
  for (let k = 0; k < 3; k++) {
    const step = filter.step(options.draw(shape.length, volume))
    const text = `${filter.name} ${JSON.stringify(step.options)}`
    if (await isRefused(pipe(volume, step) as Pipeline<unknown>)) continue
    await checkCompute(pipe(volume, nothing(), step) as Pipeline<unknown>, text)
    await checkCompute(pipe(file('in.nii'), step) as Pipeline<unknown>, `${text} of a file`)
    if (!filter.measures) await checkWrite(pipe(file('in.nii'), step) as Pipeline, file('out.nii'), text)
  }
}

for (const filter of everyFilter) {
  test(`${filter.name} runs in the least budget, and is refused one byte less`, async () => {
    await checkFilter(filter, temporaryFiles())
  })
}

test.run()
