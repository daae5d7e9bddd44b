import * as assert from 'node:assert/strict'
import { cast } from '../../../ts/filters/cast.ts'
import { clamp } from '../../../ts/filters/clamp.ts'
import { edgeMap } from '../../../ts/filters/edge-map.ts'
import { gaussian } from '../../../ts/filters/gaussian.ts'
import { gradientMagnitude } from '../../../ts/filters/gradient-magnitude.ts'
import { median } from '../../../ts/filters/median.ts'
import { rescaleIntensity } from '../../../ts/filters/rescale-intensity.ts'
import { statistics } from '../../../ts/filters/statistics.ts'
import { threshold } from '../../../ts/filters/threshold.ts'
import type { PassGraph } from '../../../ts/pipeline/graph.ts'
import { type Drop, type Info, outputOf } from '../../../ts/pipeline/info.ts'
import { chainOf, infoOf, nowhere, passOf } from '../../support/pipeline-parts.ts'
import { suite } from '../../support/suite.ts'

const test = suite('pipeline/negotiate')
const shape = [19, 7, 5]

/** `kernel in>out` per stage; sources say what they are loaded as. */
function stagesOf({ nodes }: PassGraph): string[] {
  return nodes.map((node) => {
    if (node.kind === 'source') return `source ${node.storage.dtype}>${node.dtype}`
    const name = node.kind === 'script' ? 'script' : node.kernel
    return `${name} ${node.in}>${node.dtype}`
  })
}

test('a volume is loaded as the type of its first stage and stored as the type of the last step', () => {
  const pass = passOf(
    chainOf(infoOf(shape, 'int16'), [gaussian({ sigma: [0, 0, 1] }), cast({ dtype: 'uint8' })]),
    [],
  )
  assert.deepEqual(stagesOf(pass), ['source int16>float32', 'fir_line float32>float32'])
  assert.deepEqual(pass.values, [{ node: 1, dtype: 'uint8' }])
  assert.ok(pass.stores)
})

test('a conversion between two stages stays', () => {
  const pass = passOf(
    chainOf(infoOf(shape, 'int16'), [gaussian({ sigma: 0.5 }), cast({ dtype: 'int16' }), clamp({ low: 0 })]),
    [],
  )
  const expected = [
    'source int16>float32',
    ...Array(3).fill('fir_line float32>float32'),
    'convert float32>int16',
    'clamp int16>int16',
  ]
  assert.deepEqual(stagesOf(pass), expected)
})

test('a cast that does not follow the store rule stays a stage', () => {
  const pass = passOf(chainOf(infoOf(shape, 'float32'), [cast({ dtype: 'uint8', overflow: 'wrap' })]), [])
  assert.deepEqual(stagesOf(pass), ['source float32>float32', 'convert float32>uint8'])
})

test('scaled values are computed in their own type before they are converted', () => {
  const scaled = chainOf(
    infoOf(shape, 'float32'),
    [cast({ dtype: 'int16' }), median()],
    { slope: 2, intercept: 1 },
    'uint8',
  )
  assert.deepEqual(stagesOf(passOf(scaled, [])), [
    'source uint8>float32',
    'convert float32>int16',
    'median_window int16>int16',
  ])
})

test('selecting filters run in an integer type, and neighbours share it', () => {
  const one = passOf(chainOf(infoOf(shape, 'uint16'), [median()]), [])
  const codes = ['order_encode uint16>int16', 'median_window int16>int16', 'order_decode int16>uint16']
  assert.deepEqual(stagesOf(one), ['source uint16>uint16', ...codes])
  const first = median()
  const two = passOf(chainOf(infoOf(shape, 'float32'), [first, median()]), [])
  const stages = [
    'source float32>float32',
    'order_encode float32>int32',
    'median_window int32>int32',
    'median_window int32>int32',
  ]
  assert.deepEqual(stagesOf(two), [...stages, 'order_decode int32>float32'])
  assert.equal(two.steps.get(first), 2)
})

test('a reduction ends a pass, and its values make the next one', () => {
  const chain = chainOf(infoOf(shape, 'int16'), [rescaleIntensity({ dtype: 'uint8' })])
  const first = passOf(chain, [])
  assert.equal(first.end.kind, 'barrier')
  assert.ok(!first.stores)
  assert.deepEqual(stagesOf(first), ['source int16>int16', 'min_max_reduce int16>int16'])
  const range = { count: 1, nan: 0, min: -100, max: 410, below: 0, above: 0 }
  const second = passOf(chain, [{ values: [range], kept: null }])
  assert.deepEqual(stagesOf(second), ['source int16>int16', 'rescale int16>uint8'])
  const node = second.nodes[1]
  assert.deepEqual(node.kind === 'stage' && node.params, {
    inputMin: -100,
    scale: 0.5,
    outputMin: 0,
    outputMax: 255,
  })
  assert.equal(second.values[0]?.dtype, 'uint8')
})

test('kept voxels are the source of the next pass', () => {
  const chain = chainOf(infoOf(shape, 'int16'), [gradientMagnitude(), rescaleIntensity()])
  const first = passOf(chain, [], true)
  assert.ok(first.stores)
  assert.deepEqual(stagesOf(first).at(-1), 'min_max_reduce float32>float32')
  assert.equal(first.nodes[first.values[0]?.node ?? -1]?.kind, 'stage')
  const kept = { kind: 'view', memory: nowhere, dtype: 'float32', offset: 0, strides: [4, 76, 532] } as const
  const range = { count: 1, nan: 0, min: 0, max: 2, below: 0, above: 0 }
  const second = passOf(chain, [{ values: [range], kept }])
  assert.deepEqual(stagesOf(second), ['source float32>float32', 'rescale float32>float32'])
})

test('a measuring step ends with its object', () => {
  const chain = chainOf(infoOf(shape, 'uint8'), [statistics()])
  const first = passOf(chain, [])
  assert.equal(first.end.kind, 'measure')
  assert.deepEqual(stagesOf(first), [
    'source uint8>uint8',
    'min_max_reduce uint8>uint8',
    'moments_reduce uint8>uint8',
  ])
  const range = { count: 3, nan: 0, min: 1, max: 3, below: 0, above: 0 }
  const moments = { count: 3, nan: 0, sum: 6, mean: 2, variance: 1, condition: 1 }
  const { end } = passOf(chain, [{ values: [range, moments], kept: null }])
  const facts = { count: 3, nan: 0, min: 1, max: 3, mean: 2, variance: 1, sigma: 1, sum: 6 }
  const value = { ...facts, percentiles: [] }
  assert.deepEqual(end, { kind: 'outcome', value })
})

test('a composite is its parts written out', () => {
  const info = infoOf(shape, 'int16')
  const parts = [gradientMagnitude(), threshold({ below: 1 }), rescaleIntensity({ dtype: 'uint8' })]
  const range = { count: 1, nan: 0, min: 0, max: 5, below: 0, above: 0 }
  for (const passed of [[], [{ values: [range], kept: null }]]) {
    const one = passOf(chainOf(info, [edgeMap()]), passed)
    const three = passOf(chainOf(info, parts), passed)
    assert.deepEqual(stagesOf(one), stagesOf(three))
    assert.deepEqual(one.values, three.values)
    const params = ({ nodes }: PassGraph) => nodes.map((node) => (node.kind === 'stage' ? node.params : null))
    assert.deepEqual(params(one), params(three))
  }
  assert.equal(outputOf(edgeMap().bind(), info).dtype, 'uint8')
  assert.equal(outputOf(edgeMap({ dtype: 'same' }).bind(), info).dtype, 'int16')
})

test('a step drops what no longer describes its voxels, and says so', () => {
  const intent = { code: 3, name: 't', parameters: [1, 2, 3] } as const
  const header = {
    description: 'd',
    intent,
    scaling: { slope: 2, intercept: 0 },
    display: { min: 0, max: 9 },
  }
  const info: Info = { ...infoOf(shape, 'int16'), header }
  const drops: Drop[] = []
  const made = outputOf(gaussian().bind(), info, drops)
  assert.deepEqual(made.header, { description: 'd', intent })
  assert.deepEqual(drops, [
    { step: 'gaussian', field: 'scaling' },
    { step: 'gaussian', field: 'display' },
  ])
  assert.equal(made.geometry, info.geometry)
})

test.run()
