import * as assert from 'node:assert/strict'
import { realOf } from '../../../ts/core/dtype.ts'
import {
  type AnyStep,
  abs,
  add,
  type DType,
  divide,
  dtypes,
  invert,
  multiply,
  type Operand,
  pipe,
  pow,
  subtract,
  type Volume,
} from '../../../ts/index.ts'
import { adverseValues, pairsOf, rowOf } from '../../support/adverse-values.ts'
import { fieldOf, noise, stored } from '../../support/naive-filters.ts'
import { refusal } from '../../support/refusal.ts'
import { suite } from '../../support/suite.ts'
import { temporaryFiles } from '../../support/temporary.ts'

const test = suite('filters/arithmetic')
const file = temporaryFiles()

type Filter = (operand: Operand, options?: { dtype?: DType | 'same' }) => AnyStep<Volume>

const operations: readonly (readonly [string, Filter, (a: number, b: number) => number])[] = [
  ['add', add as Filter, (a, b) => a + b],
  ['subtract', subtract as Filter, (a, b) => a - b],
  ['multiply', multiply as Filter, (a, b) => a * b],
  ['divide', divide as Filter, (a, b) => a / b],
]

const isSame = (a: number, b: number) => Object.is(a, b)

function checkSame(found: Volume, wanted: readonly number[], text: (k: number) => string): void {
  const at = wanted.findIndex((value, k) => !isSame(Number(found.data[k]), value))
  assert.equal(at, -1, at < 0 ? '' : `${text(at)} is ${wanted[at]}, not ${found.data[at]}`)
}

const roundedTo = (real: DType) => (real === 'float32' ? Math.fround : (x: number) => x)
const widest = (...all: readonly DType[]) => (all.includes('float64') ? 'float64' : 'float32')

const numbers = [0, -0, 3, -0.1, 1e30, 1e-300, Infinity, -Infinity, 2 ** 53 + 2]

test('every operation rounds the voxel and a number once in the real type', async () => {
  for (const dtype of dtypes) {
    const volume = rowOf(adverseValues(dtype), dtype)
    const real = realOf(dtype)
    const round = roundedTo(real)
    for (const [name, filter, f] of operations)
      for (const number of numbers) {
        const made = await pipe(volume, filter(number)).compute()
        assert.equal(made.dtype, real)
        const wanted = [...volume.data].map((x) => round(f(round(Number(x)), round(number))))
        checkSame(made, wanted, (k) => `${dtype} ${volume.data[k]} ${name} ${number}`)
      }
  }
})

test('every operation on two volumes works in the wider of their real types', async () => {
  for (const a of dtypes)
    for (const b of dtypes) {
      const { first, second } = pairsOf(adverseValues(a), adverseValues(b))
      const [x, y] = [rowOf(first, a), rowOf(second, b)]
      const real = widest(realOf(a), realOf(b))
      const round = roundedTo(real)
      for (const [name, filter, f] of operations) {
        const made = await pipe(x, filter(y)).compute()
        assert.equal(made.dtype, real)
        const wanted = [...x.data].map((value, k) => round(f(round(Number(value)), round(Number(y.data[k])))))
        checkSame(made, wanted, (k) => `${a} ${x.data[k]} ${name} ${b} ${y.data[k]}`)
      }
    }
})

test('operands are volumes, pipelines, files, and numbers as bigints', async () => {
  const shape = [19, 7, 5]
  const [first, second] = [noise(shape, 'int16'), noise(shape, 'uint8', { seed: 3 })]
  const path = file('second.nii.gz')
  await second.write(path)
  const wanted = fieldOf(first).values.map((x, k) => x - 2 * (fieldOf(second).values[k] as number))
  for (const operand of [
    pipe(second, multiply(2)),
    pipe(path, multiply(2n)),
    await pipe(path, add(pipe(path))).compute(),
  ]) {
    const made = await pipe(first, subtract(operand)).compute({ divisions: 3 })
    assert.deepEqual(fieldOf(made).values, wanted)
  }
})

test('an operand in another orientation is combined voxel by voxel where it lies', async () => {
  const volume = noise([19, 7, 5], 'int16')
  const turned = volume.flip([0, 2]).permute([2, 0, 1])
  const made = await pipe(volume, subtract(turned)).compute()
  assert.ok(fieldOf(made).values.every((x) => x === 0))
  const computed = await pipe(volume, subtract(pipe(turned, add(1)))).compute()
  assert.ok(fieldOf(computed).values.every((x) => x === -1))
})

test('one component is combined with every one', async () => {
  const volume = noise([5, 4, 3], 'int16', { components: 3 })
  const one = noise([5, 4, 3], 'float32', { seed: 9 })
  const path = file('one.nii.gz')
  await one.write(path)
  const [wide, values] = [volume.data, one.data]
  const wanted = [...wide].map((x, k) => Number(x) + Number(values[Math.floor(k / 3)]))
  const operands = [one, path, pipe(one, add(0)), one.flip([0, 2]), pipe(one.flip([1]), add(0))]
  for (const operand of operands)
    for (const way of [{}, { divisions: 3 }, { executor: 'reference' as const }]) {
      const made = await pipe(volume, add(operand)).compute(way)
      assert.deepEqual([...made.data], wanted)
    }
})

test('a volume may be its own operand', async () => {
  const volume = noise([19, 7, 5], 'uint8')
  const made = await pipe(volume, multiply(volume), subtract(volume)).compute()
  assert.deepEqual(
    fieldOf(made).values,
    fieldOf(volume).values.map((x) => x * x - x),
  )
})

test('integers asked for by name saturate', async () => {
  const volume = rowOf([-128, -1, 0, 100, 127], 'int8')
  const sum = await pipe(volume, add(100, { dtype: 'same' })).compute()
  assert.deepEqual([sum.dtype, ...sum.data], ['int8', -28, 99, 100, 127, 127])
  const halves = await pipe(volume, divide(2, { dtype: 'uint8' })).compute()
  assert.deepEqual([...halves.data], [0, 0, 0, 50, 64])
  const quotients = await pipe(volume, divide(0, { dtype: 'same' })).compute()
  assert.deepEqual([...quotients.data], [-128, -128, 0, 127, 127])
})

test('small integers that stay what they are give what rounding the real result gives', async () => {
  const numbers = [0, 1, -1, 7, -300, 32767, -32768, 40000, 0.5]
  for (const dtype of ['int8', 'uint8', 'int16', 'uint16'] as const) {
    const { first, second } = pairsOf(adverseValues(dtype), adverseValues(dtype))
    const [x, y] = [rowOf(first, dtype), rowOf(second, dtype)]
    for (const [name, filter, f] of operations) {
      const real = (a: number, b: number) => stored(dtype, Math.fround(f(a, b))) + 0
      const made = await pipe(x, filter(y, { dtype: 'same' })).compute()
      const wanted = [...x.data].map((value, k) => real(Number(value), Number(y.data[k])))
      checkSame(made, wanted, (k) => `${dtype} ${x.data[k]} ${name} ${y.data[k]}`)
      for (const number of numbers) {
        const beside = await pipe(x, filter(number, { dtype })).compute()
        const each = [...x.data].map((value) => real(Number(value), number))
        checkSame(beside, each, (k) => `${dtype} ${x.data[k]} ${name} ${number}`)
      }
    }
  }
})

test('inputs of another shape or place are refused by name', async () => {
  const volume = noise([19, 7, 5], 'int16')
  const refused = (operand: Volume) => pipe(volume, add(operand)).info()
  await assert.rejects(refused(noise([19, 7, 4], 'int16')), /add\.operand/)
  await assert.rejects(refused(noise([19, 7, 5], 'int16', { spacing: [1, 1, 2] })), /add\.operand/)
  const apart = add(noise([19, 7, 5], 'int16', { spacing: [1, 1, 2] }), { geometry: 'ignore' })
  assert.equal((await pipe(volume, apart).compute()).dtype, 'float32')
  assert.throws(() => add(Number.NaN), refusal('InvalidArgument', 'add.operand'))
  assert.throws(() => pow(undefined as never), refusal('InvalidArgument', 'pow.operand'))
})

test('an operand may be changed', async () => {
  const step = add(1)
  const pipeline = pipe(rowOf([1, 2], 'int16'), step)
  assert.deepEqual([...(await pipeline.compute()).data], [2, 3])
  step.set({ operand: rowOf([10, 20], 'int8') })
  assert.deepEqual([...(await pipeline.compute()).data], [11, 22])
})

test('abs is exact in every element type, and the least integer becomes the greatest', async () => {
  for (const dtype of dtypes) {
    const volume = rowOf(adverseValues(dtype), dtype)
    const made = await pipe(volume, abs()).compute()
    assert.equal(made.dtype, dtype)
    const bits = Number(/\d+/.exec(dtype)?.[0])
    const most = (x: number | bigint) => {
      const magnitude = x < 0 || Object.is(x, -0) ? -x : x
      if (dtype.startsWith('float') || dtype.startsWith('u')) return magnitude
      const limit = 2n ** BigInt(bits - 1) - 1n
      return magnitude > limit ? (typeof x === 'bigint' ? limit : Number(limit)) : magnitude
    }
    assert.deepEqual([...made.data], [...volume.data].map(most), dtype)
  }
})

test('invert subtracts from the greatest value of an integer type, exactly', async () => {
  for (const dtype of dtypes.filter((name) => name.includes('int'))) {
    const volume = rowOf(adverseValues(dtype), dtype)
    const made = await pipe(volume, invert()).compute()
    assert.equal(made.dtype, dtype)
    const bits = BigInt(/\d+/.exec(dtype)?.[0] as string)
    const most = dtype.startsWith('u') ? 2n ** bits - 1n : 2n ** (bits - 1n) - 1n
    const wanted = [...volume.data].map((x) => {
      const difference = most - BigInt(x)
      return difference > most ? most : difference
    })
    assert.deepEqual([...made.data].map(BigInt), wanted, dtype)
  }
})

test('invert takes a maximum, and floats need one', async () => {
  const bytes = await pipe(rowOf([0, 5, 200], 'uint8'), invert({ maximum: 100 })).compute()
  assert.deepEqual([...bytes.data], [100, 95, 0])
  const floats = await pipe(rowOf([0.25, Infinity, -3], 'float32'), invert({ maximum: 1 })).compute()
  assert.deepEqual([...floats.data], [0.75, -Infinity, 4])
  const wide = await pipe(
    rowOf([-(2n ** 63n), 2n ** 63n - 1n, 7n], 'int64'),
    invert({ maximum: -5n }),
  ).compute()
  assert.deepEqual([...wide.data], [2n ** 63n - 5n, -(2n ** 63n), -12n])
  const half = await pipe(rowOf([3n, 2n ** 40n], 'uint64'), invert({ maximum: 7.5 })).compute()
  assert.deepEqual([...half.data], [4n, 0n])
  await assert.rejects(
    pipe(rowOf([1], 'float64'), invert()).compute(),
    refusal('InvalidArgument', 'invert.maximum'),
  )
})

test('a NaN made by arithmetic is the positive quiet one', async () => {
  const made = await pipe(
    rowOf([0, Infinity], 'float64'),
    multiply(pipe(rowOf([Infinity, 0], 'float64'))),
  ).compute()
  const words = new BigUint64Array((made.data as Float64Array).slice().buffer)
  assert.deepEqual([...words], [0x7ff8000000000000n, 0x7ff8000000000000n])
})

test('results are stored by the store rule', async () => {
  const volume = noise([19, 7, 5], 'float32')
  const made = await pipe(volume, multiply(1.37, { dtype: 'int8' })).compute()
  const factor = Math.fround(1.37)
  assert.deepEqual(
    fieldOf(made).values,
    fieldOf(volume).values.map((x) => stored('int8', Math.fround(x * factor))),
  )
})

test.run()
