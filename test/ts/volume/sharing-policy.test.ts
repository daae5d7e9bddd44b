import * as assert from 'node:assert/strict'
import { counters, linear, pipe, Volume } from '../../../ts/index.ts'
import { noise } from '../../support/naive-filters.ts'
import { suite } from '../../support/suite.ts'
import { temporaryFiles } from '../../support/temporary.ts'

// What every call shares, row by row of the policy, for volumes that are copied at once and for volumes whose pages are shared.
const test = suite('volume/sharing-policy')
const file = temporaryFiles()
const small = [19, 7, 5]
const large = [190, 170, 70]
const shapes = [small, large]

const made = (shape: readonly number[]) => Volume.create({ shape, dtype: 'int16' })
const last = (volume: Volume) => volume.shape.map((length) => length - 1)
const live = () => counters().live

/** Checks that a write on either side is seen on the other, at the voxel that has these two indices. */
function checkShared(a: Volume, atA: readonly number[], b: Volume, atB: readonly number[], what: string) {
  a.set(101, ...atA)
  assert.equal(b.get(...atB), 101, what)
  b.set(102, ...atB)
  assert.equal(a.get(...atA), 102, what)
}

function checkApart(a: Volume, atA: readonly number[], b: Volume, atB: readonly number[], what: string) {
  const [before, other] = [a.get(...atA), b.get(...atB)]
  a.set(Number(before) + 1, ...atA)
  assert.equal(b.get(...atB), other, what)
  b.set(Number(other) + 7, ...atB)
  assert.equal(a.get(...atA), Number(before) + 1, what)
}

test('views, crops, flips, permutations, turns and handles take no memory and see each other’s writes', () => {
  for (const shape of shapes) {
    using volume = made(shape)
    const before = live()
    const [x, y, z] = last(volume) as [number, number, number]
    const ways: [string, Volume, readonly number[]][] = [
      ['view', volume.view({ start: [1, 1, 1] }), [x - 1, y - 1, z - 1]],
      ['crop', volume.crop({ start: [0, 1, 0] }), [x, y - 1, z]],
      ['flip', volume.flip([0, 2]), [0, y, 0]],
      ['permute', volume.permute([2, 0, 1]), [z, x, y]],
      ['flipToOrientation', volume.flipToOrientation('ASR'), [0, 0, 0]],
      ['handle', Volume.fromHandle(volume.handle(), { close: true }), [x, y, z]],
    ]
    assert.equal(live(), before)
    for (const [what, other, at] of ways) checkShared(volume, [x, y, z], other, at, what)
    for (const [, other] of ways) other.dispose()
  }
})

test('data and array() take no memory and see writes both ways', () => {
  for (const shape of shapes) {
    using volume = made(shape)
    const before = live()
    const { data } = volume
    const array = volume.array()
    assert.equal(live(), before)
    for (const each of [data, array.data]) {
      each[0] = 5
      assert.equal(volume.get(0, 0, 0), 5)
      volume.set(6, 0, 0, 0)
      assert.equal(each[0], 6)
    }
  }
})

test('wrap takes no memory and sees writes both ways', () => {
  const array = new Int16Array(190 * 170 * 70)
  const before = live()
  using volume = Volume.wrap(array, { shape: large })
  assert.equal(live(), before)
  array[1] = 4
  assert.equal(volume.get(1, 0, 0), 4)
  volume.set(5, 1, 0, 0)
  assert.equal(array[1], 5)
})

test('two shared maps of one file take no memory and see each other’s writes', async () => {
  await made(small).write(file('map.nii'))
  const before = live()
  using one = Volume.map(file('map.nii'), { mode: 'r+' })
  using other = Volume.map(file('map.nii'), { mode: 'r+' })
  checkShared(one, [1, 2, 3], other, [1, 2, 3], 'map')
  assert.equal(live(), before)
})

test('copy, read, compute and a turn with layout are all new memory, and private', async () => {
  for (const shape of shapes) {
    using volume = made(shape)
    await volume.write(file('copied.nii'), { overwrite: true })
    const ways: Record<string, () => Promise<Volume>> = {
      copy: () => volume.copy(),
      compute: () => pipe(volume, linear({ shift: 0, dtype: 'int16' })).compute(),
      'compute without steps': () => pipe(volume).compute(),
      layout: () => volume.flipToOrientation('LPI', { layout: 'RAS' }),
      read: () => Volume.read(file('copied.nii')),
    }
    for (const [what, make] of Object.entries(ways)) {
      using other = await make()
      assert.notEqual(other.data.buffer, volume.data.buffer, what)
      checkApart(volume, [0, 0, 0], other, [0, 0, 0], what)
    }
  }
})

test('compute into a volume takes none of the result’s memory, and its views see what is written', async () => {
  using source = noise(small, 'int16', { low: 0, high: 99 })
  using target = made([21, 9, 7])
  const inside = target.view({ start: [1, 1, 1], shape: small })
  const flipped = target.flip([0])
  const { data } = target
  const result = await pipe(source, linear({ shift: 3, dtype: 'int16' })).compute({ into: inside })
  assert.equal(result, inside)
  for (const [i, j, k] of [
    [0, 0, 0],
    [18, 6, 4],
    [5, 3, 2],
  ] as const) {
    const value = (source.get(i, j, k) as number) + 3
    assert.equal(flipped.get(20 - (i + 1), j + 1, k + 1), value)
    assert.equal(data[i + 1 + 21 * (j + 1) + 21 * 9 * (k + 1)], value)
  }
  assert.equal(target.get(0, 0, 0), 0)
})

test('a snapshot is private to either side; views stay with the side they are of, arrays given out before too', () => {
  for (const shape of shapes) {
    using volume = made(shape)
    const { data } = volume
    const early = volume.flip([0])
    const before = live()
    using taken = volume.snapshot()
    const cost = live() - before
    if (shape === large) assert.ok(cost < volume.byteLength / 4, `${cost} bytes`)
    const late = volume.view({ start: [1, 0, 0] })
    const theirs = taken.flip([1])
    const [x, y] = last(volume) as [number, number]
    volume.set(11, 1, 0, 0)
    taken.set(12, 1, 0, 0)
    assert.deepEqual([early.get(x - 1, 0, 0), late.get(0, 0, 0), data[1]], [11, 11, 11])
    assert.deepEqual([theirs.get(1, y, 0), taken.data[1]], [12, 12])
  }
})

test('snapshots of wrapped arrays and shared maps are copied at once, those of other maps share the file’s pages', async () => {
  await made(large).write(file('large.nii'), { overwrite: true })
  const bytes = made(large).byteLength
  const sources: [string, boolean, Volume][] = [
    ['wrapped', true, Volume.wrap(new Int16Array(bytes / 2), { shape: large })],
    ['r+', true, Volume.map(file('large.nii'), { mode: 'r+' })],
    ['r', false, Volume.map(file('large.nii'), { mode: 'r' })],
    ['c', false, Volume.map(file('large.nii'), { mode: 'c' })],
  ]
  for (const [what, isCopied, source] of sources) {
    const before = live()
    using taken = source.snapshot()
    assert.equal(live() - before >= bytes, isCopied, what)
    taken.set(3, 4, 5, 6)
    assert.equal(source.get(4, 5, 6), 0, what)
    source.dispose()
    assert.equal(taken.get(4, 5, 6), 3, what)
  }
})

test('edit is in place on the same volume when nobody shares it, else on a copy that nobody else sees', () => {
  for (const shape of shapes) {
    const volume = made(shape)
    const before = live()
    const change = (array: { [k: number]: number }) => {
      array[0] = (array[0] as number) + 1
    }
    assert.equal(volume.edit(change), volume)
    assert.equal(live(), before)
    const view = volume.view({})
    const edited = volume.edit(change)
    assert.notEqual(edited, volume)
    assert.deepEqual([volume.get(0, 0, 0), view.get(0, 0, 0), edited.get(0, 0, 0)], [1, 1, 2])
    checkApart(volume, [1, 1, 1], edited, [1, 1, 1], 'edit')
    for (const each of [volume, view, edited]) each.dispose()
  }
})

test('a run holds its input, also when it is disposed or edited meanwhile; isolated it sees nothing of later writes', async () => {
  using volume = made(large)
  await volume.fill(3)
  const shared = pipe(volume, linear({ shift: 1 })).compute()
  const edited = volume.edit((array) => {
    array[0] = 50
  })
  assert.notEqual(edited, volume)
  using result = await shared
  assert.deepEqual([result.get(0, 0, 0), result.get(...last(result))], [4, 4])
  const isolated = pipe(volume, linear({ shift: 1 })).compute({ isolate: true })
  volume.data.fill(60)
  using apart = await isolated
  assert.deepEqual([apart.get(0, 0, 0), apart.get(...last(apart))], [4, 4])
  const orphan = made(large)
  await orphan.fill(8)
  const running = pipe(orphan, linear({ shift: 1 })).compute()
  orphan.dispose()
  using late = await running
  assert.deepEqual([late.get(0, 0, 0), late.get(...last(late))], [9, 9])
})

test('an aborted run holds its input until it has settled, and lets it go then', async () => {
  const before = live()
  const volume = made(large)
  const controller = new AbortController()
  const running = pipe(volume, linear({ shift: 1 })).compute({ signal: controller.signal })
  controller.abort(new Error('enough'))
  volume.dispose()
  await assert.rejects(running, /enough/)
  assert.equal(live(), before)
})

test('every volume has a header of its own, whatever it shares', async () => {
  const volume = made(small)
  volume.header = { description: 'first' }
  const others = [
    volume.view({}),
    volume.flip([0]),
    volume.flipToOrientation('ASR'),
    Volume.fromHandle(volume.handle(), { close: true }),
    volume.snapshot(),
    await volume.copy(),
  ]
  for (const [k, other] of others.entries()) {
    assert.equal(other.header.description, 'first')
    other.header = { description: `other ${k}` }
  }
  assert.equal(volume.header.description, 'first')
  assert.deepEqual(
    others.map(({ header }) => header.description),
    others.map((_, k) => `other ${k}`),
  )
})

test.run()
