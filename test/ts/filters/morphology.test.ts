import * as assert from 'node:assert/strict'
import { limitsOf } from '../../../ts/core/dtype.ts'
import {
  type Border,
  borders,
  close,
  type DType,
  dilate,
  dtypes,
  erode,
  maximum,
  minimum,
  open,
  pipe,
  rank,
  Volume,
} from '../../../ts/index.ts'
import { type Field, fieldOf, noise } from '../../support/naive-filters.ts'
import { cropped, elementOffsets, extremeOf, padded } from '../../support/naive-morphology.ts'
import { refusal } from '../../support/refusal.ts'
import { suite } from '../../support/suite.ts'

const test = suite('filters/morphology')
const shape = [19, 7, 5]
const elements = ['box', 'ball', 'sphere', 'cross'] as const
const radii = [1, 2, [3, 0, 1], [0, 2, 0], [0, 0, 4], [5, 1, 0], [2, 3, 4]]
const perAxis = (radius: number | readonly number[], rank = 3) =>
  Array.from({ length: rank }, (_, axis) => (typeof radius === 'number' ? radius : (radius[axis] ?? 0)))

const [least, greatest] = ['least', 'greatest'] as const

function checkValues(made: Volume, expected: Field, what: string): void {
  const found = fieldOf(made).values
  const at = expected.values.findIndex((value, i) => !Object.is(value, found[i]))
  assert.equal(at, -1, `${what}: element ${at} is ${found[at]}, not ${expected.values[at]}`)
}

// Both infinities, both zeros and NaN among floats; the ends among integers.
function difficult(dims: readonly number[], dtype: DType, seed = 3): Volume {
  const volume = noise(dims, dtype, { seed })
  const { data } = volume
  const specials = dtype.startsWith('float')
    ? [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 0]
    : limitsOf(dtype)
  for (let i = 0; i < data.length; i += 3) data[i] = specials[(i / 3) % specials.length] as never
  volume.touch()
  return volume
}

test('minimum and maximum are the extremes of a box, for every element type, border and radius', async () => {
  let turn = 0
  for (const dtype of dtypes) {
    const volume = difficult(shape, dtype)
    for (const radius of [...radii, [9, 9, 9]]) {
      const border = borders[turn++ % borders.length]
      const offsets = elementOffsets('box', perAxis(radius))
      for (const [filter, which] of [
        [minimum, least],
        [maximum, greatest],
      ] as const) {
        const made = await pipe(volume, filter({ radius, border, borderValue: 3 })).compute()
        const expected = extremeOf(fieldOf(volume), which, offsets, { border, borderValue: 3 })
        assert.equal(made.dtype, dtype)
        checkValues(made, expected, `${which} of ${dtype}, radius ${radius}, ${border}`)
      }
    }
  }
})

test('extremes along a line are right for every radius', async () => {
  const volume = noise([23, 3, 19], 'int16')
  for (const axis of [0, 1, 2])
    for (const r of [1, 2, 3, 4, 5, 7, 8, 11, 15, 16, 31, 40]) {
      const radius = [0, 0, 0].with(axis, r)
      const made = await pipe(volume, minimum({ radius, border: 'symmetric' })).compute()
      const expected = extremeOf(fieldOf(volume), least, elementOffsets('box', radius), {
        border: 'symmetric',
      })
      checkValues(made, expected, `axis ${axis}, radius ${r}`)
    }
})

test('erode and dilate take the extremes of an element, for every border', async () => {
  const all = ['ignore', ...borders] as const
  let turn = 0
  for (const element of elements)
    for (const radius of radii)
      for (const dtype of ['uint8', 'float32', 'uint16'] as const) {
        const border = all[turn++ % all.length]
        const volume = difficult(shape, dtype, turn)
        const offsets = elementOffsets(element, perAxis(radius))
        for (const [filter, which] of [
          [erode, least],
          [dilate, greatest],
        ] as const) {
          const made = await pipe(volume, filter({ radius, element, border, borderValue: 7 })).compute()
          const expected = extremeOf(fieldOf(volume), which, offsets, { border, borderValue: 7 })
          checkValues(made, expected, `${which} of ${dtype}, ${element} of ${radius}, ${border}`)
        }
      }
})

test('voxels outside take no part in an erosion or dilation by default', async () => {
  for (const dtype of dtypes) {
    const [low, high] = dtype.startsWith('float') ? [-Infinity, Number.NaN] : limitsOf(dtype)
    for (const [filter, value] of [
      [erode, high],
      [dilate, low],
    ] as const) {
      const volume = Volume.create({ shape: [5, 3, 2], dtype })
      volume.data.fill((typeof volume.data[0] === 'bigint' ? BigInt(value) : value) as never)
      volume.touch()
      const made = await pipe(volume, filter()).compute()
      assert.deepEqual(made.data, volume.data, `${filter.name} of ${dtype}`)
    }
  }
})

test('a ball of radius 1, 2, 3 has 19, 81, 179 voxels, a sphere 7, 33, 123', async () => {
  for (const [element, counts] of [
    ['ball', [19, 81, 179]],
    ['sphere', [7, 33, 123]],
    ['cross', [7, 13, 19]],
    ['box', [27, 125, 343]],
  ] as const)
    for (const [k, count] of counts.entries()) {
      const volume = Volume.create({ shape: [9, 9, 9], dtype: 'uint8' })
      volume.set(1, 4, 4, 4)
      const made = await pipe(volume, dilate({ element, radius: k + 1 })).compute()
      assert.equal([...made.data].filter((x) => x === 1).length, count, `${element} of radius ${k + 1}`)
    }
})

test('a sphere holds the voxels at exactly its radius', async () => {
  const volume = Volume.create({ shape: [53, 53], dtype: 'uint8' })
  volume.set(1, 26, 26)
  const made = await pipe(volume, dilate({ element: 'sphere', radius: 25 })).compute()
  for (const [x, y] of [
    [7, 24],
    [15, 20],
    [25, 0],
  ])
    assert.equal(made.get(26 + x, 26 - y), 1, `${x}, ${y}`)
  assert.equal(made.get(26 + 8, 26 + 24), 0)
})

// The definition: pad, take both steps on the padded field, crop.
function safely(
  field: Field,
  first: 'least' | 'greatest',
  radius: readonly number[],
  element: string,
  rim: number,
): Field {
  const offsets = elementOffsets(element, radius)
  const second = first === least ? greatest : least
  const around = padded(field, radius, rim)
  const between = extremeOf(around, first, offsets, { border: 'ignore' })
  return cropped(extremeOf(between, second, offsets, { border: 'ignore' }), radius)
}

test('open and close are by default as on a padded volume', async () => {
  for (const element of elements)
    for (const radius of [1, 2, [3, 0, 1], [5, 1, 0], [4, 4, 0], [0, 9, 3]])
      for (const dtype of ['uint8', 'float32'] as const) {
        const volume = difficult([13, 7, 5], dtype)
        const [low, high] = dtype === 'uint8' ? [0, 255] : [Number.NEGATIVE_INFINITY, Number.NaN]
        for (const [filter, first, rim] of [
          [open, least, high],
          [close, greatest, low],
        ] as const) {
          const made = await pipe(volume, filter({ radius, element })).compute()
          const expected = safely(fieldOf(volume), first, perAxis(radius), element, rim)
          checkValues(made, expected, `${filter.name} of ${dtype}, ${element} of ${radius}`)
        }
      }
})

test('open and close with another border fill it for each of their steps', async () => {
  const all: readonly (Border | 'ignore')[] = ['ignore', ...borders]
  for (const border of all)
    for (const element of elements) {
      const volume = difficult([11, 7, 5], 'int16')
      const radius = [2, 1, 3]
      const offsets = elementOffsets(element, radius)
      const options = { border, borderValue: -5 }
      for (const [filter, first, second] of [
        [open, least, greatest],
        [close, greatest, least],
      ] as const) {
        const made = await pipe(volume, filter({ radius, element, ...options })).compute()
        const between = extremeOf(fieldOf(volume), first, offsets, options)
        checkValues(
          made,
          extremeOf(between, second, offsets, options),
          `${filter.name}, ${element}, ${border}`,
        )
      }
    }
})

test('open takes part in chains, regions and divisions with the voxels beyond the border', async () => {
  const volume = noise([37, 29, 31], 'int16')
  const chain = () =>
    pipe(volume, dilate(), open({ radius: 2 }), close({ element: 'box', radius: 5 }), minimum())
  const whole = await chain().compute({ executor: 'reference' })
  for (const options of [{ tile: [16, 8, 9] }, { divisions: 5 }, { divisions: 4, split: 'blocks' as const }])
    assert.ok(await (await chain().compute(options)).equals(whole), JSON.stringify(options))
  const region = { start: [3, 0, 11], shape: [20, 5, 20] }
  assert.ok(await (await chain().compute({ region })).equals(whole.view(region)))
})

test('elements reach along any axes of a series when asked', async () => {
  const series = noise([6, 5, 4, 5], 'uint8')
  for (const [element, radius] of [
    ['ball', [1, 2, 1, 2]],
    ['sphere', [2, 0, 0, 2]],
    ['cross', [1, 1, 1, 3]],
    ['box', [1, 1, 0, 1]],
  ] as const) {
    const made = await pipe(series, dilate({ element, radius })).compute()
    const offsets = elementOffsets(element, radius)
    checkValues(made, extremeOf(fieldOf(series), greatest, offsets, { border: 'ignore' }), element)
    const closed = await pipe(series, close({ element, radius })).compute()
    checkValues(closed, safely(fieldOf(series), greatest, radius, element, 0), `close, ${element}`)
  }
  const spatial = await pipe(series, erode()).compute()
  const offsets = elementOffsets('ball', [1, 1, 1, 0])
  checkValues(spatial, extremeOf(fieldOf(series), least, offsets, { border: 'ignore' }), 'spatial axes')
})

test('a permuted volume is eroded alike', async () => {
  const volume = noise([17, 6, 9], 'float32')
  const radius = [2, 1, 3]
  const made = await pipe(volume, open({ radius })).compute()
  const order = [2, 0, 1]
  const turned = await pipe(
    volume.permute(order),
    open({ radius: order.map((axis) => radius[axis]) }),
  ).compute()
  assert.ok(await turned.permute([1, 2, 0]).equals(made))
})

test('an element too large for a worker is taken row by row', async () => {
  const volume = noise([90, 3, 2], 'uint8', { high: 255 })
  const r = 70
  const inReach = elementOffsets('box', [r, 2, 1]).filter(([x, y, z]) => x * x + y * y + z * z <= r * r)
  const made = await pipe(volume, dilate({ element: 'sphere', radius: r })).compute()
  checkValues(made, extremeOf(fieldOf(volume), greatest, inReach, { border: 'ignore' }), 'sphere of 70')
})

test('rank at either end is the extreme', async () => {
  const volume = difficult(shape, 'float32')
  const least = await pipe(volume, rank({ radius: 2, percentile: 0 })).compute()
  assert.ok(await least.equals(await pipe(volume, minimum({ radius: 2 })).compute()))
  const greatest = await pipe(volume, rank({ radius: [1, 0, 2], index: 14 })).compute()
  assert.ok(await greatest.equals(await pipe(volume, maximum({ radius: [1, 0, 2] })).compute()))
})

test('radii that cannot be are refused', async () => {
  const volume = noise(shape, 'uint8')
  assert.throws(() => dilate({ radius: -1 }), refusal('InvalidArgument', 'dilate.radius'))
  await assert.rejects(
    pipe(volume, erode({ radius: [1, 1, 1, 1] })).info(),
    refusal('InvalidArgument', 'erode.radius'),
  )
  await assert.rejects(
    pipe(volume, open({ radius: 20_000 })).info(),
    refusal('InvalidArgument', 'open.radius'),
  )
  const line = Volume.create({ shape: [20_000], dtype: 'uint8' })
  await assert.rejects(
    pipe(line, close({ element: 'cross', radius: 1e9 })).info(),
    refusal('InvalidArgument', 'close.radius'),
  )
  const wide = await pipe(volume, dilate({ element: 'box', radius: 1e9 })).compute()
  const ranked = await pipe(volume, rank({ radius: 1e9, percentile: 100 })).compute()
  assert.ok(await ranked.equals(wide))
  assert.equal(wide.data[0], Math.max(...fieldOf(volume).values))
})

test('a radius of 0 changes nothing', async () => {
  const volume = difficult(shape, 'float32')
  for (const filter of [minimum, maximum, erode, dilate, open, close])
    assert.ok(await (await pipe(volume, filter({ radius: 0 })).compute()).equals(volume), filter.name)
})

test.run()
