import * as assert from 'node:assert/strict'
import {
  type AnyStep,
  clamp,
  defineFilter,
  lines,
  param,
  pipe,
  type RunOptions,
  tiles,
  type Volume,
} from '../../ts/index.ts'
import { noise } from '../support/naive-filters.ts'
import { suite } from '../support/suite.ts'

// A stage that reads more than it says must not pass unseen: the reference executor poisons what it did not ask for.
const test = suite('conformance/halo')
const shape = [19, 7, 5]
const params = {
  declared: param.int({ min: 0, doc: 'The halo it says it has.' }),
  read: param.int({ min: 0, doc: 'How far it looks.' }),
}

const sumOfBox = defineFilter({
  name: 'sumOfBox',
  summary: 'For tests: the sum of two voxels along axis 1.',
  params,
  output: (input) => ({ ...input, dtype: 'float32' }),
  stages: (_, { declared, read }) => [
    tiles(
      ({ shape, input, inputOffset, inputStrides, output, outputOffset, outputStrides }) => {
        const [nx = 1, ny = 1, nz = 1] = shape
        const step = (strides: readonly number[], i: number, j: number, k: number) =>
          i * (strides[0] as number) + j * (strides[1] as number) + k * (strides[2] as number)
        for (let k = 0; k < nz; k++)
          for (let j = 0; j < ny; j++)
            for (let i = 0; i < nx; i++) {
              const here = inputOffset + step(inputStrides, i, j, k)
              const away = here + read * (inputStrides[1] as number)
              output[outputOffset + step(outputStrides, i, j, k)] =
                (input[here] as number) + (input[away] as number)
            }
      },
      { halo: [0, declared] },
    ),
  ],
})

const sumAlongLine = defineFilter({
  name: 'sumAlongLine',
  summary: 'For tests: the sum of two voxels along axis 0.',
  params,
  output: (input) => ({ ...input, dtype: 'float32' }),
  stages: (_, { declared, read }) => [
    lines(
      ({ input, output, length, halo }) => {
        for (let i = 0; i < length; i++)
          output[i] = (input[i + halo] as number) + (input[i + halo + read] ?? Number.NaN)
      },
      { axis: 0, halo: declared },
    ),
  ],
})

const ways: readonly RunOptions[] = [
  { divisions: 1 },
  { divisions: 3, split: 'blocks' },
  { tile: [5, 3, 2] },
  { executor: 'reference', divisions: 7, split: 'blocks' },
]

async function resultsOf(step: AnyStep<Volume>): Promise<Volume[]> {
  const results: Volume[] = []
  for (const way of ways) results.push(await pipe(noise(shape, 'int16'), clamp(), step).compute(way))
  return results
}

async function isSame([first, ...others]: Volume[]): Promise<boolean> {
  for (const other of others) if (!(await other.equals(first as Volume))) return false
  return true
}

for (const filter of [sumOfBox, sumAlongLine]) {
  test(`${filter.name} gives the same bytes everywhere when its halo is as wide as it says`, async () => {
    for (const reach of [1, 2])
      assert.ok(await isSame(await resultsOf(filter({ declared: reach, read: reach }))))
    assert.ok(await isSame(await resultsOf(filter({ declared: 3, read: 1 }))))
  })

  test(`${filter.name} gives other bytes somewhere when it reads beyond its halo`, async () => {
    for (const [declared, read] of [
      [0, 1],
      [1, 2],
    ] as const)
      assert.equal(await isSame(await resultsOf(filter({ declared, read }))), false, `${declared}, ${read}`)
  })
}

test('the reference executor gives NaN for voxels outside the halo', async () => {
  const step = sumOfBox({ declared: 0, read: 1 })
  const made = await pipe(noise(shape, 'int16'), clamp(), step).compute({ executor: 'reference' })
  assert.ok(made.reduceLines((found, { data }) => found || data.some((value) => Number.isNaN(value)), false))
})

test.run()
