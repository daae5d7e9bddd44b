import * as assert from 'node:assert/strict'
import {
  type AnyStep,
  dtypes,
  equal,
  greater,
  greaterEqual,
  less,
  lessEqual,
  logicalAnd,
  logicalNot,
  logicalOr,
  logicalXor,
  notEqual,
  type Operand,
  pipe,
  Volume,
} from '../../../ts/index.ts'
import { adverseValues, pairsOf, rowOf } from '../../support/adverse-values.ts'
import { suite } from '../../support/suite.ts'

const test = suite('filters/comparison')

type Value = number | bigint
type Relation = (a: Value, b: Value) => boolean
type Comparison = (operand: Operand) => AnyStep<Volume>

// JavaScript compares numbers with bigints as real numbers.
const comparisons: readonly (readonly [string, unknown, Relation])[] = [
  ['less', less, (a, b) => a < b],
  ['lessEqual', lessEqual, (a, b) => a <= b],
  ['greater', greater, (a, b) => a > b],
  ['greaterEqual', greaterEqual, (a, b) => a >= b],
  ['equal', equal, (a, b) => a <= b && a >= b],
  ['notEqual', notEqual, (a, b) => !(a <= b && a >= b)],
]

const isTrue = (x: Value) => x > 0 || x < 0
const logic: readonly (readonly [string, unknown, Relation])[] = [
  ['logicalAnd', logicalAnd, (a, b) => isTrue(a) && isTrue(b)],
  ['logicalOr', logicalOr, (a, b) => isTrue(a) || isTrue(b)],
  ['logicalXor', logicalXor, (a, b) => isTrue(a) !== isTrue(b)],
]

async function masked(volume: Volume, filter: unknown, operand: Operand): Promise<readonly number[]> {
  const made = (await pipe(volume, (filter as Comparison)(operand)).compute()) as Volume
  assert.equal(made.dtype, 'uint8')
  return [...made.data].map(Number)
}

function checkEqual(found: readonly number[], wanted: readonly boolean[], text: (k: number) => string): void {
  const at = wanted.findIndex((one, k) => Number(one) !== found[k])
  assert.equal(at, -1, at < 0 ? '' : `${text(at)} gives ${found[at]}`)
}

const numbers: readonly Value[] = [
  ...adverseValues('float64').filter((x) => !Number.isNaN(x)),
  ...adverseValues('int64'),
  ...adverseValues('uint64'),
  10n ** 30n,
  -(10n ** 400n),
  2n ** 53n + 1n,
  0.1,
]

test('every element type is compared with numbers and bigints as real numbers', async () => {
  for (const dtype of dtypes) {
    const values = adverseValues(dtype)
    const volume = rowOf(values, dtype)
    const stored = [...volume.data]
    for (const [name, filter, relation] of [...comparisons, ...logic])
      for (const number of numbers) {
        const wanted = stored.map((x) => relation(x, number))
        const found = await masked(volume, filter, number)
        checkEqual(found, wanted, (k) => `${dtype} ${stored[k]} ${name} ${number}`)
      }
  }
})

for (const [name, filter, relation] of [...comparisons, ...logic])
  test(`${name} of two volumes is exact for every pair of element types`, async () => {
    for (const a of dtypes)
      for (const b of dtypes) {
        const { first, second } = pairsOf(adverseValues(a), adverseValues(b))
        const [x, y] = [rowOf(first, a), rowOf(second, b)]
        const wanted = [...x.data].map((value, k) => relation(value, y.data[k] as Value))
        const found = await masked(x, filter, y)
        checkEqual(found, wanted, (k) => `${a} ${x.data[k]} ${name} ${b} ${y.data[k]}`)
      }
  })

test('logicalNot marks what is neither positive nor negative', async () => {
  for (const dtype of dtypes) {
    const volume = rowOf(adverseValues(dtype), dtype)
    const made = await pipe(volume, logicalNot()).compute()
    assert.deepEqual(
      [...made.data],
      [...volume.data].map((x) => Number(!isTrue(x))),
    )
  }
})

test('a mask can have another element type, and comparisons chain', async () => {
  const volume = rowOf([1, 2, 3, 4, 5], 'int16')
  const made = await pipe(volume, greater(1, { dtype: 'same' }), logicalAnd(pipe(volume, less(4)))).compute()
  assert.deepEqual([...made.data], [0, 1, 1, 0, 0])
  const same = await pipe(volume, equal(3, { dtype: 'same' })).compute()
  assert.deepEqual([same.dtype, ...same.data], ['int16', 0, 0, 1, 0, 0])
})

test('a mask of one component is compared with every component', async () => {
  const volume = Volume.create({ shape: [2, 2], dtype: 'int16', components: 3 })
  volume.data.set([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])
  const made = await pipe(volume, greater(pipe(grid()))).compute()
  assert.deepEqual([...made.data], [0, 0, 1, 0, 0, 1, 0, 1, 1, 0, 0, 1])
})

function grid(): Volume {
  const volume = Volume.create({ shape: [2, 2], dtype: 'float32' })
  volume.data.set([2, 5, 7, 11])
  return volume
}

test.run()
