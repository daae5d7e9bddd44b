import * as assert from 'node:assert/strict'
import { dtypes } from '../../../ts/core/dtype.ts'
import { bitsOf, encodeOrder, orderOf, storeValue } from '../../../ts/pipeline/order.ts'
import { limitWords, valueWords } from '../../../ts/pipeline/words.ts'
import { suite } from '../../support/suite.ts'

const test = suite('pipeline/order')

test('codes order as values do, -0 below +0 and NaN above all', () => {
  for (const dtype of ['float32', 'float64'] as const) {
    const values = [-Infinity, -1e30, -1, -1e-40, -0, 0, 1e-40, 0.5, 1, Infinity, Number.NaN]
    const codes = values.map((value) => encodeOrder(dtype, value))
    for (let k = 1; k < codes.length; k++)
      assert.ok(codes[k - 1] < codes[k], `${dtype}: ${values[k - 1]} < ${values[k]}`)
  }
  assert.deepEqual(
    [0, 1, 65535].map((value) => encodeOrder('uint16', value)),
    [-32768, -32767, 32767],
  )
  assert.deepEqual(
    [-128, 0, 127].map((value) => encodeOrder('int8', value)),
    [0, 128, 255],
  )
  assert.equal(encodeOrder('uint64', 2n ** 64n - 1n), 2n ** 63n - 1n)
  assert.deepEqual([...new Set(dtypes.map(orderOf))].sort(), ['int16', 'int32', 'int64', 'uint8'])
})

test('values are stored by the store rule', () => {
  assert.deepEqual(
    [0.5, 1.5, 2.5, -0.5, 300, -3, Number.NaN].map((v) => storeValue('uint8', v)),
    [0, 2, 2, 0, 255, 0, 0],
  )
  assert.equal(storeValue('int64', 1e30), 2n ** 63n - 1n)
  assert.equal(storeValue('int32', 5n), 5)
  assert.equal(storeValue('float32', 0.1), Math.fround(0.1))
})

test('bits are the low and the high word', () => {
  assert.deepEqual(bitsOf('int16', -2), [0xfffe, 0])
  assert.deepEqual(bitsOf('float64', 1), [0, 0x3ff00000])
  assert.deepEqual(bitsOf('uint64', 2n ** 32n + 7n), [7, 1])
})

test('limits of integers are the integers within them', () => {
  const words = (value: number) => ({ high: value < 0 ? -1 : 0, low: value >>> 0 })
  assert.deepEqual(limitWords('int16', -1.5, 2.5), { below: words(-1), above: words(2) })
  const open = limitWords('uint64', undefined, undefined)
  assert.deepEqual(open, { below: { high: 0, low: 0 }, above: { high: -1, low: 0xffffffff } })
  const none = limitWords('uint8', 1e30, undefined)
  assert.ok(none.below.high > none.above.high)
  assert.deepEqual(valueWords('uint8', 299.4), words(255))
  assert.deepEqual(valueWords('float32', 1), { high: 0x3ff00000, low: 0 })
})

test.run()
