import * as assert from 'node:assert/strict'
import { borders } from '../../../ts/core/border.ts'
import { codeOf } from '../../../ts/core/dtype.ts'
import { VoxlineError } from '../../../ts/core/errors.ts'
import { kernelFields } from '../../../ts/native/kernels.ts'
import {
  encodePlan,
  kernelTable,
  type PlanRequest,
  planShape,
  planStrides,
} from '../../../ts/pipeline/encode-plan.ts'
import type { GraphNode } from '../../../ts/pipeline/graph.ts'
import { anyKernels, nowhere } from '../../support/pipeline-parts.ts'
import { suite } from '../../support/suite.ts'

const test = suite('pipeline/encode-plan')

const codeOfKernel = (name: string) => Object.keys(kernelFields).indexOf(name)
const edge = { border: 'edge', borderValue: 0 } as const
const header = new Uint8Array(352)
const call = () => {}

const nodes: readonly GraphNode[] = [
  {
    kind: 'source',
    dtype: 'float32',
    storage: {
      kind: 'file',
      path: 'in.nii.gz',
      dtype: 'int16',
      compression: 'gzip',
      bigEndian: true,
      start: 352,
      strides: [-2, 38, 266],
    },
    scaling: { slope: 2, intercept: -1 },
    label: 'in.nii.gz',
  },
  {
    kind: 'stage',
    kernel: 'fir_line',
    params: { weights: [0.5, 0.25] },
    axis: 2,
    inputs: [0],
    in: 'float32',
    dtype: 'float32',
    border: 'constant',
    borderValue: 1.5,
    label: 'gaussian',
  },
  {
    kind: 'stage',
    kernel: 'median_window',
    params: { radius: [1, 2] },
    axis: -1,
    inputs: [1],
    in: 'float32',
    dtype: 'float32',
    border: 'wrap',
    borderValue: 0,
    label: 'median',
  },
  { kind: 'script', call, halo: [1], inputs: [2], in: 'float32', dtype: 'float32', ...edge, label: 'own' },
  {
    kind: 'reduce',
    kernel: 'moments_reduce',
    params: { pilot: 3 },
    axis: -1,
    inputs: [3],
    in: 'float32',
    dtype: 'float32',
    ...edge,
    label: 'statistics',
  },
]

const request: PlanRequest = {
  extent: [19, 7, 5],
  region: { start: [1, 0, 2], shape: [18, 7, 3] },
  executor: 'reference',
  level: 2,
  threads: 3,
  memory: 1 << 20,
  divisions: 4,
  split: 'blocks',
  tile: [19, 4],
  nodes,
  sinks: [
    {
      node: 3,
      storage: {
        kind: 'file',
        path: 'out.nii.gz',
        dtype: 'uint8',
        compression: 'gzip',
        start: 352,
        strides: [1, 18, 126],
        header,
        level: 9,
        overwrite: true,
      },
    },
    {
      node: 1,
      storage: { kind: 'view', memory: nowhere, dtype: 'float32', offset: 40, strides: [4, 76, 532] },
    },
  ],
}

test('a plan is written as plan.h says', () => {
  const { plan, handles } = encodePlan(request, anyKernels)
  const f32 = codeOf('float32')
  const [low, high] = new Uint32Array(new Float64Array([0]).buffer)
  const head = [0x564f58, 1, 3, 1, 0, 2, 18, 7, 3, 1, 2, 3, 1 << 20, 4, 1, 19, 4, 0, 0, 1, 2]
  const file = [1, 0, codeOf('int16'), 1, 1, 352, -2, 38, 266]
  const source = [0, f32, 19, 7, 5, ...file, 1, 2, -1]
  const fir = [
    1,
    codeOfKernel('fir_line'),
    f32,
    f32,
    1,
    0,
    2,
    borders.indexOf('constant'),
    0x3fc00000,
    0,
    3,
    2,
    0.5,
    0.25,
  ]
  const window = [
    1,
    codeOfKernel('median_window'),
    f32,
    f32,
    1,
    1,
    -1,
    borders.indexOf('wrap'),
    low,
    high,
    4,
    3,
    1,
    2,
    0,
  ]
  const script = [3, 1, f32, f32, 1, 2, 0, 0, 0, 1, 0, 0, 1, 0, 0]
  const reduce = [2, codeOfKernel('moments_reduce'), f32, f32, 1, 3, -1, 0, 0, 0, 1, 3]
  const sinks = [2, 3, 1, 2, codeOf('uint8'), 1, 352, 1, 18, 126, 3, 9, 1, 1, 0, 4, f32, 40, 4, 76, 532]
  assert.deepEqual([...plan], [...head, 5, ...source, ...fir, ...window, ...script, ...reduce, ...sinks])
  assert.deepEqual(handles, ['in.nii.gz', call, 'out.nii.gz', header, nowhere])
})

test('where a compressed stream starts inside its file follows its compression', () => {
  const storage = {
    kind: 'file',
    path: 'x.mha',
    dtype: 'uint8',
    compression: 'zlib',
    streamStart: 77,
    bigEndian: false,
    start: 0,
    strides: [1],
  } as const
  const source: GraphNode = { kind: 'source', dtype: 'uint8', storage, scaling: null, label: 'x.mha' }
  const region = { start: [0], shape: [4] }
  const { plan } = encodePlan(
    { ...request, extent: [4], region, tile: [], nodes: [source], sinks: [] },
    anyKernels,
  )
  const at = plan.indexOf(77)
  assert.deepEqual([...plan.slice(at - 2, at + 3)], [codeOf('uint8'), 6, 77, 0, 0])
})

test('components are a last plan axis', () => {
  assert.deepEqual(planShape([19, 7], 3), [19, 7, 3])
  assert.deepEqual(planStrides([3, -57], 3, 'int16'), [6, -114, 2])
  assert.deepEqual(planStrides([1, 19], 1, 'float64'), [8, 152])
})

test('a kernel that is missing or not built for a type is named', () => {
  const some = kernelTable([
    { name: 'fir_line', shape: 'line', inputs: 1, fields: [{ name: 'weights', kind: 'list' }], types: [] },
  ])
  for (const kernels of [kernelTable([]), some]) {
    assert.throws(
      () => encodePlan(request, kernels),
      (error) =>
        error instanceof VoxlineError && error.code === 'Unsupported' && error.details.kernel === 'fir_line',
    )
  }
})

test.run()
