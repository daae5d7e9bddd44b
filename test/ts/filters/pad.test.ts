import * as assert from 'node:assert/strict'
import {
  type Border,
  borders,
  median,
  monitor,
  pad,
  pipe,
  type RunOptions,
  Volume,
} from '../../../ts/index.ts'
import { suite } from '../../support/suite.ts'

const test = suite('filters/pad')
const shape = [19, 7, 5]

function noise(dtype: 'uint8' | 'int16' | 'float32' | 'int64', lengths = shape, components = 1): Volume {
  const volume = Volume.create({
    shape: lengths,
    dtype,
    components,
    spacing: lengths.map((_, k) => k + 1),
  }) as Volume
  volume.data.forEach((_, k) => {
    const value = ((k * 7919) % 251) + 1
    volume.data[k] = dtype === 'int64' ? 2n ** 61n + BigInt(value) : value
  })
  return volume
}

// The values of a line repeated as the border mode says, long enough to either side.
function repeated(n: number, mode: Border, around: number): readonly (number | null)[] {
  const line = Array.from({ length: n }, (_, i) => i)
  if (mode === 'constant' || mode === 'edge') {
    const end = (value: number) => new Array<number | null>(around).fill(mode === 'edge' ? value : null)
    return [...end(0), ...line, ...end(n - 1)]
  }
  const back = line.toReversed()
  const period = { wrap: line, symmetric: [...line, ...back], reflect: [...line, ...back.slice(1, -1)] }[mode]
  const times = Math.ceil(around / period.length)
  const long = Array.from({ length: 2 * times + 2 }, () => period).flat()
  return long.slice(times * period.length - around).slice(0, n + 2 * around)
}

function checkPadded(
  made: Volume,
  source: Volume,
  mode: Border,
  lower: readonly number[],
  outside: unknown,
): void {
  const lines = source.shape.map((n) => repeated(n, mode, 50))
  const [nx, ny, nz] = made.shape as [number, number, number]
  for (let z = 0; z < nz; z++)
    for (let y = 0; y < ny; y++)
      for (let x = 0; x < nx; x++) {
        const from = [x, y, z].map((i, axis) => lines[axis]?.[i + 50 - (lower[axis] as number)])
        const wanted = from.includes(null) ? outside : source.get(...(from as number[]))
        assert.equal(made.get(x, y, z), wanted, `${mode} ${[x, y, z]}`)
      }
}

const ways: readonly RunOptions[] = [{}, { divisions: 4 }, { split: 'blocks', divisions: 9, threads: 1 }]

test('pad repeats voxels as each border mode says, beyond the shape too and however the run is cut', async () => {
  for (const mode of borders)
    for (const dtype of ['uint8', 'int64'] as const) {
      const source = noise(dtype)
      const value = dtype === 'int64' ? -(2n ** 62n) : 7
      const [lower, upper] = [
        [3, 9, 1],
        [0, 17, 30],
      ]
      for (const way of ways) {
        const made = await pipe(source, pad({ lower, upper, mode, value })).compute(way)
        assert.deepEqual(made.shape, [22, 33, 36])
        checkPadded(made, source, mode, lower, value)
      }
    }
})

test('voxels keep their place in the world, and lists that name fewer axes leave the others alone', async () => {
  const source = noise('int16')
  const made = await pipe(source, pad({ lower: [4], upper: 2 })).compute()
  assert.deepEqual(made.shape, [25, 9, 7])
  assert.deepEqual(made.indexToWorld([4, 0, 0]), source.indexToWorld([0, 0, 0]))
  assert.equal(made.get(4, 6, 4), source.get(0, 6, 4))
  assert.equal(made.get(3, 6, 4), 0)
})

test('components and axes beyond the third are padded voxel by voxel', async () => {
  const source = noise('uint8', [6, 5, 4, 3], 3)
  const made = await pipe(source, pad({ lower: 1, upper: [0, 0, 0, 2], mode: 'edge' })).compute()
  assert.deepEqual([made.shape, made.components], [[7, 6, 5, 5], 3])
  for (const c of [0, 1, 2]) assert.equal(made.get(0, 3, 2, 4, c), source.get(0, 2, 1, 2, c))
})

test('a part wholly in constant padding reads nothing', async () => {
  const step = median()
  const pipeline = pipe(
    noise('int16', [8, 12, 3]),
    step,
    pad({ lower: [10, 2], upper: [3, 15], value: 13.3 }),
  )
  const seen = monitor(step)
  const made = await pipeline.compute({ region: { start: [0, 15, 0], shape: [21, 14, 3] } })
  assert.ok(made.data.every((value) => value === 13))
  assert.equal(seen.runs, 0)
})

test.run()
