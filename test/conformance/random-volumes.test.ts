import * as assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { setImmediate } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { counters, Volume } from '../../ts/index.ts'
import { chainSteps } from '../support/chain-steps.ts'
import { type ModelType, modelOf } from '../support/model-volume.ts'
import { randomIntegers } from '../support/random.ts'
import { suite } from '../support/suite.ts'
import { temporaryFiles } from '../support/temporary.ts'
import { newMemory, VolumeChain } from '../support/volume-chain.ts'

// VOXLINE_CHAINS says how many chains, VOXLINE_FIRST_CHAIN the seed of the first.
const test = suite('conformance/random-volumes')
const chains = Number(process.env['VOXLINE_CHAINS'] ?? 200)
const first = Number(process.env['VOXLINE_FIRST_CHAIN'] ?? 1)

setFlagsFromString('--expose-gc')
const collect: () => void = runInNewContext('gc')

const columns = [
  [-1.5, 0.25, 0],
  [0.125, -2, 0.5],
  [0, 0.5, -3],
  [0, 0, 0],
]
const affine = [
  ...[0, 1, 2].map((row) => [...columns.slice(0, 3).map((column) => column[row] as number), 0]),
  [0, 0, 0, 1],
]
const steps = Object.keys(chainSteps)
const mapped = temporaryFiles()('mapped.nii')
const mappedShape = [7, 5, 3]

/** Strides of a dense array whose axes are in any order and direction. */
function anyStrides({ random }: VolumeChain, shape: readonly number[]): number[] {
  const axes = shape.map((_, axis) => axis).sort(() => random(0, 1) - 0.5)
  const strides: number[] = []
  let stride = 1
  for (const axis of axes) {
    strides[axis] = random(0, 1) ? stride : -stride
    stride *= shape[axis] as number
  }
  return strides
}

function addWrapped(chain: VolumeChain, shape: readonly number[]): void {
  const array = new Int16Array(shape.reduce((product, length) => product * length, 1))
  const volume = Volume.wrap(array, { shape, affine, strides: anyStrides(chain, shape) })
  const margin = shape.map(() => 0)
  const code = 'LPIT'.slice(0, shape.length)
  chain.add(volume, modelOf(shape, { dtype: 'int16', code, columns, margin }), newMemory(null, true))
}

function addCreated(chain: VolumeChain, shape: readonly number[], dtype: ModelType): void {
  const margin = shape.map(() => chain.random(0, 2) % 2)
  const code = 'LPIT'.slice(0, shape.length)
  const volume = Volume.create({ shape, dtype, affine, margin })
  chain.add(volume, modelOf(shape, { dtype, code, columns, margin }), newMemory())
}

function addMapped(chain: VolumeChain): void {
  const margin = mappedShape.map(() => 0)
  const model = modelOf(mappedShape, { dtype: 'int16', code: 'LPI', columns, margin })
  chain.add(Volume.map(mapped, { mode: 'c' }), model, newMemory())
}

// One chain in sixty is of pages that snapshots share.
function begin(seed: number): VolumeChain {
  const chain = new VolumeChain(randomIntegers(seed))
  const { random } = chain
  const kind = random(0, 9)
  const shape = Array.from({ length: random(3, 4) }, () => random(1, 6))
  if (seed % 60 === 0) addCreated(chain, [97, 83, 67], 'float64')
  else if (kind === 0) addMapped(chain)
  else if (kind === 1) addWrapped(chain, shape)
  else addCreated(chain, shape, chain.pick<ModelType>(['uint8', 'int16', 'float32']))
  return chain
}

async function collected(): Promise<void> {
  collect()
  await setImmediate()
}

async function run(seed: number): Promise<void> {
  const chain = begin(seed)
  try {
    for (let k = 0; k < 12 && chain.members.length > 0; k++) {
      const name = chain.pick(steps)
      const member = chain.pick(chain.members)
      chain.log.push(`${name} of ${chain.members.indexOf(member)}`)
      await chainSteps[name]?.(chain, member)
      while (chain.members.length > 6) chain.dispose(chain.members[0] as (typeof chain.members)[0])
      if (chain.random(0, 60) === 0) await collected()
      chain.checkAll()
    }
    chain.end()
  } catch (error) {
    const story = chain.log.join(', ')
    throw new Error(`chain with seed ${seed}: ${story}: ${(error as Error).message}`, { cause: error })
  }
}

test(`${chains} random chains of calls agree with lists of values in plain JavaScript`, async () => {
  const named = (seed: number) => seed >= first && seed < first + chains
  await Volume.create({ shape: mappedShape, dtype: 'int16', affine }).write(mapped)
  const bytes = readFileSync(mapped)
  // What files tested before this one in the same process left goes first; a rest of it may still go meanwhile.
  for (let round = 0; round < 8; round++) await collected()
  const before = counters()
  for (let seed = first; named(seed); seed++) await run(seed)
  assert.ok(bytes.equals(readFileSync(mapped)), 'a private map wrote to its file')
  for (let round = 0; round < 8; round++) await collected()
  const after = counters()
  for (const what of ['live', 'memories', 'handles', 'volumes'] as const)
    assert.ok(after[what] <= before[what], `${what}: ${before[what]} before, ${after[what]} after`)
})

test.run()
