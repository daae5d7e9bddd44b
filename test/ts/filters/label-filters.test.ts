import * as assert from 'node:assert/strict'
import {
  connectedComponents,
  connectedThreshold,
  type DType,
  defineFilter,
  fillHoles,
  keepLargest,
  pipe,
  pointwise,
  relabel,
  Volume,
} from '../../../ts/index.ts'
import { eachIndex, flood, inIndexOrder } from '../../support/flood.ts'
import { randomIntegers } from '../../support/random.ts'
import { refusal } from '../../support/refusal.ts'
import { suite } from '../../support/suite.ts'
import { temporaryFiles } from '../../support/temporary.ts'

const test = suite('filters/labels')
const temporary = temporaryFiles()
const shape = [19, 7, 11]

function noise(density: number, dtype: DType = 'float32', of: readonly number[] = shape): Volume {
  const draw = randomIntegers(31)
  const volume = Volume.create({ shape: [...of], dtype })
  for (let at = 0; at < volume.data.length; at++)
    if (draw(0, 999) < 1000 * density) volume.data[at] = draw(1, 9)
  return volume
}

const foregroundOf = (volume: Volume) => inIndexOrder(volume).map((value) => value > 0 || value < 0)

test('the foreground is what is neither 0 nor NaN', async () => {
  const volume = Volume.create({ shape: [8, 1], dtype: 'float64' })
  volume.data.set([Number.NaN, -0, Number.MIN_VALUE, Number.NEGATIVE_INFINITY, 0, -3, Number.NaN, 2])
  assert.deepEqual(
    inIndexOrder(await pipe(volume, connectedComponents()).compute()),
    [0, 0, 1, 1, 0, 2, 0, 3],
  )
})

test('labels are uint32 unless asked otherwise, and too many for their type are refused', async () => {
  const volume = Volume.create({ shape: [300, 3], dtype: 'uint8' })
  for (let x = 0; x < 300; x += 2) for (let y = 0; y < 3; y += 2) volume.set(1, x, y)
  const made = await pipe(volume, connectedComponents()).compute()
  assert.equal(made.dtype, 'uint32')
  assert.equal(Math.max(...inIndexOrder(made)), 300)
  const signed = await pipe(volume, connectedComponents({ dtype: 'int16' })).compute()
  assert.equal(signed.dtype, 'int16')
  for (const dtype of ['uint8', 'int8', 'same'] as const)
    await assert.rejects(pipe(volume, connectedComponents({ dtype })).compute(), refusal('Filter'))
})

test('each volume of a series is labelled by itself', async () => {
  const series = noise(0.4, 'uint8', [7, 5, 4, 3])
  const labels = await pipe(series, connectedComponents({ connectivity: 3 })).compute()
  const { labels: wanted } = flood(foregroundOf(series), series.shape, [0, 1, 2], 3)
  assert.deepEqual(inIndexOrder(labels), wanted)
  const joined = await pipe(series, connectedComponents({ axes: [0, 1, 2, 3], connectivity: 4 })).compute()
  assert.deepEqual(inIndexOrder(joined), flood(foregroundOf(series), series.shape, [0, 1, 2, 3], 4).labels)
})

test('the largest components keep their voxels, the earlier one of equals', async () => {
  const volume = Volume.create({ shape: [12, 3], dtype: 'int16' })
  const rows = [
    [5, 5, 0, 7, 7, 0, 1, 1, 1, 0, 2, 0],
    [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    [0, 9, 9, 9, 0, 0, 0, -4, 0, 3, 3, 0],
  ]
  volume.data.set(rows.flat())
  const kept = (count: number) => pipe(volume, keepLargest({ count })).compute()
  const only = (...values: number[]) => rows.flat().map((value) => (values.includes(value) ? value : 0))
  assert.deepEqual(inIndexOrder(await kept(1)), only(1))
  assert.deepEqual(inIndexOrder(await kept(2)), only(1, 9))
  assert.deepEqual(inIndexOrder(await kept(3)), only(1, 9, 5))
  assert.deepEqual(inIndexOrder(await kept(99)), rows.flat())
  const wide = await pipe(volume, keepLargest({ dtype: 'float64' })).compute()
  assert.equal(wide.dtype, 'float64')
  assert.deepEqual(inIndexOrder(wide), only(1))
})

test('holes are filled where no way leads to a face across the chosen axes', async () => {
  const tube = Volume.create({ shape: [5, 5, 3], dtype: 'uint8' })
  const isWall = ([x, y]: number[]) => [x, y].every((at) => at! >= 1 && at! <= 3) && !(x === 2 && y === 2)
  const isFull = ([x, y]: number[]) => [x, y].every((at) => at! >= 1 && at! <= 3)
  for (const index of eachIndex(tube.shape)) tube.set(isWall(index) ? 200 : 0, ...index)
  const filled = async (options: Parameters<typeof fillHoles>[0]) =>
    inIndexOrder(await pipe(tube, fillHoles(options)).compute())
  assert.deepEqual(
    await filled({}),
    eachIndex(tube.shape).map((index) => Number(isWall(index))),
  )
  assert.deepEqual(
    await filled({ axes: [0, 1] }),
    eachIndex(tube.shape).map((index) => Number(isFull(index))),
  )
  tube.set(0, 1, 1, 1)
  const leaking = eachIndex(tube.shape).map((index) => Number(isFull(index) && String(index) !== '1,1,1'))
  assert.deepEqual(await filled({ axes: [0, 1] }), leaking)
  const open = leaking.map((value, at) => (String(eachIndex(tube.shape)[at]) === '2,2,1' ? 0 : value))
  assert.deepEqual(await filled({ axes: [1, 0], connectivity: 2 }), open)
})

test('regions grow from seeds within exact limits', async () => {
  const volume = Volume.create({ shape: [7, 1], dtype: 'int64' })
  const big = 2n ** 53n
  volume.data.set([big, big + 1n, big + 2n, 5n, big + 1n, big + 3n, big + 1n])
  const grown = async (options: Parameters<typeof connectedThreshold>[0]) =>
    inIndexOrder(await pipe(volume, connectedThreshold(options)).compute())
  assert.deepEqual(await grown({ seeds: [[0, 0]], lower: big, upper: big + 2n }), [1, 1, 1, 0, 0, 0, 0])
  assert.deepEqual(
    await grown({
      seeds: [
        [6, 0],
        [1, 0],
      ],
      lower: big + 1n,
      upper: big + 1n,
    }),
    [0, 1, 0, 0, 0, 0, 1],
  )
  assert.deepEqual(await grown({ seeds: [[3, 0]], lower: 6 }), [0, 0, 0, 0, 0, 0, 0])
  assert.deepEqual(await grown({ seeds: [[3, 0]] }), [1, 1, 1, 1, 1, 1, 1])
  const floats = Volume.create({ shape: [5, 1], dtype: 'float32' })
  floats.data.set([0.1, 0.1, Number.NaN, 0.1, Number.POSITIVE_INFINITY])
  const near = (lower: number) =>
    pipe(
      floats,
      connectedThreshold({
        seeds: [
          [0, 0],
          [4, 0],
        ],
        lower,
      }),
    ).compute()
  assert.deepEqual(inIndexOrder(await near(Math.fround(0.1))), [1, 1, 0, 1, 1])
  assert.deepEqual(inIndexOrder(await near(0.1)), [1, 1, 0, 1, 1])
  assert.deepEqual(inIndexOrder(await near(0.1000000015)), [0, 0, 0, 0, 1])
})

test('options that do not fit the volume are refused before any work', async () => {
  const volume = noise(0.3)
  const refused = (step: Parameters<typeof pipe>[1], argument: string) =>
    assert.rejects(pipe(volume, step).compute(), refusal('InvalidArgument', argument))
  await refused(connectedComponents({ connectivity: 4 }), 'connectedComponents.connectivity')
  await refused(fillHoles({ axes: [0, 1], connectivity: 3 }), 'fillHoles.connectivity')
  await refused(keepLargest({ axes: [3] }), 'keepLargest.axes')
  await refused(connectedThreshold({ seeds: [[1, 2]] }), 'connectedThreshold.seeds')
  await refused(
    connectedThreshold({
      seeds: [
        [1, 2, 3],
        [19, 0, 0],
      ],
    }),
    'connectedThreshold.seeds',
  )
  assert.throws(
    () => connectedThreshold({ seeds: [[0]], lower: 2, upper: 1 }),
    refusal('InvalidArgument', 'connectedThreshold.upper'),
  )
  assert.throws(
    () => connectedThreshold({ seeds: [] }),
    refusal('InvalidArgument', 'connectedThreshold.seeds'),
  )
  const colours = Volume.create({ shape: [4, 4], dtype: 'uint8', components: 3 })
  for (const step of [connectedComponents(), keepLargest(), fillHoles(), relabel()])
    await assert.rejects(pipe(colours, step).compute(), refusal('InvalidArgument'))
})

function renumbered(values: readonly number[], order: 'size' | 'first', minimumSize: number): number[] {
  const sizes = new Map<number, number>()
  for (const value of values) if (value > 0 || value < 0) sizes.set(value, (sizes.get(value) ?? 0) + 1)
  const kept = [...sizes].filter(([, size]) => size >= minimumSize)
  kept.sort(([a, m], [b, n]) => (order === 'size' ? n - m : 0) || a - b)
  const numbers = new Map(kept.map(([value], k) => [value, k + 1]))
  return values.map((value) => numbers.get(value) ?? 0)
}

test('labels of every type are numbered anew by size or order', async () => {
  const draw = randomIntegers(8)
  const pools: readonly (readonly [DType, readonly number[]])[] = [
    ['uint8', [0, 1, 7, 200]],
    ['int8', [0, -128, -1, 3, 127]],
    ['int16', [0, -5, 40, 32767, 6]],
    ['uint32', [0, 65535, 65536, 4294967295, 2]],
    ['int32', [0, -70000, 70000, 5, -1]],
    ['float32', [0, -0, Number.NaN, 1.5, -2, 70000, 3, Number.POSITIVE_INFINITY]],
    ['float64', [0, 1e300, -1e-300, 9, Number.NEGATIVE_INFINITY]],
  ]
  for (const [dtype, pool] of pools) {
    const volume = Volume.create({ shape: [...shape], dtype })
    volume.data.forEach((_, at) => {
      volume.data[at] = pool[Math.min(draw(0, pool.length - 1), draw(0, pool.length - 1))] as number
    })
    const values = inIndexOrder(volume)
    for (const order of ['size', 'first'] as const)
      for (const minimumSize of [0, 200]) {
        const made = await pipe(
          volume.permute([2, 0, 1]).permute([1, 2, 0]),
          relabel({ order, minimumSize }),
        ).compute()
        assert.deepEqual(
          inIndexOrder(made),
          renumbered(values, order, minimumSize),
          `${dtype} ${order} ${minimumSize}`,
        )
      }
  }
})

test('64-bit labels stay apart beyond what a number holds', async () => {
  const volume = Volume.create({ shape: [6, 1], dtype: 'uint64' })
  volume.data.set([2n ** 64n - 1n, 2n ** 53n, 2n ** 53n + 1n, 0n, 2n ** 53n, 12n])
  assert.deepEqual(
    inIndexOrder(await pipe(volume, relabel({ order: 'first' })).compute()),
    [4, 2, 3, 0, 2, 1],
  )
  assert.deepEqual(inIndexOrder(await pipe(volume, relabel()).compute()), [4, 1, 3, 0, 1, 2])
})

test('more labels than the output holds are refused', async () => {
  const volume = Volume.create({ shape: [300, 2], dtype: 'int16' })
  volume.data.forEach((_, at) => {
    volume.data[at] = at
  })
  await assert.rejects(pipe(volume, relabel({ dtype: 'uint8' })).compute(), refusal('Filter'))
})

test('components of a streamed file are numbered, then relabelled by size, in one run', async () => {
  const volume = noise(0.25, 'int16')
  const path = temporary('noise.nii.gz')
  await volume.write(path)
  const labels = flood(foregroundOf(volume), shape, [0, 1, 2], 1).labels
  const steps = [connectedComponents(), relabel({ minimumSize: 3 })] as const
  for (const divisions of [1, 3, 11]) {
    const made = await pipe(path, ...steps).compute({ divisions })
    assert.deepEqual(inIndexOrder(made), renumbered(labels, 'size', 3), `${divisions} divisions`)
  }
})

test('a run stops when asked to, and again finds everything', async () => {
  const volume = noise(0.4, 'uint8', [64, 64, 64])
  const stop = new AbortController()
  const slow = defineFilter({
    name: 'slow',
    summary: 'Stops the run halfway.',
    params: {},
    stages: () => [
      pointwise((value) => {
        calls++
        if (calls === 1000) stop.abort(new Error('enough'))
        return value
      }),
    ],
  })
  let calls = 0
  const pipeline = pipe(volume, slow(), connectedComponents())
  await assert.rejects(pipeline.compute({ signal: stop.signal }), /enough/)
  const made = await pipe(volume, slow(), connectedComponents()).compute()
  assert.ok(await made.equals(await pipe(volume, connectedComponents()).compute({ threads: 1 })))
})

test.run()
