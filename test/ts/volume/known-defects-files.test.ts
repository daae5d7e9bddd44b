import * as assert from 'node:assert/strict'
import { chmodSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { clamp, counters, pipe, type ReadOptions, Volume } from '../../../ts/index.ts'
import { indicesOf } from '../../support/example-volume.ts'
import { noise } from '../../support/naive-filters.ts'
import { refusal } from '../../support/refusal.ts'
import { suite } from '../../support/suite.ts'
import { temporaryFiles } from '../../support/temporary.ts'

// Defects of reading, writing and mapping that other libraries have been seen with, by number.
const test = suite('volume/known-defects-files')
const shape = [19, 7, 5]
const codes = ['LPI', 'RAS', 'ASR', 'IRP', 'storage']

async function files(volume: Volume): Promise<(name: string) => string> {
  const file = temporaryFiles()
  await volume.write(file('a.nii'), { storage: 'PSR' })
  await volume.write(file('a.nii.gz'), { storage: 'PSR' })
  return file
}

const original = noise(shape, 'int16', { low: 1, high: 999, spacing: [0.5, 1.25, 2] })

function checkPlaces(volume: Volume, what: string): void {
  for (const index of indicesOf(volume.shape)) {
    const there = original.worldToIndex(volume.indexToWorld(index)).map(Math.round)
    assert.equal(volume.get(...index), original.get(...there), `${what} ${index}`)
  }
}

test('6: the storage mapping of a view leads from voxels of the file to its own, whatever it went through', async () => {
  const file = await files(original)
  const whole = await Volume.read(file('a.nii'), { orientation: 'storage' })
  const read = await Volume.read(file('a.nii'))
  const view = read.view({ start: [3, 1, 2], shape: [9, 4, 2] })
  const part = await Volume.read(file('a.nii'), { region: { start: [3, 1, 2], shape: [9, 4, 2] } })
  for (const one of [view, view.flipToOrientation('IRP'), await view.copy(), view.snapshot(), part]) {
    const mapping = one.storageMapping as number[][]
    let count = 0
    for (const voxel of indicesOf(whole.shape)) {
      const index = mapping.slice(0, 3).map((row) => row.reduce((sum, x, k) => sum + x * (voxel[k] ?? 1), 0))
      if (index.some((i, axis) => i < 0 || i >= (one.shape[axis] as number))) continue
      assert.equal(one.get(...index), whole.get(...voxel))
      count++
    }
    assert.equal(count, one.size)
  }
})

test('6: a part that was read lies where it lies in the whole, also once written', async () => {
  const file = await files(original)
  const region = { start: [3, 1, 2], shape: [9, 4, 2] }
  for (const name of ['a.nii', 'a.nii.gz']) {
    const part = await Volume.read(file(name), { region })
    checkPlaces(part, name)
    assert.deepEqual(part.header.sform?.affine, part.affine)
    await part.write(file('part.nii'), { overwrite: true })
    const again = await Volume.read(file('part.nii'))
    assert.ok(await again.equals(part))
    checkPlaces(again, `${name}, written and read`)
  }
})

test('7: the orientation asked for is that of the result, with regions, margins, layouts and maps', async () => {
  const file = await files(original)
  for (const orientation of codes) {
    const code = orientation === 'storage' ? 'PSR' : orientation
    const { shape: extent } = original.flipToOrientation(code)
    const region = { start: [1, 2, 1], shape: extent.map((length) => length - 3) }
    const ways: ReadOptions[] = [{}, { region }, { margin: 2 }, { region, margin: [1, 2, 0] }]
    for (const name of ['a.nii', 'a.nii.gz'])
      for (const way of [...ways, ...ways.map((each) => ({ ...each, layout: 'IPL' }))]) {
        const volume = await Volume.read(file(name), { orientation, ...way })
        assert.equal(volume.orientation, code)
        checkPlaces(volume, JSON.stringify({ name, orientation, ...way }))
      }
    for (const mode of ['r', 'c', 'r+'] as const) {
      const map = Volume.map(file('a.nii'), { orientation, mode })
      assert.equal(map.orientation, code)
      checkPlaces(map, `${mode} ${orientation}`)
      map.dispose()
    }
  }
})

test('8: a part of a flipped volume goes to its own place in a file that is there', async () => {
  const file = await files(original)
  const [before, header] = [readFileSync(file('a.nii')), 352]
  for (const code of ['RAS', 'ASR', 'IPL']) {
    const wanted = noise([5, 3, 2], 'int16', { low: 2000, high: 3000 })
    const map = Volume.map(file('a.nii'), { mode: 'r+' })
    await map.copyFrom(wanted.flipToOrientation(code), [4, 2, 1])
    await pipe(wanted.flipToOrientation('LPI'), clamp({ high: 2500 })).compute({
      into: map.view({ start: [11, 3, 2], shape: [5, 3, 2] }),
    })
    map.dispose()
    const now = await Volume.read(file('a.nii'))
    for (const [i, j, k] of indicesOf(shape) as Iterable<[number, number, number]>) {
      const [a, b] = [
        [i - 4, j - 2, k - 1],
        [i - 11, j - 3, k - 2],
      ] as const
      const isIn = (at: readonly number[]) => at.every((x, axis) => x >= 0 && x < ([5, 3, 2][axis] as number))
      const expected = isIn(b)
        ? Math.min(2500, wanted.get(...b) as number)
        : isIn(a)
          ? wanted.get(...a)
          : original.get(i, j, k)
      assert.equal(now.get(i, j, k), expected, `${code} ${i} ${j} ${k}`)
    }
  }
  assert.ok(before.subarray(0, header).equals(readFileSync(file('a.nii')).subarray(0, header)))
})

test('8: what cannot be written in part is refused with the reason, and the file is as it was', async () => {
  const file = await files(original)
  for (const name of ['a.nii.gz', 'a.nii']) {
    const before = readFileSync(file(name))
    const part = original.flipToOrientation('ASR').view({ start: [1, 1, 1], shape: [2, 2, 2] })
    await assert.rejects(part.write(file(name)), (error: Error) => {
      assert.match(error.message, /exists already/)
      return refusal('Io')(error)
    })
    if (name.endsWith('.gz'))
      assert.throws(
        () => Volume.map(file(name), { mode: 'r+' }),
        (error: Error) => {
          assert.match(error.message, /compressed/)
          return refusal('Unsupported')(error)
        },
      )
    assert.ok(before.equals(readFileSync(file(name))))
  }
})

test('11: no property of a volume, and nothing in its header, can give it another size', () => {
  const volume = noise(shape, 'int16')
  for (const name of ['shape', 'strides', 'offset', 'dtype', 'size', 'affine', 'spacing'] as const)
    assert.throws(() => Object.assign(volume, { [name]: [1, 2, 3] }), TypeError)
  const size = { shape: [99, 99, 99], dim: [3, 99, 99, 99], sizeX: 99 }
  volume.header = { ...volume.header, ...(size as object) }
  assert.deepEqual([volume.shape, volume.data.length], [shape, 665])
  assert.throws(() => volume.get(19, 0, 0), refusal('OutOfBounds'))
})

test('11: a NIfTI file is mapped, page for page, and what is written to a shared map is in the file', async () => {
  const file = await files(original)
  const { mapped, live } = counters()
  for (const mode of ['r', 'c', 'r+'] as const) {
    const map = Volume.map(file('a.nii'), { mode })
    const more = counters()
    assert.deepEqual([more.mapped - mapped, more.live - live], [original.byteLength, 0], mode)
    const before = readFileSync(file('a.nii'))
    if (mode === 'r') assert.throws(() => map.set(5, 0, 0, 0), refusal('Unsupported'))
    else map.set(5, 18, 6, 4)
    map.data[0] = 1234
    map.dispose()
    const isSame = before.equals(readFileSync(file('a.nii')))
    assert.equal(isSame, mode !== 'r+', mode)
  }
  const now = await Volume.read(file('a.nii'), { orientation: 'storage' })
  assert.deepEqual([now.data[0], now.flipToOrientation('LPI').get(18, 6, 4)], [1234, 5])
  assert.equal(counters().mapped, mapped)
})

/** Does it as somebody who is not root, for whom files may be read-only. */
function asUser(work: () => void): void {
  const user = process.geteuid?.()
  if (user === 0) process.seteuid?.(65534)
  try {
    work()
  } finally {
    if (user === 0) process.seteuid?.(user)
  }
}

test('11: a file that cannot be written to is refused as a shared map', async () => {
  const file = await files(original)
  chmodSync(dirname(file('a.nii')), 0o755)
  chmodSync(file('a.nii'), 0o444)
  asUser(() => {
    assert.throws(() => Volume.map(file('a.nii'), { mode: 'r+' }), refusal('Io'))
    checkPlaces(Volume.map(file('a.nii'), { mode: 'c' }), 'c')
  })
})

test('11: a map that cannot be is refused with the reason, never read into memory instead', async () => {
  const file = await files(original)
  const { live } = counters()
  for (const mode of ['r', 'c', 'r+'] as const)
    assert.throws(() => Volume.map(file('a.nii.gz'), { mode }), refusal('Unsupported'))
  assert.throws(() => Volume.map(file('none.nii')), refusal('Io'))
  assert.equal(counters().live, live)
})

test.run()
