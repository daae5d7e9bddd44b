import * as assert from 'node:assert/strict'
import { KnownCosts } from '../../../ts/pipeline/known-costs.ts'
import { suite } from '../../support/suite.ts'

const test = suite('pipeline/known-costs')
const region = { start: [0, 0], shape: [4, 3] }

/** Answers questions about one maker, and counts how often it had to find out. */
function asked(costs = new KnownCosts(), maker = {}) {
  let found = 0
  const cost = (room: number, { bytes = 100, at = region, as = 'int16' } = {}) =>
    costs.of({ maker, region: at, as, room }, () => {
      found++
      return bytes
    })
  return { costs, cost, found: () => found }
}

test('rooms between what is taken and what was offered make no difference', () => {
  const { cost, found } = asked()
  for (const room of [500, 100, 300]) assert.equal(cost(room), 100)
  assert.equal(found(), 1)
  assert.equal(cost(600, { bytes: 550 }), 550)
  assert.equal(cost(99), 100)
  assert.equal(cost(50, { bytes: 100 }), 100)
  assert.equal(found(), 4)
  assert.equal(cost(70), 100)
  assert.equal(found(), 4)
})

test('makers, regions and element types are apart from each other', () => {
  const { costs, cost, found } = asked()
  const other = asked(costs)
  cost(500)
  assert.equal(cost(500, { bytes: 7, as: 'int8' }), 7)
  assert.equal(cost(500, { bytes: 8, at: { start: [0, 1], shape: [4, 3] } }), 8)
  assert.equal(other.cost(500, { bytes: 9 }), 9)
  assert.equal(cost(500), 100)
  assert.equal(found(), 3)
  costs.forget()
  assert.equal(cost(500, { bytes: 6 }), 6)
})

test('however many regions a long run asks for, those of long ago are let go and the latest are known', () => {
  const { cost, found } = asked()
  const many = 10_000
  const at = (k: number) => ({ at: { start: [0, k], shape: [4, 1] } })
  cost(500)
  for (let k = 0; k < many; k++) {
    cost(500, at(k))
    cost(500, at(0))
  }
  assert.equal(found(), 1 + many)
  for (let k = many - 200; k < many; k++) cost(500, at(k))
  cost(500, at(0))
  assert.equal(found(), 1 + many)
  cost(500)
  assert.equal(found(), 2 + many)
})

test('what takes thousands of other questions to find out is known when it has been found', () => {
  const { costs, cost } = asked()
  const outer = {}
  let found = 0
  const ask = () =>
    costs.of({ maker: outer, region, as: 'int16', room: 500 }, () => {
      for (let k = 0; k < 10_000; k++) cost(500, { at: { start: [k, 0], shape: [1, 3] } })
      found++
      return 70
    })
  assert.equal(ask(), 70)
  assert.equal(ask(), 70)
  assert.equal(found, 1)
})

test.run()
