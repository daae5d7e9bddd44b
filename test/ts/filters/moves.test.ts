import * as assert from 'node:assert/strict'
import {
  crop,
  flip,
  median,
  orient,
  permute,
  pipe,
  type RunOptions,
  shrink,
  Volume,
} from '../../../ts/index.ts'
import { refusal } from '../../support/refusal.ts'
import { suite } from '../../support/suite.ts'

const test = suite('filters/moves')
const shape = [19, 7, 5]
const affine = [
  [-1.5, 0.2, 0, 10],
  [0.1, 2, -0.3, -20],
  [0, 0.4, 3, 30],
  [0, 0, 0, 1],
]

const header = {
  description: 'moved',
  scaling: { slope: 2, intercept: -3 },
  qform: { code: 1, affine },
  sform: { code: 2, affine },
  timing: {
    offset: 1,
    sliceCode: 1,
    sliceStart: 0,
    sliceEnd: 4,
    sliceDuration: 0.5,
    frequencyAxis: 0,
    phaseAxis: 1,
    sliceAxis: 2,
  },
}

function ramp(dtype: 'int16' | 'uint64' | 'float32' = 'int16', lengths: readonly number[] = shape): Volume {
  const volume = Volume.create({ shape: lengths, dtype, affine }) as Volume
  volume.data.forEach((_, k) => {
    volume.data[k] = dtype === 'uint64' ? 2n ** 60n + BigInt(k) : k % 30011
  })
  volume.header = header
  return volume
}

// Every voxel of `made` is that of `source` at the index `where` says, and lies where that one does.
function checkMoved(
  made: Volume,
  source: Volume,
  where: (index: readonly number[]) => readonly number[],
): void {
  const [nx, ny, nz] = made.shape as [number, number, number]
  for (let z = 0; z < nz; z++)
    for (let y = 0; y < ny; y++)
      for (let x = 0; x < nx; x++) {
        const there = where([x, y, z])
        assert.equal(made.get(x, y, z), source.get(...there), `voxel ${[x, y, z]}`)
        const [p, q] = [made.indexToWorld([x, y, z]), source.indexToWorld(there)]
        assert.ok(
          p.every((value, k) => Math.abs(value - (q[k] as number)) < 1e-9),
          `voxel ${[x, y, z]} lies at ${p}, not ${q}`,
        )
      }
}

const ways: readonly RunOptions[] = [{}, { divisions: 3 }, { split: 'blocks', divisions: 5, threads: 1 }]

test('orient, flip and permute move voxels and axes together, bit for bit and however the run is cut', async () => {
  for (const dtype of ['int16', 'uint64'] as const) {
    const source = ramp(dtype)
    for (const way of ways) {
      const turned = await pipe(source, orient({ to: 'ASR' })).compute(way)
      assert.equal(turned.orientation, 'ASR')
      checkMoved(turned, source, ([x, y, z]) => [18 - (z as number), x as number, y as number])
      const flipped = await pipe(source, flip({ axes: [0, 2] })).compute(way)
      checkMoved(flipped, source, ([x, y, z]) => [18 - (x as number), y as number, 4 - (z as number)])
      const permuted = await pipe(source, permute({ axes: [2, 0, 1] })).compute(way)
      assert.deepEqual(permuted.shape, [5, 19, 7])
      checkMoved(permuted, source, ([x, y, z]) => [y as number, z as number, x as number])
    }
  }
})

test('moving there and back restores affine and header to the last bit', async () => {
  const source = ramp()
  const back = await pipe(
    source,
    orient({ to: 'SRA' }),
    flip({ axes: [1] }),
    flip({ axes: [1] }),
    orient({ to: 'LAS' }),
  ).compute()
  assert.equal(source.orientation, 'LAS')
  assert.deepEqual(back.affine, affine)
  assert.deepEqual(back.header, header)
})

test('a flip keeps stored scaling and reverses the order of slices', async () => {
  const made = await pipe(ramp(), flip({ axes: [2] })).compute()
  assert.deepEqual(made.header.scaling, header.scaling)
  assert.equal(made.header.timing?.sliceCode, 2)
  assert.deepEqual(made.header.sform?.affine, made.affine)
})

test('crop keeps every so many voxels from start up to stop, or as many as asked', async () => {
  const source = ramp()
  for (const way of ways) {
    const part = await pipe(source, crop({ start: [3, 1, 2], shape: [9, 5, 2] })).compute(way)
    assert.deepEqual(part.shape, [9, 5, 2])
    checkMoved(part, source, ([x, y, z]) => [(x as number) + 3, (y as number) + 1, (z as number) + 2])
    const strided = await pipe(source, crop({ start: [1, 0, 1], stop: [18, 7], step: [4, 3, 2] })).compute(
      way,
    )
    assert.deepEqual(strided.shape, [5, 3, 2])
    checkMoved(strided, source, ([x, y, z]) => [
      1 + 4 * (x as number),
      3 * (y as number),
      1 + 2 * (z as number),
    ])
    assert.equal(strided.header.timing?.sliceDuration, 0)
    assert.deepEqual(strided.header.qform?.affine, strided.affine)
  }
})

test('crop of a part that is not inside the volume is refused before any voxel is read', async () => {
  const refuse = async (options: Parameters<typeof crop>[0]) =>
    await assert.rejects(pipe(ramp(), crop(options)).info(), refusal('OutOfBounds'))
  await refuse({ start: [-1] })
  await refuse({ start: [10], shape: [10] })
  await refuse({ start: [0], stop: [20] })
  await refuse({ start: [7, 3], stop: [7, 4] })
  await refuse({ start: [0], shape: [11], step: [2] })
  assert.throws(() => crop({ start: 0, shape: 1, stop: 1 }), refusal('InvalidArgument', 'crop.stop'))
  await assert.rejects(
    pipe(ramp(), crop({ start: [0, 0, 0, 0] })).info(),
    refusal('InvalidArgument', 'crop.start'),
  )
})

test('shrink samples the middle of what it leaves out, or from the voxel asked for', async () => {
  const source = ramp()
  for (const way of ways) {
    const made = await pipe(source, shrink({ factor: [4, 3, 2] })).compute(way)
    assert.deepEqual(made.shape, [4, 2, 2])
    checkMoved(made, source, ([x, y, z]) => [
      3 + 4 * (x as number),
      2 + 3 * (y as number),
      1 + 2 * (z as number),
    ])
    const first = await pipe(source, shrink({ factor: [4, 3, 2], first: [6, 0, 2] })).compute(way)
    checkMoved(first, source, ([x, y, z]) => [
      6 + 4 * (x as number),
      3 * (y as number),
      2 + 2 * (z as number),
    ])
  }
  const single = await pipe(source, shrink({ factor: 30 })).compute()
  assert.deepEqual([single.shape, single.get(0, 0, 0)], [[1, 1, 1], source.get(9, 3, 2)])
  await assert.rejects(
    pipe(source, shrink({ factor: [4], first: [7] })).info(),
    refusal('InvalidArgument', 'shrink.first[0]'),
  )
})

test('other axes than the spatial ones stay as they are unless they are named', async () => {
  const source = ramp('float32', [6, 5, 4, 3])
  const made = await pipe(source, shrink({ factor: 2 }), orient({ to: 'RAS' })).compute()
  assert.deepEqual([made.shape, made.orientation], [[3, 2, 2, 3], 'RAST'])
  const all = await pipe(source, crop({ start: [0, 0, 0, 1], step: [1, 1, 1, 2] })).compute()
  assert.deepEqual(all.shape, [6, 5, 4, 1])
  assert.equal(all.get(1, 2, 3, 0), source.get(1, 2, 3, 1))
})

test('filtered voxels are moved as well as stored ones, whatever part is asked for', async () => {
  const source = ramp()
  const filtered = await pipe(source, median()).compute()
  const pipeline = pipe(
    source,
    median(),
    permute({ axes: [2, 0, 1] }),
    shrink({ factor: [1, 3, 2], first: [0, 1, 0] }),
  )
  const where = ([x, y, z]: readonly number[]) => [1 + 3 * (y as number), 2 * (z as number), x as number]
  for (const way of ways) checkMoved(await pipeline.compute(way), filtered, where)
  const part = await pipeline.compute({ region: { start: [2, 1, 1], shape: [3, 4, 2] } })
  checkMoved(part, filtered, ([x, y, z]) => where([(x as number) + 2, (y as number) + 1, (z as number) + 1]))
})

// Large enough to be written past the caches, with rows that begin with a cache line and with ones that do not.
test('large volumes are permuted voxel for voxel, into memory of whole cache lines and of others', async () => {
  for (const lengths of [
    [128, 96, 64],
    [131, 97, 67],
  ]) {
    const source = ramp('int16', lengths)
    const voxels = source.data as Int16Array
    for (const axes of [
      [1, 0, 2],
      [2, 1, 0],
    ]) {
      const into = Volume.create({
        shape: axes.map((axis) => lengths[axis] as number),
        dtype: 'int16',
        affine,
      })
      await pipe(source, permute({ axes })).compute({ into: into as unknown as Volume })
      const [nx, ny] = lengths as [number, number]
      const [sx, sy, sz] = axes.map((axis) => [1, nx, nx * ny][axis] as number) as [number, number, number]
      const [mx, my, mz] = into.shape as [number, number, number]
      const expected = new Int16Array(voxels.length)
      let at = 0
      for (let z = 0; z < mz; z++)
        for (let y = 0; y < my; y++)
          for (let x = 0; x < mx; x++) expected[at++] = voxels[x * sx + y * sy + z * sz] as number
      assert.ok(Buffer.from(into.data.buffer).equals(Buffer.from(expected.buffer)), `${lengths} as ${axes}`)
      into.dispose()
    }
    source.dispose()
  }
})

test.run()
