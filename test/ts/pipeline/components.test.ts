import * as assert from 'uvu/assert'
import {
  connectedComponents,
  counters,
  defineFilter,
  keepLargest,
  monitor,
  type Pipeline,
  pipe,
  pointwise,
  relabel,
  Volume,
  type VoxlineError,
} from '../../../ts/index.ts'
import {
  type ComponentRules,
  type ComponentTuning,
  componentRegions,
} from '../../../ts/pipeline/components.ts'
import type { Info } from '../../../ts/pipeline/info.ts'
import { heldTables } from '../../../ts/pipeline/label-state.ts'
import { eachIndex, flood, inIndexOrder } from '../../support/flood.ts'
import { madeSource } from '../../support/made-source.ts'
import { randomIntegers } from '../../support/random.ts'
import { suite } from '../../support/suite.ts'

const test = suite('pipeline/components')

type Outcome = ComponentRules['outcome']

interface Case {
  readonly shape: readonly number[]
  readonly axes: readonly number[]
  readonly connectivity: number
  readonly foreground: readonly boolean[]
}

// A source that is read, not lent: what streams must not depend on a whole buffer behind it.
const streamed = defineFilter({
  name: 'streamed',
  summary: 'Changes nothing.',
  params: {},
  stages: () => [pointwise((value) => value)],
})

function cut(
  outcome: Outcome,
  { axes, connectivity }: Case,
  tuning: ComponentTuning,
  more: Partial<ComponentRules>,
) {
  const rules = { name: 'cut', axes, connectivity, outcome, dtype: 'int32', ...more } as const
  return defineFilter({
    name: 'cut',
    summary: 'Components of slabs as a test cuts them.',
    params: {},
    output: (input: Info) => ({ ...input, dtype: rules.dtype }),
    regional: (input) => componentRegions(input, rules, tuning),
  })()
}

const seeds = ({ shape }: Case) => [
  shape.map(() => 0),
  shape.map((n) => n - 1),
  shape.map((n) => Math.floor(n / 2)),
]

// What becomes of every voxel, from a flood fill.
function expected(outcome: Outcome, one: Case): number[] {
  const { shape, axes, connectivity, foreground } = one
  const isInverted = outcome === 'enclosed'
  const { labels, items } = flood(
    foreground.map((is) => is !== isInverted),
    shape,
    axes,
    connectivity,
  )
  if (outcome === 'number') return labels
  const key = (at: number) => `${items[at]} ${labels[at]}`
  const chosen = outcome === 'largest' ? largest(labels, items, key) : touched(outcome, one, labels, key)
  if (outcome === 'enclosed') return labels.map((label, at) => (label === 0 || !chosen.has(key(at)) ? 1 : 0))
  return labels.map((label, at) => (label > 0 && chosen.has(key(at)) ? 1 : 0))
}

// The two largest of each item.
function largest(labels: number[], items: number[], key: (at: number) => string): Set<string> {
  const sizes = new Map<string, { item: number; label: number; voxels: number }>()
  labels.forEach((label, at) => {
    if (label === 0) return
    const size = sizes.get(key(at)) ?? { item: items[at] as number, label, voxels: 0 }
    size.voxels++
    sizes.set(key(at), size)
  })
  const chosen = new Set<string>()
  for (const item of new Set(items)) {
    const own = [...sizes.entries()].filter(([, size]) => size.item === item)
    own.sort(([, a], [, b]) => b.voxels - a.voxels || a.label - b.label)
    for (const [name] of own.slice(0, 2)) chosen.add(name)
  }
  return chosen
}

function touched(outcome: Outcome, one: Case, labels: number[], key: (at: number) => string): Set<string> {
  const { shape, axes } = one
  const wanted = seeds(one).map(String)
  const isTouched = (index: number[]) =>
    outcome === 'seeded'
      ? wanted.includes(String(index))
      : axes.some((axis) => index[axis] === 0 || index[axis] === (shape[axis] as number) - 1)
  const all = eachIndex(shape)
  return new Set([...labels.keys()].filter((at) => labels[at] && isTouched(all[at] as number[])).map(key))
}

function volumeOf({ shape, foreground }: Case): Volume {
  const volume = Volume.create({ shape: [...shape], dtype: 'int16' })
  foreground.forEach((is, at) => {
    volume.data[at] = is ? 1 : 0
  })
  return volume
}

// Memory in another order of axes, slowest last, with one axis running backwards.
function turnedMemory(
  shape: readonly number[],
  order: readonly number[],
  flipped: number,
  dtype: 'int16' | 'int32',
): Volume {
  const length = shape.reduce((a, b) => a * b)
  const strides = shape.map(() => 0)
  let stride = 1
  for (const axis of order) {
    strides[axis] = axis === flipped ? -stride : stride
    stride *= shape[axis] as number
  }
  const offset = ((shape[flipped] as number) - 1) * Math.abs(strides[flipped] as number)
  const data = dtype === 'int16' ? new Int16Array(length) : new Int32Array(length)
  return Volume.wrap(data, { shape, strides, offset })
}

function turned({ shape, foreground }: Case): readonly Volume[] {
  const orders = [
    [0, 1, 2],
    [2, 1, 0],
    [1, 2, 0],
    [1, 0, 2],
  ]
  return orders.map((order, k) => {
    const volume = turnedMemory(shape, order, k % 3, 'int16')
    eachIndex(shape).forEach((index, at) => {
      volume.set(foreground[at] ? 1 : 0, ...index)
    })
    return volume
  })
}

const tunings: readonly ComponentTuning[] = [
  {},
  { height: 1 },
  { height: 5 },
  { height: 16 },
  { height: 2, keepsBits: false },
  { height: 5, keepsBits: false },
  { height: 3, labelBytes: 0 },
  { height: 2, labelBytes: 1500 },
]

async function checkAll(one: Case, outcomes: readonly Outcome[], every = tunings): Promise<void> {
  const volume = volumeOf(one)
  for (const outcome of outcomes) {
    const wanted = expected(outcome, one)
    const more = {
      inverted: outcome === 'enclosed',
      largest: 2,
      ...(outcome === 'seeded' && { seeds: seeds(one) }),
    }
    for (const [k, tuning] of every.entries()) {
      const step = cut(outcome, one, tuning, more)
      const name = JSON.stringify({ outcome, ...one, foreground: undefined, ...tuning })
      const threads = 1 + (k % 2)
      const made = await pipe(volume, step).compute({ threads })
      assert.equal(inIndexOrder(made), wanted, name)
      const slow = await pipe(volume, streamed(), step).compute({ divisions: 3, threads })
      assert.ok(await slow.equals(made), `${name} streamed`)
    }
  }
}

const everyOutcome: readonly Outcome[] = ['number', 'largest', 'enclosed', 'seeded']

function random(shape: readonly number[], density: number, seed: number): boolean[] {
  const draw = randomIntegers(seed)
  return eachIndex(shape).map(() => draw(0, 999) < 1000 * density)
}

test('components of noise are those of a flood fill, for every connectivity, density and slab', async () => {
  const shape = [19, 7, 11]
  let seed = 1
  for (const connectivity of [1, 2, 3])
    for (const density of [0.2, 0.35, 0.6]) {
      const foreground = random(shape, density, seed++)
      await checkAll({ shape, axes: [0, 1, 2], connectivity, foreground }, everyOutcome)
    }
})

test('rows longer than a word of bits keep their runs', async () => {
  const shape = [131, 3, 5]
  for (const density of [0.3, 0.9])
    await checkAll(
      { shape, axes: [0, 1, 2], connectivity: 2, foreground: random(shape, density, 77) },
      everyOutcome,
      [{}, { height: 2, keepsBits: false }],
    )
  const full = eachIndex([128, 2, 3]).map(() => true)
  await checkAll({ shape: [128, 2, 3], axes: [0, 1, 2], connectivity: 1, foreground: full }, everyOutcome)
})

test('volumes of rank 1 to 4 are joined along any axes, and are independent along the others', async () => {
  const cases: readonly (readonly [shape: readonly number[], axes: readonly number[]])[] = [
    [[37], [0]],
    [[1], [0]],
    [
      [9, 5],
      [0, 1],
    ],
    [[9, 5], [1]],
    [
      [1, 1, 13],
      [0, 1, 2],
    ],
    [
      [1, 6, 7],
      [0, 1, 2],
    ],
    [[6, 1, 7], [1]],
    [
      [6, 5, 7],
      [0, 2],
    ],
    [
      [6, 5, 7],
      [1, 2],
    ],
    [
      [5, 4, 6, 3],
      [0, 1, 2],
    ],
    [
      [5, 4, 6, 3],
      [0, 1, 2, 3],
    ],
    [
      [5, 4, 6, 3],
      [1, 3],
    ],
  ]
  let seed = 300
  for (const [shape, axes] of cases)
    for (const connectivity of new Set([1, axes.length])) {
      const foreground = random(shape, 0.45, seed++)
      const every = [{}, { height: 2 }, { height: 1, keepsBits: false }, { height: 2, labelBytes: 0 }]
      await checkAll({ shape, axes, connectivity, foreground }, everyOutcome, every)
    }
})

test('a serpentine through every slab is one component, a checkerboard is all or nothing', async () => {
  const shape = [13, 9, 17]
  const axes = [0, 1, 2]
  // Planes filled but for walls with one door each, doors at alternating ends.
  const serpentine = eachIndex(shape).map(([x, y, z]) => {
    if ((z as number) % 2 === 1)
      return x === (((z as number) + 1) % 4 === 0 ? 0 : 12) && y === ((z as number) % 4 === 1 ? 0 : 8)
    return (y as number) % 2 === 0 || x === ((y as number) % 4 === 1 ? 12 : 0)
  })
  const checkerboard = eachIndex(shape).map((index) => index.reduce((a, b) => a + b) % 2 === 0)
  for (const connectivity of [1, 2, 3]) {
    const every = [{ height: 1 }, { height: 5, keepsBits: false }, { height: 4, labelBytes: 0 }]
    await checkAll({ shape, axes, connectivity, foreground: serpentine }, everyOutcome, every)
    await checkAll({ shape, axes, connectivity, foreground: checkerboard }, everyOutcome, every)
  }
})

test('nothing, everything and a single voxel are components too', async () => {
  const shape = [7, 5, 6]
  const all = eachIndex(shape)
  const patterns = [() => false, () => true, (index: number[]) => String(index) === '3,2,4']
  for (const is of patterns)
    await checkAll({ shape, axes: [0, 1, 2], connectivity: 1, foreground: all.map(is) }, everyOutcome, [
      {},
      { height: 1 },
      { height: 2, keepsBits: false },
    ])
})

test('numbers follow the index order in every memory order, also into a turned target', async () => {
  const shape = [19, 7, 11]
  const one: Case = { shape, axes: [0, 1, 2], connectivity: 1, foreground: random(shape, 0.4, 9) }
  for (const source of turned(one))
    for (const tuning of [{}, { height: 3, keepsBits: false }, { height: 2, labelBytes: 0 }])
      for (const outcome of everyOutcome) {
        const more = {
          inverted: outcome === 'enclosed',
          largest: 2,
          ...(outcome === 'seeded' && { seeds: seeds(one) }),
        }
        const step = cut(outcome, one, tuning, more)
        const wanted = expected(outcome, one)
        assert.equal(inIndexOrder(await pipe(source, step).compute()), wanted, outcome)
        const target = turnedMemory(shape, [2, 0, 1], 1, 'int32')
        await pipe(source, step).compute({ into: target })
        assert.equal(inIndexOrder(target), wanted, `${outcome} into a turned target`)
      }
})

test('any region is that of the whole, in every element type of the output', async () => {
  const shape = [19, 7, 11]
  const one: Case = { shape, axes: [0, 1, 2], connectivity: 1, foreground: random(shape, 0.2, 5) }
  const volume = volumeOf(one)
  const region = { start: [3, 2, 4], shape: [11, 4, 6] }
  for (const tuning of [{}, { height: 4, keepsBits: false }])
    for (const dtype of ['uint8', 'int16', 'uint64', 'float32', 'float64'] as const) {
      const whole = await pipe(volume, cut('number', one, tuning, { dtype })).compute()
      assert.is(whole.dtype, dtype)
      assert.equal(inIndexOrder(whole), expected('number', one))
      const part = await pipe(volume, cut('number', one, tuning, { dtype })).compute({ region })
      assert.ok(await part.equals(whole.view(region)), dtype)
    }
})

test('the input is read once, and again only for voxels that stay or where no bits are kept', async () => {
  const shape = [19, 7, 64]
  const one: Case = { shape, axes: [0, 1, 2], connectivity: 1, foreground: random(shape, 0.3, 21) }
  const volume = volumeOf(one)
  const readings = async (outcome: Outcome, tuning: ComponentTuning) => {
    const source = streamed()
    const watched = monitor(source)
    const more = { inverted: outcome === 'enclosed', ...(outcome === 'seeded' && { seeds: seeds(one) }) }
    await pipe(volume, source, cut(outcome, one, tuning, more)).compute({ divisions: 4 })
    const voxels = watched.computed.reduce((sum, region) => sum + region.shape.reduce((a, b) => a * b), 0)
    return voxels / volume.size
  }
  for (const outcome of ['number', 'enclosed', 'seeded'] as const) {
    assert.is(await readings(outcome, { height: 4 }), 1, outcome)
    assert.is(await readings(outcome, { height: 4, labelBytes: 0 }), 1, outcome)
    assert.is(await readings(outcome, { height: 4, keepsBits: false }), 2, outcome)
  }
  assert.is(await readings('largest', { height: 4 }), 2)
})

test('bits are given up where a run would not fit with them, one step after the other', async () => {
  const bits = 1024 ** 3 / 8
  const source = madeSource([1024, 1024, 1024], 'uint8', () => 0)
  const twice = pipe(source, connectedComponents(), keepLargest())
  const planned = async (memory: string) => {
    const { nodes, peak } = await twice.explain({ memory })
    return { held: nodes.map(({ held }) => held), peak }
  }
  const [, numbers = 0] = (await planned('1GiB')).held
  assert.ok(numbers > bits)
  assert.equal((await planned('1GiB')).held, [0, numbers, heldTables + bits])
  assert.equal((await planned('320MiB')).held, [0, heldTables, heldTables + bits])
  const { held, peak } = await planned('120MiB')
  assert.equal(held, [0, heldTables, heldTables])
  assert.ok(peak <= 120 * 2 ** 20)
})

async function leastOf(pipeline: Pipeline): Promise<number> {
  const refused: unknown = await pipeline.compute({ memory: 1 }).catch((error: unknown) => error)
  return (refused as VoxlineError).details['required'] as number
}

test('little memory is enough, and gives the same', async () => {
  const shape = [64, 61, 96]
  const one: Case = { shape, axes: [0, 1, 2], connectivity: 1, foreground: random(shape, 0.3, 4) }
  const volume = volumeOf(one)
  for (const outcome of everyOutcome) {
    const more = { inverted: outcome === 'enclosed', ...(outcome === 'seeded' && { seeds: seeds(one) }) }
    const pipeline = pipe(volume, streamed(), cut(outcome, one, {}, more))
    const memory = await leastOf(pipeline)
    assert.ok(memory < 20e6, `${memory} bytes`)
    const made = await pipeline.compute({ memory })
    assert.ok(await made.equals(await pipeline.compute({ threads: 1 })), outcome)
  }
})

test('tables that outgrow what a plan counts for them lie in files, and give the same', async () => {
  const shape = [64, 61, 96]
  const foreground = eachIndex(shape).map((index) => index.reduce((sum, at) => sum + at, 0) % 2 === 0)
  const one: Case = { shape, axes: [0, 1, 2], connectivity: 1, foreground }
  const volume = volumeOf(one)
  const numbers = await pipe(volume, connectedComponents()).compute()
  const everyCut = everyOutcome.map((outcome) => {
    const more = { inverted: outcome === 'enclosed', ...(outcome === 'seeded' && { seeds: seeds(one) }) }
    return pipe(volume, streamed(), cut(outcome, one, { height: 2 }, more))
  })
  for (const pipeline of [...everyCut, pipe(numbers, streamed(), relabel())]) {
    const before = counters()
    let inFiles = 0
    const onEvent = () => {
      inFiles = Math.max(inFiles, counters().scratch - before.scratch)
    }
    const made = await pipeline.compute({ memory: await leastOf(pipeline), onEvent })
    assert.ok(inFiles > 0)
    assert.is(counters().scratch, before.scratch)
    assert.ok(await made.equals(await pipeline.compute()))
  }
})

test.run()
