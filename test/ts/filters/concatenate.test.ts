import * as assert from 'node:assert/strict'
import { readSteps } from '../../../ts/cli/step-text.ts'
import {
  cast,
  concatenate,
  crop,
  type DType,
  defineFilter,
  filters,
  flip,
  mean,
  type Pipeline,
  pipe,
  type Region,
  type Volume,
} from '../../../ts/index.ts'
import { eachIndex, noise } from '../../support/naive-filters.ts'
import { refusal } from '../../support/refusal.ts'
import { suite } from '../../support/suite.ts'
import { temporaryFiles } from '../../support/temporary.ts'

const test = suite('filters/concatenate')
const file = temporaryFiles()
const spacing = [0.7, 1.1, 2.5]

// A volume of that spacing whose first voxel lies there.
function placed(origin: readonly number[], shape = [4, 3, 2]): Volume {
  const rows = [0, 1, 2].map((k) => [0, 0, 0, origin[k] as number].with(k, 0 - (spacing[k] as number)))
  return noise(shape, 'int16', { affine: [...rows, [0, 0, 0, 1]] })
}

// The voxel of the part that holds it, counted along the axis.
function voxelOf(parts: readonly Volume[], axis: number, index: readonly number[]): unknown {
  let at = index[axis] as number
  for (const part of parts) {
    const length = part.shape[axis] as number
    if (at < length) return part.get(...index.with(axis, at))
    at -= length
  }
  return undefined
}

test('volumes follow one another along each axis, however the run is cut, from memory, files and pipelines', async () => {
  const lengths = [5, 1, 9]
  for (const axis of [0, 1, 2]) {
    const parts = lengths.map((length, k) =>
      noise([11, 7, 6].with(axis, length), 'int16', { seed: axis * 3 + k, spacing }),
    )
    await (parts[1] as Volume).write(file(`${axis}.nii.gz`))
    const others = [file(`${axis}.nii.gz`), pipe(parts[2] as Volume, cast({ dtype: 'int16' }))]
    const joined = pipe(parts[0] as Volume, concatenate(others, { axis }))
    const made = await joined.compute()
    assert.deepEqual([made.shape, made.dtype], [[11, 7, 6].with(axis, 15), 'int16'])
    eachIndex(made.shape, (index) => assert.equal(made.get(...index), voxelOf(parts, axis, index)))
    for (const way of [
      { divisions: 4 },
      { split: 'blocks', divisions: 12 },
      { executor: 'reference' },
    ] as const)
      assert.ok(await made.equals(await joined.compute(way)))
    const smooth = await pipe(joined, mean({ radius: 1 })).compute({ divisions: 5 })
    assert.ok(await smooth.equals(await pipe(made, mean({ radius: 1 })).compute()))
  }
})

test('parts of a volume put together again lie where they lay, and those turned otherwise are turned back', async () => {
  const affine = [
    [-1.5, 0.2, 0, 10],
    [0.1, 2, -0.3, -20],
    [0, 0.4, 3, 30],
    [0, 0, 0, 1],
  ]
  const whole = noise([5, 7, 8], 'float32', { affine })
  const part = (start: number, length: number) =>
    pipe(whole, crop({ start: [0, start], shape: [5, length, 8] }))
  const turned = pipe(part(2, 4), flip({ axes: [1, 2] }))
  const again = await pipe(part(0, 2), concatenate([turned, part(6, 1)], { axis: 1 })).compute()
  assert.ok(await again.equals(whole))
  assert.deepEqual(again.affine, whole.affine)
})

test('the first volume gives element type, header and place; one component stands for all', async () => {
  const first = noise([3, 2, 2], 'uint8', { components: 3 })
  const single = noise([3, 2, 1], 'float64', { low: -50, high: 400 })
  const made = await pipe(first, concatenate([single], { axis: 2 })).compute()
  assert.deepEqual([made.dtype, made.components, made.shape], ['uint8', 3, [3, 2, 3]])
  const expected = Math.min(255, Math.max(0, Math.round(Number(single.get(1, 1, 0)))))
  const values = [0, 1, 2].map((component) => made.get(1, 1, 2, component))
  assert.deepEqual(values, [expected, expected, expected])
  const wide = await pipe(single, concatenate([single], { axis: 0, dtype: 'int64' })).compute()
  const types: DType[] = [wide.dtype, (await pipe(first, concatenate([], { axis: 1 })).info()).dtype]
  assert.deepEqual(types, ['int64', 'uint8'])
})

test('a region reads the parts it meets and nothing else', async () => {
  const parts = [0, 1, 2].map((k) => noise([6, 5, 4], 'int16', { seed: k }))
  await (parts[0] as Volume).write(file('first.nii'))
  const joined = pipe(file('first.nii'), concatenate(parts.slice(1), { axis: 2 }))
  const region: Region = { start: [1, 2, 5], shape: [4, 2, 6] }
  const made = await joined.compute({ region })
  const whole = await joined.compute()
  assert.ok(await made.equals(await whole.view(region).copy()))
  const inLast = await joined.compute({ region: { start: [0, 0, 9], shape: [6, 5, 2] }, divisions: 2 })
  assert.equal(inLast.get(5, 4, 1), (parts[2] as Volume).get(5, 4, 2))
})

test('many more volumes than a pass has inputs', async () => {
  const parts = Array.from({ length: 60 }, (_, k) => noise([4, 3, 1 + (k % 3)], 'uint16', { seed: k }))
  const made = await pipe(parts[0] as Volume, concatenate(parts.slice(1), { axis: 2 })).compute({
    divisions: 7,
  })
  eachIndex(made.shape, (index) => assert.equal(made.get(...index), voxelOf(parts, 2, index)))
})

test('a composite may join volumes', async () => {
  const [one, other] = [noise([4, 3, 2], 'int16'), noise([4, 3, 5], 'int16', { seed: 2 })]
  const joined = defineFilter({
    name: 'joined',
    summary: 'Another volume behind the input, then means.',
    params: {},
    stages: () => [concatenate([other], { axis: 2 }), mean({ radius: 1 })],
  })
  const composite = pipe(one, joined())
  assert.deepEqual((await composite.info()).shape, [4, 3, 7])
  const inTurn: Pipeline = pipe(one, concatenate([other], { axis: 2 }), mean({ radius: 1 }))
  assert.ok(await (await composite.compute({ divisions: 3 })).equals(await inTurn.compute()))
})

test('other shapes, grids and axes are refused with the option they came with', async () => {
  const one = noise([4, 3, 2], 'int16', { spacing })
  const refused = async (other: Volume, why: RegExp, axis = 2) =>
    await assert.rejects(pipe(one, concatenate([one, other], { axis })).info(), why)
  const wide = noise([5, 3, 2], 'int16', { spacing })
  await refused(wide, /concatenate\.operands\[1\] must have the shape \[4,3,2\] but along axis 2/)
  const coarse = noise([4, 3, 1], 'int16', { spacing: [0.7, 1.1, 3] })
  await refused(
    coarse,
    /operands\[1\] must have the place of the first input: its corners lie 0\.714 voxels off/,
  )
  const aside = placed([0.1, 0, 0])
  const named = refusal('ShapeMismatch', 'concatenate.operands[0]')
  await assert.rejects(pipe(one, concatenate([aside], { axis: 2 })).info(), named)
  const beyond = placed([0, 0, 40])
  assert.deepEqual((await pipe(one, concatenate([beyond], { axis: 2 })).info()).shape, [4, 3, 4])
  const ignoring = pipe(one, concatenate([aside], { axis: 2, geometry: 'ignore' }))
  assert.deepEqual((await ignoring.info()).shape, [4, 3, 4])
  await refused(one, /concatenate\.axis must be an integer in \[0, 2\]/, 3)
  assert.throws(() => concatenate([one, 5 as never], { axis: 0 }), /concatenate\.operands must be a list/)
})

test('on the command line the volumes are paths', async () => {
  const one = noise([4, 3, 2], 'int16')
  await one.write(file('one.nii'))
  const text = `concatenate:operands=${file('one.nii')};${file('one.nii')},axis=0`
  const made = await pipe(one, ...readSteps([text], filters)).info()
  assert.deepEqual(made.shape, [12, 3, 2])
})

test.run()
