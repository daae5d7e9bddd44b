import * as assert from 'node:assert/strict'
import { concurrency } from '../../../ts/index.ts'
import { callNative } from '../../../ts/native/errors.ts'
import { encodePlan, type PlanRequest } from '../../../ts/pipeline/encode-plan.ts'
import { nativeKernels } from '../../../ts/pipeline/kernels-of.ts'
import { knownLayouts } from '../../../ts/pipeline/known-layouts.ts'
import { refusal } from '../../support/refusal.ts'
import { suite } from '../../support/suite.ts'

const test = suite('pipeline/known-layouts')
const shape = [64, 48, 40]
const strides = [2, 128, 6144]
const memories = [0, 1].map(() => callNative((addon) => addon.allocate(64 * 48 * 40 * 2, true)))
const own = concurrency()

test.after.each(() => void concurrency(own))

/** A median over a volume in memory: two plans of the same options differ in whose voxels they are alone. */
function planOf(change: Partial<PlanRequest> = {}, memory = memories[0]) {
  assert.ok(memory)
  const storage = { kind: 'view', memory, dtype: 'int16', offset: 0, strides } as const
  const edge = { border: 'edge', borderValue: 0 } as const
  const facts = {
    params: { radius: [1, 1, 1] },
    axis: -1,
    inputs: [0],
    in: 'int16',
    dtype: 'int16',
    ...edge,
  } as const
  return encodePlan(
    {
      extent: shape,
      region: { start: [0, 0, 0], shape },
      executor: 'fused',
      level: -1,
      threads: 0,
      memory: 0,
      divisions: 0,
      split: 'slabs',
      tile: [],
      nodes: [
        { kind: 'source', dtype: 'int16', storage, scaling: null, label: 'volume' },
        { kind: 'stage', kernel: 'median_window', ...facts, label: 'median' },
      ],
      sinks: [{ node: 1, storage }],
      ...change,
    },
    nativeKernels(),
  )
}

const fresh = ({ plan, handles }: ReturnType<typeof planOf>) =>
  callNative((addon) => addon.describePlan(plan, handles))

test('a plan of the same numbers is laid out once, whoever owns the voxels', () => {
  const layout = knownLayouts.of(planOf())
  assert.equal(knownLayouts.of(planOf()), layout)
  assert.equal(knownLayouts.of(planOf({}, memories[1])), layout)
  assert.deepEqual(layout, fresh(planOf()))
})

test('any other number is another plan', () => {
  const layout = knownLayouts.of(planOf())
  const region = { start: [0, 0, 1], shape: [64, 48, 39] }
  for (const change of [
    { divisions: 4 },
    { threads: 1 },
    { tile: [64, 8, 8] },
    { region },
    { memory: 2 ** 21 },
  ]) {
    const other = knownLayouts.of(planOf(change))
    assert.notEqual(other, layout)
    assert.deepEqual(other, fresh(planOf(change)))
  }
})

test('another number of workers makes another layout', () => {
  concurrency(1)
  const one = knownLayouts.of(planOf())
  assert.deepEqual(one, fresh(planOf()))
  concurrency(7)
  const seven = knownLayouts.of(planOf())
  assert.deepEqual(seven, fresh(planOf()))
  assert.notDeepEqual(seven, one)
  concurrency(1)
  assert.equal(knownLayouts.of(planOf()), one)
})

test('of many plans the latest are known, and all are right', () => {
  const first = knownLayouts.of(planOf())
  const many = Array.from({ length: 40 }, (_, k) => ({ memory: 2 ** 22 + k * 4096 }))
  for (const change of many) assert.deepEqual(knownLayouts.of(planOf(change)), fresh(planOf(change)))
  const latest = knownLayouts.of(planOf(many[39]))
  assert.equal(knownLayouts.of(planOf(many[39])), latest)
  const again = knownLayouts.of(planOf())
  assert.notEqual(again, first)
  assert.deepEqual(again, first)
})

test('a layout of many divisions is made each time', () => {
  const change = { divisions: 40 }
  assert.notEqual(knownLayouts.of(planOf(change)), knownLayouts.of(planOf(change)))
})

test('a plan that cannot be is refused each time', () => {
  const change = { memory: 4096 }
  for (let k = 0; k < 2; k++) assert.throws(() => knownLayouts.of(planOf(change)), refusal('Memory'))
})

test.run()
