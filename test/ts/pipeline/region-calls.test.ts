import * as assert from 'node:assert/strict'
import type { RegionRequest } from '../../../ts/native/addon.ts'
import { awaitNative, callNative } from '../../../ts/native/errors.ts'
import { allocatePatch } from '../../../ts/pipeline/patch.ts'
import { recursionFor, weightsFor } from '../../../ts/pipeline/recursion.ts'
import { type GaussianPass, lineFilter } from '../../../ts/pipeline/recursive-step.ts'
import { regionRequest } from '../../../ts/pipeline/region-request.ts'
import type { HeldPatch, Patch, RegionalCall } from '../../../ts/pipeline/regional.ts'
import { subPatch } from '../../../ts/pipeline/sub-patch.ts'
import { suite } from '../../support/suite.ts'

const test = suite('pipeline/region-calls')
const of = { shape: [70, 60, 33], components: 1, dtype: 'float32' } as const

const floatsOf = ({ view }: Patch) => new Float32Array(callNative((addon) => addon.buffer(view.memory)))

const pass = (axis: number) => ({
  axis,
  recursion: recursionFor(2, 'float32'),
  weights: (order: number) => weightsFor(2, 'float32', order, 1),
})

function requestOf({ kernel, params, views }: RegionalCall, threads: number): RegionRequest {
  return regionRequest(kernel, params, views, { level: -1, threads })
}

async function withPatches<T>(count: number, use: (patches: readonly HeldPatch[]) => Promise<T>): Promise<T> {
  const patches = Array.from({ length: count }, () =>
    allocatePatch(of, { start: [0, 0, 0], shape: of.shape }),
  )
  try {
    return await use(patches)
  } finally {
    for (const patch of patches) patch.release()
  }
}

// Slopes along two axes and their length: later kernels read what earlier ones write.
function slopes(patches: readonly Patch[], axes: readonly number[] = [1, 0]): readonly RegionalCall[] {
  const [a, b, c] = patches as [Patch, Patch, Patch]
  const [first, ...others] = axes.map(pass) as [GaussianPass, ...GaussianPass[]]
  const orders = others.map(() => 0)
  return [
    lineFilter([first], [0, 1], [a], [a, b]),
    lineFilter(others, orders, [b], [b]),
    lineFilter(others, orders.with(-1, 1), [a], [a]),
    { kernel: 'root_of_squares', params: {}, views: { inputs: [a, b], outputs: [c] } },
  ]
}

const fill = (patch: Patch) => floatsOf(patch).forEach((_, i, all) => { all[i] = (i * 7919) % 1009 }) // biome-ignore format: one line

test('kernels in turn on part after part give the bytes of one kernel after another', async () => {
  // Parts are cut along the axis that no kernel filters along; where there is none, kernels run one after another.
  for (const axes of [
    [1, 0],
    [1, 2],
    [2, 0],
    [2, 1, 0],
  ])
    for (const threads of [1, 2, 0])
      await withPatches(6, async (patches) => {
        const [apart, inTurn] = [patches.slice(0, 3), patches.slice(3)]
        for (const [first] of [apart, inTurn]) fill(first as Patch)
        for (const call of slopes(apart, axes))
          await awaitNative((addon) => addon.runRegion([requestOf(call, threads)]).promise)
        const requests = slopes(inTurn, axes).map((call) => requestOf(call, threads))
        await awaitNative((addon) => addon.runRegion(requests).promise)
        apart.forEach((patch, k) => {
          assert.deepEqual(floatsOf(inTurn[k] as Patch), floatsOf(patch), `axes ${axes}, patch ${k}`)
        })
      })
})

test('a later kernel writes its own region where that is smaller', async () => {
  await withPatches(3, async (patches) => {
    const [smoothed, slope, length] = patches as readonly Patch[] as [Patch, Patch, Patch]
    for (const patch of patches) fill(patch)
    const before = floatsOf(length).slice()
    const inner = subPatch(length, { start: [3, 4, 5], shape: [10, 20, 9] })
    const requests = slopes([smoothed, slope, inner]).map((call) => requestOf(call, 2))
    await awaitNative((addon) => addon.runRegion(requests).promise)
    const [a, b, made] = [smoothed, slope, length].map(floatsOf) as [Float32Array, Float32Array, Float32Array]
    made.forEach((value, i) => {
      const [x, y, z] = [i % 70, Math.floor(i / 70) % 60, Math.floor(i / 4200)]
      const isInner = x >= 3 && x < 13 && y >= 4 && y < 24 && z >= 5 && z < 14
      const root = Math.fround(Math.sqrt(Math.fround(Math.fround(a[i] ** 2) + Math.fround(b[i] ** 2))))
      assert.equal(value, isInner ? root : before[i], `voxel ${x} ${y} ${z}`)
    })
  })
})

test('sequences that are empty, or write beyond their first kernel, are refused', async () => {
  await withPatches(2, async ([one, other]) => {
    const [a, b] = [one, other] as [Patch, Patch]
    const narrow = subPatch(a, { start: [0, 0, 3], shape: [70, 60, 4] })
    const calls = [lineFilter([pass(0)], [0], [narrow], [narrow]), lineFilter([pass(0)], [0], [b], [b])]
    const run = (some: readonly RegionalCall[]) => () =>
      callNative((addon) => addon.runRegion(some.map((call) => requestOf(call, 1))))
    assert.throws(run([]), /no kernel/)
    assert.throws(run(calls), /the first kernel of a sequence must write wherever another does/)
    await run(calls.toReversed())().promise
  })
})

test.run()
