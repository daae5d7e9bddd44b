import * as assert from 'node:assert/strict'
import {
  type AnyStep,
  type FilterFacts,
  type Pipeline,
  pipe,
  type Region,
  type RunOptions,
  Volume,
  VoxlineError,
} from '../../ts/index.ts'
import { randomIntegers } from '../support/random.ts'
import { suite } from '../support/suite.ts'
import { temporaryFiles } from '../support/temporary.ts'
import { Deck, isLong, seed } from './decks.ts'
import { everyFilter, OptionDeck } from './filter-cases.ts'
import { WayDeck } from './run-ways.ts'
import { makeSources, nothing, type Source } from './sources.ts'

const test = suite('conformance/filters')
const sources = await makeSources(isLong ? 250 : 28, temporaryFiles())

interface Trial {
  readonly pipeline: Pipeline<unknown>
  readonly way: RunOptions
  readonly text: string
}

type Outcome = Volume | Error | object

// Options drawn for any shape do not suit every one.
const refusals: readonly unknown[] = ['InvalidArgument', 'OutOfBounds', 'Filter']

async function outcomeOf(pipeline: Pipeline<unknown>, options: object): Promise<Outcome> {
  try {
    return (await pipeline.compute(options)) as object
  } catch (error) {
    if (error instanceof VoxlineError && refusals.includes(error.code)) return error
    throw error
  }
}

const bytesOf = ({ data }: Volume) => Buffer.from(data.buffer, data.byteOffset, data.byteLength)

function checkSame(found: Outcome, wanted: Outcome, text: string): void {
  if (!(wanted instanceof Volume) || !(found instanceof Volume)) {
    assert.deepEqual(found, wanted, text)
    return
  }
  assert.deepEqual(
    [found.shape, found.dtype, found.strides],
    [wanted.shape, wanted.dtype, wanted.strides],
    text,
  )
  if (bytesOf(found).equals(bytesOf(wanted))) return
  const at = wanted.data.findIndex((value, i) => !Object.is(value, found.data[i]))
  assert.fail(`${text}\n  element ${at} is ${found.data[at]}, not ${wanted.data[at]} (seed ${seed})`)
}

function someRegion(shape: readonly number[], random: (low: number, high: number) => number): Region {
  const start = shape.map((length) => random(0, length - 1))
  return { start, shape: shape.map((length, axis) => random(1, length - (start[axis] as number))) }
}

// Fused in some way equals reference, and a region of it is the crop of that.
async function check(
  { pipeline, way, text }: Trial,
  random: ReturnType<typeof randomIntegers>,
): Promise<boolean> {
  const wanted = await outcomeOf(pipeline, { executor: 'reference' })
  checkSame(await outcomeOf(pipeline, way), wanted, text)
  if (!(wanted instanceof Volume)) return !(wanted instanceof Error)
  const region = someRegion(wanted.shape, random)
  const part = await wanted.view(region).copy({ layout: wanted.memoryOrientation })
  checkSame(await outcomeOf(pipeline, { ...way, region }), part, `${text}, region ${JSON.stringify(region)}`)
  return true
}

// One trial after another until every option, source and way has come up.
async function checkAll(
  drawSteps: (source: Source) => readonly AnyStep[],
  trials: number,
  own: number,
): Promise<void> {
  const [ways, deck, random] = [
    new WayDeck(own + 10),
    new Deck(sources, own + 30),
    randomIntegers(seed + own),
  ]
  let refused = 0
  for (let k = 0; k < trials; k++) {
    const source = deck.draw()
    const steps = drawSteps(source)
    const way = ways.draw(source.volume.shape)
    const shown = steps.map(({ filter, options }) => `${filter.name} ${JSON.stringify(options)}`)
    const text = `${shown.join(' → ')} on ${source.label}, ${JSON.stringify(way)}`
    const front = source.isStreamed ? [nothing()] : []
    const pipeline = pipe(source.voxels, ...front, ...steps) as Pipeline<unknown>
    if (!(await check({ pipeline, way, text }, random))) refused++
  }
  assert.ok(refused <= trials / 3, `${refused} of ${trials} trials were refused`)
}

function stepOf(filter: FilterFacts, options: OptionDeck): (source: Source) => readonly AnyStep[] {
  return ({ volume, operand }) => [filter.step(options.draw(volume.rank, operand))]
}

everyFilter.forEach((filter, index) => {
  test(`${filter.name}: every way to run gives the bytes of the reference`, async () => {
    const options = new OptionDeck(filter, index * 100)
    await checkAll(stepOf(filter, options), Math.max(options.size, sources.length), index * 100)
  })
})

test('chains of filters give the bytes of the reference', async () => {
  const makers = everyFilter.filter(({ measures }) => !measures)
  const options = new Map(makers.map((filter, k) => [filter, new OptionDeck(filter, 5000 + k * 100)]))
  const [filters, lengths] = [new Deck(makers, 4000), new Deck([2, 3, 4, 5, 6], 4001)]
  const draw = ({ volume: { rank } }: Source) =>
    Array.from({ length: lengths.draw() }, () => {
      const filter = filters.draw()
      return filter.step((options.get(filter) as OptionDeck).draw(rank))
    })
  await checkAll(draw, sources.length, 4010)
})

test.before(() => console.log(`  ${everyFilter.length} filters, ${sources.length} sources, seed ${seed}`))
test.run()
