import * as assert from 'node:assert/strict'
import {
  binaryThreshold,
  type DType,
  dtypes,
  mask,
  type Operand,
  pipe,
  type Volume,
  where,
  windowLevel,
} from '../../../ts/index.ts'
import { adverseValues, pairsOf, rowOf } from '../../support/adverse-values.ts'
import { fieldOf, noise, stored } from '../../support/naive-filters.ts'
import { refusal } from '../../support/refusal.ts'
import { suite } from '../../support/suite.ts'

const test = suite('filters/selection')

type Value = number | bigint
const isTrue = (x: Value) => x > 0 || x < 0

const bytesOf = ({ data }: Volume) => Buffer.from(data.buffer, data.byteOffset, data.byteLength)

function checkSame(found: Volume, wanted: Volume, text: string): void {
  assert.deepEqual([found.dtype, found.shape], [wanted.dtype, wanted.shape], text)
  const at = [...wanted.data].findIndex((value, k) => !Object.is(found.data[k], value))
  assert.equal(at, -1, `${text}: voxel ${at} is ${found.data[at]}, not ${wanted.data[at]}`)
  assert.ok(bytesOf(found).equals(bytesOf(wanted)), text)
}

test('mask keeps voxels of every element type bit for bit under masks of every element type', async () => {
  for (const a of dtypes)
    for (const b of dtypes) {
      const { first, second } = pairsOf(adverseValues(a), adverseValues(b))
      const [x, m] = [rowOf(first, a), rowOf(second, b)]
      for (const invert of [false, true]) {
        const kept = first.map((value, k) => (isTrue(second[k] as Value) !== invert ? value : 77))
        const made = await pipe(x, mask(m, { outsideValue: 77, invert })).compute()
        checkSame(made, rowOf(kept, a), `${a} under ${b}, invert ${invert}`)
      }
    }
})

test('a mask of small fractions is not rounded away', async () => {
  const made = await pipe(rowOf([1, 2, 3], 'uint8'), mask(rowOf([0.25, 0, -1e-40], 'float32'))).compute()
  assert.deepEqual([...made.data], [1, 0, 3])
})

test('a number masks all or nothing', async () => {
  const volume = noise([19, 7, 5], 'int16')
  const values = fieldOf(volume).values
  for (const [number, invert] of [
    [1, false],
    [0, false],
    [0n, true],
    [-0.5, true],
  ] as const) {
    const made = await pipe(volume, mask(number, { invert, outsideValue: -3 })).compute()
    assert.deepEqual(fieldOf(made).values, isTrue(number) !== invert ? values : values.map(() => -3))
  }
})

test('outside values follow the store rule', async () => {
  const outside = async (dtype: DType, outsideValue: Value) =>
    (await pipe(rowOf([1], dtype), mask(0, { outsideValue })).compute()).data[0]
  assert.equal(await outside('uint8', 300), 255)
  assert.equal(await outside('int8', 2.5), 2)
  assert.equal(await outside('int64', 2n ** 62n + 1n), 2n ** 62n + 1n)
  assert.equal(await outside('float32', 0.1), Math.fround(0.1))
  assert.equal(await outside('float64', Infinity), Infinity)
})

test('where takes voxels from two volumes, or a number, by a condition', async () => {
  for (const dtype of dtypes) {
    const volume = rowOf(adverseValues(dtype), dtype)
    const other = rowOf([...adverseValues(dtype)].reverse(), dtype)
    const conditions = adverseValues('float32')
    const condition = rowOf(
      [...volume.data].map((_, k) => conditions[k % conditions.length] as number),
      'float32',
    )
    const picked = (from: (k: number) => Value) =>
      rowOf(
        [...volume.data].map((x, k) => (isTrue(condition.data[k] as number) ? x : from(k))),
        dtype,
      )
    const both = await pipe(volume, where(condition, { otherwise: other })).compute()
    checkSame(
      both,
      picked((k) => other.data[k] as Value),
      dtype,
    )
    const one = await pipe(volume, where(condition, { otherwise: 9 })).compute()
    checkSame(
      one,
      picked(() => 9),
      dtype,
    )
    checkSame(await pipe(volume, where(0, { otherwise: other })).compute(), other, dtype)
    checkSame(await pipe(volume, where(2, { otherwise: other })).compute(), volume, dtype)
    const fives = rowOf(
      [...volume.data].map(() => 5),
      dtype,
    )
    checkSame(await pipe(volume, where(0, { otherwise: 5 })).compute(), fives, dtype)
  }
})

test('where stores the other volume by the store rule', async () => {
  const other = rowOf([1.5, 2.5, 1e9, Number.NaN], 'float64')
  const made = await pipe(rowOf([9, 9, 9, 9], 'int16'), where(0, { otherwise: other })).compute()
  assert.deepEqual([made.dtype, ...made.data], ['int16', 2, 2, 32767, 0])
  assert.throws(() => where(1, {} as { otherwise: Operand }), refusal('InvalidArgument', 'where.otherwise'))
})

test('masks apply in any division, region and orientation', async () => {
  const volume = noise([19, 7, 5], 'float32')
  const marks = noise([19, 7, 5], 'uint8', { seed: 5, low: 0, high: 1 })
  const wanted = fieldOf(volume).values.map((x, k) => (fieldOf(marks).values[k] === 1 ? x : 0))
  const turned = marks.flip([1]).permute([2, 1, 0])
  for (const way of [{ divisions: 4 }, { executor: 'reference' as const }, { tile: [5, 2, 3], threads: 2 }]) {
    const made = await pipe(volume, mask(turned)).compute(way)
    assert.deepEqual(fieldOf(made).values, wanted)
  }
})

test('binaryThreshold marks voxels between limits that are compared exactly', async () => {
  for (const dtype of dtypes) {
    const volume = rowOf(adverseValues(dtype), dtype)
    for (const [lower, upper] of [
      [-0.5, 127.5],
      [0, 2n ** 53n + 1n],
      [2n ** 53n + 1n, 10n ** 30n],
      [-Infinity, 2 ** 63],
      [300, 300],
      [0.1, 0.1],
    ] as const) {
      const made = await pipe(volume, binaryThreshold({ lower, upper })).compute()
      const wanted = [...volume.data].map((x) => Number(x >= lower && x <= upper))
      assert.deepEqual([made.dtype, ...made.data], ['uint8', ...wanted], `${dtype} in ${lower}…${upper}`)
    }
  }
})

test('binaryThreshold writes the two values asked for', async () => {
  const volume = rowOf([1, 5, Number.NaN, 9], 'float32')
  const cases: readonly (readonly [object, DType, readonly Value[]])[] = [
    [{ inside: 255 }, 'uint8', [0, 255, 0, 0]],
    [{ inside: 7, outside: 3 }, 'uint8', [3, 7, 3, 3]],
    [{ inside: -3, outside: 300, dtype: 'int16' }, 'int16', [300, -3, 300, 300]],
    [{ inside: 0, outside: -300, dtype: 'int16' }, 'int16', [-300, 0, -300, -300]],
    [{ inside: -300, outside: 0, dtype: 'int16' }, 'int16', [0, -300, 0, 0]],
    [{ inside: 0.1, outside: 1, dtype: 'float32' }, 'float32', [1, Math.fround(0.1), 1, 1]],
    [{ inside: 1, outside: -Infinity, dtype: 'same' }, 'float32', [-Infinity, 1, -Infinity, -Infinity]],
    [{ inside: 2n ** 60n + 1n, outside: -1, dtype: 'int64' }, 'int64', [-1n, 2n ** 60n + 1n, -1n, -1n]],
  ]
  for (const [options, dtype, wanted] of cases) {
    const made = await pipe(volume, binaryThreshold({ lower: 4, upper: 6, ...options })).compute()
    assert.deepEqual([made.dtype, ...made.data], [dtype, ...wanted], JSON.stringify(wanted.map(String)))
  }
  assert.throws(
    () => binaryThreshold({ lower: 2, upper: 1 }),
    refusal('InvalidArgument', 'binaryThreshold.upper'),
  )
  await assert.rejects(
    pipe(volume, binaryThreshold({ inside: 300 })).compute(),
    refusal('InvalidArgument', 'binaryThreshold.inside'),
  )
})

test('windowLevel maps a window and cuts what lies beyond', async () => {
  const volume = noise([19, 7, 5], 'int16', { low: -300, high: 500 })
  const made = await pipe(volume, windowLevel({ window: 350, level: 40 })).compute()
  const scale = Math.fround(255 / 350)
  const wanted = fieldOf(volume).values.map((x) => {
    const between = Math.fround((x + 135) * scale)
    return x < -135 ? 0 : x > 215 ? 255 : stored('uint8', between)
  })
  assert.equal(made.dtype, 'uint8')
  assert.deepEqual(fieldOf(made).values, wanted)
})

test('windowLevel reaches its ends exactly, may fall, and leaves NaN', async () => {
  const volume = rowOf([-Infinity, -1, 0, 0.5, 1, 1.25, Infinity, Number.NaN], 'float64')
  const options = { window: 1, level: 0.5, min: 0.3, max: -0.1, dtype: 'float64' } as const
  const made = await pipe(volume, windowLevel(options)).compute()
  const middle = 0.5 * (-0.1 - 0.3) + 0.3
  assert.deepEqual([...made.data], [0.3, 0.3, 0.3, middle, 1 * (-0.1 - 0.3) + 0.3, -0.1, -0.1, Number.NaN])
  assert.throws(() => windowLevel({ window: 0, level: 1 }), refusal('InvalidArgument', 'windowLevel.window'))
  assert.throws(
    () => windowLevel({ window: 1, level: 1e30 }),
    refusal('InvalidArgument', 'windowLevel.window'),
  )
})

test.run()
