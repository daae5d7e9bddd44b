import * as assert from 'node:assert/strict'
import { Volume } from '../../../ts/volume/volume.ts'
import { exampleBase, indicesOf } from '../../support/example-volume.ts'
import {
  type NaiveVolume,
  naiveFlip,
  naivePermute,
  naiveTurn,
  naiveView,
} from '../../support/naive-volume.ts'
import { randomIntegers } from '../../support/random.ts'
import { refusal } from '../../support/refusal.ts'
import { suite } from '../../support/suite.ts'

const test = suite('volume/view')

const oblique = [
  [1.9, 0.25, -0.125, 10],
  [-0.25, 3, 0.5, -20],
  [0.5, -0.375, 4.25, 30],
  [0, 0, 0, 1],
]

function numbered(): Volume<'int16'> {
  const array = Int16Array.from({ length: 7 * 5 * 6 * 2 }, (_, i) => i)
  return Volume.wrap<'int16'>(array, {
    shape: [7, 5, 6, 2],
    affine: oblique,
    spacing: [
      ...[0, 1, 2].map((k) => Math.hypot(...oblique.slice(0, 3).map((row) => row[k] as number))),
      2.5,
    ],
  })
}

function naive(volume: Volume<'int16'>): NaiveVolume {
  const voxels = new Map(
    Array.from(indicesOf(volume.shape), (index) => [
      index.join(),
      { value: volume.get(...index), position: volume.indexToWorld(index) },
    ]),
  )
  return { shape: volume.shape, code: volume.orientation, voxels }
}

function agree(volume: Volume<'int16'>, model: NaiveVolume): void {
  assert.deepEqual(volume.shape, model.shape)
  assert.equal(volume.orientation, model.code)
  for (const index of indicesOf(volume.shape)) {
    const expected = model.voxels.get(index.join())
    assert.equal(volume.get(...index), expected?.value)
    volume.indexToWorld(index).forEach((x, k) => {
      assert.ok(Math.abs(x - (expected?.position[k] as number)) < 1e-9)
    })
  }
}

type Random = ReturnType<typeof randomIntegers>
type Pair = readonly [Volume<'int16'>, NaiveVolume]

function shuffled(random: Random, count: number): number[] {
  const items = Array.from({ length: count }, (_, k) => k)
  for (let k = count - 1; k > 0; k--) {
    const other = random(0, k)
    ;[items[k], items[other]] = [items[other] as number, items[k] as number]
  }
  return items
}

function randomCode(random: Random): string {
  const letters = ['LR', 'PA', 'IS', 'Tt'].map((pair) => pair[random(0, 1)] as string)
  return shuffled(random, 4)
    .map((k) => letters[k])
    .join('')
}

function step([volume, model]: Pair, random: Random): Pair {
  const kind = random(0, 3)
  if (kind === 0) {
    const start = volume.shape.map((length) => random(0, Math.min(1, length - 1)))
    const shape = volume.shape.map((length, axis) =>
      random(Math.max(1, length - 2 - (start[axis] as number)), length - (start[axis] as number)),
    )
    return [
      random(0, 1) ? volume.view({ start, shape }) : volume.crop({ start, shape }),
      naiveView(model, start, shape),
    ]
  }
  if (kind === 1) {
    const axes = [0, 1, 2, 3].filter(() => random(0, 1) === 1)
    return [volume.flip(axes), naiveFlip(model, axes)]
  }
  if (kind === 2) {
    const axes = shuffled(random, 4)
    return [volume.permute(axes), naivePermute(model, axes)]
  }
  const code = randomCode(random)
  return [volume.flipToOrientation(code), naiveTurn(model, code)]
}

test('random chains of views, flips, permutations and turns agree with a plain list of voxels', () => {
  const root = numbered()
  const model = naive(root)
  for (let seed = 1; seed <= 300; seed++) {
    const random = randomIntegers(seed)
    let pair: Pair = [root, model]
    for (let k = 0; k < 5; k++) pair = step(pair, random)
    agree(...pair)
    checkPlace(pair[0])
  }
})

function checkPlace(view: Volume): void {
  const { parent } = view
  if (parent === null) {
    assert.ok(view.margins.flat().every((width) => width === 0))
    return
  }
  const again = parent
    .flipToOrientation(view.orientation)
    .view({ start: view.startInParent, shape: view.shape })
  assert.deepEqual([again.strides, again.offset], [view.strides, view.offset])
  assert.deepEqual(again.affine, view.affine)
  const whole = view.margins.map(([low, high], axis) => low + high + (view.shape[axis] as number))
  assert.deepEqual(whole, parent.flipToOrientation(view.orientation).shape)
}

test('a round trip through all orientations restores strides, offset, affine and place', () => {
  const view = numbered().view({ start: [1, 0, 2, 1], shape: [4, 3, 2, 1] })
  let volume = view
  for (const code of ['tASR', 'PITR', 'SALt', view.orientation]) volume = volume.flipToOrientation(code)
  assert.deepEqual([volume.strides, volume.offset, volume.shape], [view.strides, view.offset, view.shape])
  assert.deepEqual(
    [volume.affine, volume.margins, volume.startInParent],
    [view.affine, view.margins, view.startInParent],
  )
  assert.equal(volume.parent, view.parent)
})

test('a view reaches its parent and shares its memory', () => {
  const base = exampleBase()
  const view = base.view({ start: [1, 1, 2], shape: [2, 2, 2] })
  const inner = view.view({ start: [1, 0, 1] })
  assert.equal(view.parent, base)
  assert.equal(inner.root, base)
  assert.equal(base.root, base)
  assert.equal(base.parent, null)
  assert.deepEqual(inner.shape, [1, 2, 1])
  inner.set(-7, 0, 1, 0)
  assert.equal(base.get(2, 2, 3), -7)
})

test('indices reach into the parent, no further, also after a flip', () => {
  const view = exampleBase().view({ start: [1, 1, 2], shape: [2, 2, 2] })
  assert.equal(view.get(-1, 0, 0), 27)
  assert.equal(view.get(0, 2, 0), 34)
  assert.throws(() => view.get(2, 0, 0), refusal('OutOfBounds'))
  assert.throws(() => view.get(-2, 0, 0), refusal('OutOfBounds'))
  const flipped = view.flip([0])
  assert.equal(flipped.get(2, 0, 0), 27)
  assert.throws(() => flipped.get(-1, 0, 0), refusal('OutOfBounds'))
  assert.throws(() => exampleBase().get(-1, 0, 0), refusal('OutOfBounds'))
})

test('views that leave the volume and bad axes are refused', () => {
  const base = exampleBase()
  const outside = [
    { start: [0, 0, 1], shape: [3, 4, 5] },
    { start: [-1, 0, 0] },
    { start: [3, 0, 0] },
    { shape: [4, 1, 1] },
  ]
  for (const region of outside) assert.throws(() => base.view(region), refusal('OutOfBounds'))
  const bad = [
    { start: [0, 0] },
    { start: [0.5, 0, 0] },
    { shape: [0, 1, 1] },
    { size: [1, 1, 1] },
    { shape: [1, 1, Number.NaN] },
  ]
  for (const region of bad) assert.throws(() => base.view(region as object), refusal('InvalidArgument'))
  for (const axes of [[0, 1], [0, 0, 1], [0, 1, 3], [0, 1, 2, 3], 'xyz'])
    assert.throws(() => base.permute(axes as number[]), refusal('InvalidArgument'))
  for (const axes of [[3], [0, 0], [-1], 0])
    assert.throws(() => base.flip(axes as number[]), refusal('InvalidArgument'))
  for (const code of ['lpi', 'LLP', 'LI', 'LPIZ'])
    assert.throws(() => base.flipToOrientation(code), refusal('InvalidArgument'))
  assert.throws(() => base.get(0, 0), refusal('InvalidArgument'))
  assert.throws(() => base.get(0, 0, 0.5), refusal('InvalidArgument'))
})

test.run()
