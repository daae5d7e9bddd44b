import * as assert from 'node:assert/strict'
import { param } from '../../../ts/pipeline/param.ts'
import { suite } from '../../support/suite.ts'

const test = suite('pipeline/param')

test('an integer has bounds and is read from text', () => {
  const radius = param.int({ min: 0, max: 9, default: 1, doc: 'A radius.' })
  assert.equal(radius.presence, 'default')
  assert.equal(radius.expected, 'an integer in [0, 9]')
  assert.deepEqual([0, 9, -1, 10, 1.5, '1', NaN].map(radius.check), [
    true,
    true,
    false,
    false,
    false,
    false,
    false,
  ])
  assert.deepEqual(['3', ' 3 ', '3e0', 'three', ''].map(radius.parse), [3, 3, 3, 'three', ''])
})

test('a number refuses NaN, and infinities unless they are fine', () => {
  const plain = param.number({ doc: 'A number.' })
  const open = param.number({ infinite: true, min: 0, doc: 'A number.' })
  const inside = param.number({ min: 0, max: 1, exclusive: true, doc: 'A fraction.' })
  assert.equal(plain.presence, 'required')
  assert.deepEqual([0.5, Number.NaN, Number.POSITIVE_INFINITY].map(plain.check), [true, false, false])
  assert.deepEqual([Number.POSITIVE_INFINITY, -1].map(open.check), [true, false])
  assert.deepEqual([0, 0.5, 1].map(inside.check), [false, true, false])
  assert.equal(inside.expected, 'a finite number in (0, 1)')
  assert.deepEqual(['-1.5e-3', '.5', 'inf', '-Infinity'].map(plain.parse), [
    -0.0015,
    0.5,
    Infinity,
    -Infinity,
  ])
})

test('a value keeps integers beyond 2^53 as bigints', () => {
  const value = param.value({ default: 0, doc: 'A value.' })
  assert.equal(value.parse('9007199254740993'), 9007199254740993n)
  assert.equal(value.parse('-12'), -12)
  assert.equal(value.parse('1.5'), 1.5)
  assert.ok(value.check(2n ** 63n))
  assert.ok(!value.check(Number.POSITIVE_INFINITY))
  assert.equal(value.format(9007199254740993n), '9007199254740993')
})

test('a list per axis is written with x between its values', () => {
  const radius = param.perAxis({ integer: true, min: 0, default: 1, doc: 'A radius.' })
  assert.deepEqual(radius.parse('2x1x0'), [2, 1, 0])
  assert.equal(radius.parse('2'), 2)
  assert.equal(radius.format([2, 1, 0]), '2x1x0')
  assert.deepEqual([[2, 1], [], [1.5], 2, [-1], Array(9).fill(1)].map(radius.check), [
    true,
    false,
    false,
    true,
    false,
    false,
  ])
})

test('choices, element types, axes and booleans know their words', () => {
  const mode = param.choice(['a', 'b'], { default: 'a', doc: 'A mode.' })
  assert.deepEqual(['a', 'c'].map(mode.check), [true, false])
  assert.equal(mode.expected, 'one of a, b')
  const dtype = param.dtype({ doc: 'A type.' })
  assert.deepEqual(['same', 'uint8', 'float16'].map(dtype.check), [true, true, false])
  const axes = param.axes({ doc: 'Axes.' })
  assert.deepEqual([[0, 2], [1, 1], [8], 1].map(axes.check), [true, false, false, false])
  assert.deepEqual(axes.parse('0x2'), [0, 2])
  const flag = param.boolean({ default: false, doc: 'A flag.' })
  assert.deepEqual(['true', 'false', '', 'yes'].map(flag.parse), [true, false, true, 'yes'])
})

test('lists of indices are read and written with ; between them', () => {
  const seeds = param.indices({ doc: 'Voxels.' })
  assert.deepEqual(seeds.parse('10x20x30;1x2×3'), [
    [10, 20, 30],
    [1, 2, 3],
  ])
  assert.equal(seeds.format([[10, 20, 30], [4]]), '10x20x30;4')
  assert.deepEqual(seeds.parse(seeds.format([[7, 8]])), [[7, 8]])
  assert.equal(seeds.parse('10xa'), '10xa')
  const wrong = [[], [[]], [[1.5]], [[-1]], [1, 2], 'a', [[0, 0, 0, 0, 0, 0, 0, 0, 0]]]
  assert.deepEqual(
    wrong.map(seeds.check),
    wrong.map(() => false),
  )
  assert.ok(seeds.check([[0, 5, 2]]))
})

test('an optional option may be left out', () => {
  const min = param.optional(param.number({ doc: 'A number.' }))
  assert.equal(min.presence, 'optional')
  assert.equal(min.default, undefined)
})

test.run()
