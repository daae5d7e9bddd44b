import * as assert from 'node:assert/strict'
import { readFileSync, statSync } from 'node:fs'
import { cast, dtypes, fromFile, pipe, Volume } from '../../../ts/index.ts'
import { fieldOf, noise, stored } from '../../support/naive-filters.ts'
import { refusal } from '../../support/refusal.ts'
import { suite } from '../../support/suite.ts'
import { temporaryFiles } from '../../support/temporary.ts'

const test = suite('pipeline/create-volume-io')
const shape = [19, 7, 5]

/** A NIfTI file whose header says slope 2 and intercept -3. */
async function scaledFile(path: string, volume: Volume): Promise<void> {
  await volume.write(path)
  const bytes = readFileSync(path)
  bytes.writeFloatLE(2, 112)
  bytes.writeFloatLE(-3, 116)
  const { writeFileSync } = await import('node:fs')
  writeFileSync(path, bytes)
}

test('every element type goes to a file and back', async () => {
  const file = temporaryFiles()
  for (const dtype of dtypes) {
    const volume = noise(shape, dtype, { spacing: [0.5, 1.25, 2] })
    for (const name of [`${dtype}.nii`, `${dtype}.nii.gz`]) {
      await volume.write(file(name))
      const read = await Volume.read(file(name))
      assert.ok(await read.equals(volume), name)
      assert.deepEqual([read.dtype, read.spacing], [dtype, volume.spacing])
      assert.ok(await (await Volume.read(readFileSync(file(name)))).equals(volume), `bytes of ${name}`)
    }
  }
})

test('a region in any orientation and memory order is the view of the whole', async () => {
  const file = temporaryFiles()
  const volume = noise(shape, 'int16')
  for (const name of ['a.nii', 'a.nii.gz']) {
    await volume.write(file(name), { storage: 'PSR' })
    for (const orientation of ['LPI', 'RAS', 'SLA', 'storage']) {
      const whole = await Volume.read(file(name), { orientation })
      const region = { start: [1, 2, 1], shape: [3, 2, 4] }
      for (const layout of [undefined, 'RAS', 'IPL']) {
        const part = await Volume.read(file(name), { orientation, region, ...(layout && { layout }) })
        assert.ok(
          await part.equals(whole.view(region), { geometry: true }),
          `${name} ${orientation} ${layout}`,
        )
        if (layout) assert.equal(part.memoryOrientation, layout)
      }
    }
  }
})

test('a margin is read where the file has voxels and is zero elsewhere', async () => {
  const file = temporaryFiles()
  const volume = noise(shape, 'int16', { low: 1, high: 99 })
  await volume.write(file('a.nii'), { storage: 'RAS' })
  const region = { start: [17, 0, 2], shape: [2, 3, 2] }
  const part = await Volume.read(file('a.nii'), { region, margin: [1, 2, 1] })
  assert.deepEqual(part.shape, region.shape)
  const at = (i: number, j: number, k: number) => {
    const [x, y, z] = [i + 17, j, k + 2]
    return x < 19 && y >= 0 && y < 7 && z >= 0 && z < 5 ? volume.get(x, y, z) : 0
  }
  for (let k = -1; k < 3; k++)
    for (let j = -2; j < 5; j++)
      for (let i = -1; i < 3; i++) assert.equal(part.get(i, j, k), at(i, j, k), `${i} ${j} ${k}`)
})

test('values are scaled unless they are wanted as stored, and converted once', async () => {
  const file = temporaryFiles()
  const volume = noise(shape, 'int16')
  await scaledFile(file('a.nii'), volume)
  const values = fieldOf(volume).values
  const real = await Volume.read(file('a.nii'))
  assert.equal(real.dtype, 'float32')
  assert.deepEqual(
    fieldOf(real).values,
    values.map((x) => 2 * x - 3),
  )
  const raw = await Volume.read(file('a.nii'), { scale: false })
  assert.deepEqual([raw.dtype, fieldOf(raw).values], ['int16', values])
  const bytes = await Volume.read(file('a.nii'), { dtype: 'uint8' })
  assert.deepEqual(
    fieldOf(bytes).values,
    values.map((x) => stored('uint8', 2 * x - 3)),
  )
  const piped = await pipe(file('a.nii'), cast({ dtype: 'int32' })).compute()
  assert.deepEqual(
    fieldOf(piped).values,
    values.map((x) => 2 * x - 3),
  )
  const unscaled = await pipe(fromFile(file('a.nii'), { scale: false })).compute()
  assert.ok(await unscaled.equals(volume))
})

test('a pipeline without steps copies stored values and their scaling', async () => {
  const file = temporaryFiles()
  const volume = noise(shape, 'int16')
  await scaledFile(file('a.nii'), volume)
  await pipe(file('a.nii')).write(file('b.nii.gz'))
  const raw = await Volume.read(file('b.nii.gz'), { scale: false })
  assert.equal(raw.dtype, 'int16')
  assert.ok(await raw.equals(volume))
  assert.ok(await (await Volume.read(file('b.nii.gz'))).equals(await Volume.read(file('a.nii'))))
  const info = await pipe(file('a.nii')).info()
  assert.equal(info.dtype, 'float32')
})

test('a flipped volume, a view and a copy are written as the same file', async () => {
  const file = temporaryFiles()
  await noise(shape, 'int16', { spacing: [0.5, 1.25, 2] }).write(file('a.nii'), { storage: 'RAS' })
  const volume = await Volume.read(file('a.nii'))
  const bytes = readFileSync(file('a.nii'))
  for (const [name, other] of [
    ['b', volume],
    ['c', volume.flipToOrientation('ASR')],
    ['d', await volume.copy()],
  ] as const) {
    await other.write(file(`${name}.nii`))
    assert.ok(bytes.equals(readFileSync(file(`${name}.nii`))), name)
  }
})

test('an unallocated volume is written as zeros', async () => {
  const file = temporaryFiles()
  const volume = Volume.describe({ shape, dtype: 'int16', spacing: [0.5, 1.25, 2] })
  await volume.write(file('a.nii'))
  assert.equal(statSync(file('a.nii')).size, 352 + 19 * 7 * 5 * 2)
  const read = await Volume.read(file('a.nii'))
  assert.ok(await read.equals(volume.allocate(), { geometry: true }))
})

test('a file is mapped where it lies', async () => {
  const file = temporaryFiles()
  const volume = noise(shape, 'int16')
  await volume.write(file('a.nii'), { storage: 'RAS' })
  const mapped = Volume.map(file('a.nii'))
  assert.ok(await mapped.equals(volume))
  const shared = Volume.map(file('a.nii'), { mode: 'r+', orientation: 'RAS' })
  const value = (volume.get(18, 6, 4) as number) + 1
  shared.set(value, 0, 0, 0)
  shared.dispose()
  mapped.dispose()
  assert.equal((await Volume.read(file('a.nii'))).get(18, 6, 4), value)
  await volume.write(file('b.nii.gz'))
  assert.throws(() => Volume.map(file('b.nii.gz')), refusal('Unsupported'))
  assert.throws(() => Volume.map(file('a.nii'), { mode: 'w' as 'r' }), refusal('InvalidArgument', 'map.mode'))
})

test('what cannot be read is refused', async () => {
  const file = temporaryFiles()
  await noise(shape, 'int16').write(file('a.nii'))
  await assert.rejects(Volume.read(file('none.nii')), refusal('Io'))
  await assert.rejects(
    Volume.read(file('a.nii'), { dtype: 'float16' as 'uint8' }),
    refusal('InvalidArgument', 'read.dtype'),
  )
  await assert.rejects(
    Volume.read(file('a.nii'), { colour: 1 } as object),
    refusal('InvalidArgument', 'read.colour'),
  )
  await assert.rejects(
    Volume.read(file('a.nii'), { region: { start: [0, 0, 5], shape: [1, 1, 1] } }),
    refusal('OutOfBounds'),
  )
  const reason = new Error('no')
  await assert.rejects(Volume.read(file('a.nii'), { signal: AbortSignal.abort(reason) }), reason)
})

test.run()
