import * as assert from 'node:assert/strict'
import { invalidArgument, VoxlineError } from '../../../ts/core/errors.ts'
import { defineFilter } from '../../../ts/pipeline/define-filter.ts'
import { param } from '../../../ts/pipeline/param.ts'
import { point } from '../../../ts/pipeline/stage.ts'
import { suite } from '../../support/suite.ts'

const test = suite('pipeline/define-filter')

const twoLimits = defineFilter({
  name: 'twoLimits',
  summary: 'For tests.',
  params: {
    low: param.number({ doc: 'Lower limit.' }),
    high: param.number({ default: 10, doc: 'Upper limit.' }),
    weights: param.optional(param.perAxis({ doc: 'Weights.' })),
  },
  check: ({ low, high }) => {
    if (low > high) throw invalidArgument('twoLimits.high', `at least ${low}`, high)
  },
  stages: (_, { low }) => [point('linear', { scale: 1, shift: low })],
})

function refusal(call: () => unknown): VoxlineError {
  try {
    call()
  } catch (error) {
    assert.ok(error instanceof VoxlineError)
    return error
  }
  throw new Error('nothing was refused')
}

test('a filter has its name, its name on the command line and its declarations', () => {
  assert.equal(twoLimits.name, 'twoLimits')
  assert.equal(twoLimits.op, 'two-limits')
  assert.deepEqual(Object.keys(twoLimits.params), ['low', 'high', 'weights'])
  assert.equal(twoLimits.measures, false)
})

test('options are checked when the filter is called, and errors name filter and option', () => {
  assert.deepEqual({ ...twoLimits({ low: 1 }).options }, { low: 1, high: 10, weights: undefined })
  const bad: readonly [object, string][] = [
    [{ low: 'a' }, 'twoLimits.low'],
    [{}, 'twoLimits.low'],
    [{ low: 1, hihg: 2 }, 'twoLimits.hihg'],
    [{ low: 11 }, 'twoLimits.high'],
    [{ low: 1, weights: [] }, 'twoLimits.weights'],
  ]
  for (const [options, argument] of bad) {
    const { code, details } = refusal(() => twoLimits(options as { low: number }))
    assert.equal(code, 'InvalidArgument')
    assert.equal(details.argument, argument)
  }
  assert.equal(refusal(() => twoLimits(3 as never)).details.argument, 'twoLimits options')
})

test('set compares by content and keeps the old values when it is refused', () => {
  const step = twoLimits({ low: 1, weights: [1, 2] })
  step.set({ weights: [1, 2] })
  step.set({ low: 1 })
  assert.equal(step.version, 0)
  assert.equal(refusal(() => step.set({ low: 99 })).details.argument, 'twoLimits.high')
  assert.deepEqual({ low: step.options.low, version: step.version }, { low: 1, version: 0 })
  step.set({ weights: [1, 3] })
  assert.equal(step.version, 1)
  assert.deepEqual(step.options.weights, [1, 3])
})

test('options cannot be changed behind the back of a step', () => {
  const weights = [1, 2]
  const step = twoLimits({ low: 1, weights })
  weights[0] = 9
  assert.deepEqual(step.options.weights, [1, 2])
  assert.ok(Object.isFrozen(step.options))
})

test('a bound step keeps the options it was bound with', () => {
  const step = twoLimits({ low: 1 })
  const bound = step.bind()
  step.set({ low: 2 })
  const [stage] = bound.stages({} as never, new Map())
  assert.deepEqual((stage as { params: object }).params, { scale: 1, shift: 1 })
})

test('misspelt kernels, parameters and options do not compile', () => {
  // @ts-expect-error there is no such kernel
  point('linaer', { scale: 1, shift: 0 })
  // @ts-expect-error the parameter is called shift
  point('linear', { scale: 1, shfit: 0 })
  // @ts-expect-error low is required
  assert.throws(() => twoLimits())
  // @ts-expect-error high is a number
  assert.throws(() => twoLimits({ low: 1, high: 'x' }))
  // @ts-expect-error there is no such option
  assert.throws(() => twoLimits({ low: 1, hihg: 2 }))
  const step = twoLimits({ low: 1 })
  const high: number = step.options.high
  assert.equal(high, 10)
})

test.run()
