import * as assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { clamp, edgeMap, fromFile, gaussian, median, pipe, Volume } from '../../../ts/index.ts'
import { noise } from '../../support/naive-filters.ts'
import { refusal } from '../../support/refusal.ts'
import { suite } from '../../support/suite.ts'
import { temporaryFiles } from '../../support/temporary.ts'

const test = suite('pipeline/write')
const shape = [19, 7, 5]

test('a pipeline of a file equals that of the volume read from it', async () => {
  const file = temporaryFiles()
  const volume = noise(shape, 'int16', { spacing: [0.7, 1.3, 2.1] })
  for (const name of ['a.nii', 'a.nii.gz']) {
    await volume.write(file(name))
    const steps = [gaussian(), clamp({ low: 0 })]
    const expected = await pipe(await Volume.read(file(name)), ...steps).compute()
    for (const divisions of [1, 4]) {
      const made = await pipe(file(name), ...steps).compute({ divisions })
      assert.ok(await made.equals(expected, { geometry: true }), `${name} in ${divisions}`)
    }
    const bytes = await pipe(readFileSync(file(name)), ...steps).compute()
    assert.ok(await bytes.equals(expected, { geometry: true }), `bytes of ${name}`)
  }
})

test('writing streams to a file that reads back as the computed volume', async () => {
  const file = temporaryFiles()
  const volume = noise(shape, 'int16', { spacing: [0.7, 1.3, 2.1] })
  await volume.write(file('in.nii.gz'))
  const pipeline = pipe(file('in.nii.gz'), edgeMap({ below: 3 }))
  const expected = await pipeline.compute()
  for (const [name, divisions] of [
    ['a.nii', 1],
    ['b.nii', 4],
    ['c.nii.gz', 1],
    ['d.nii.gz', 5],
  ] as const) {
    await pipeline.write(file(name), { divisions })
    assert.ok(await (await Volume.read(file(name))).equals(expected, { geometry: true }), name)
  }
  assert.deepEqual(readFileSync(file('a.nii')), readFileSync(file('b.nii')))
  assert.deepEqual(readFileSync(file('c.nii.gz')), readFileSync(file('d.nii.gz')))
})

test('writing keeps the order of the file, or takes the one asked for', async () => {
  const file = temporaryFiles()
  const turned = noise([5, 19, 7], 'uint8').flipToOrientation('ARS')
  await turned.write(file('in.nii'))
  const stored = (await Volume.read(file('in.nii'))).storageOrientation
  await pipe(file('in.nii'), median()).write(file('same.nii'))
  assert.equal((await Volume.read(file('same.nii'))).storageOrientation, stored)
  await pipe(file('in.nii'), median()).write(file('lpi.nii'), { storage: 'RAS' })
  const made = await Volume.read(file('lpi.nii'))
  assert.equal(made.storageOrientation, 'RAS')
  assert.ok(await made.equals(await pipe(file('in.nii'), median()).compute(), { geometry: true }))
})

test('a target that exists is replaced only when asked', async () => {
  const file = temporaryFiles({ 'out.nii': 'mine' })
  const pipeline = pipe(noise(shape, 'uint8'), median())
  await assert.rejects(pipeline.write(file('out.nii')), refusal('Io'))
  assert.equal(readFileSync(file('out.nii'), 'utf8'), 'mine')
  await pipeline.write(file('out.nii'), { overwrite: true })
  assert.ok(await (await Volume.read(file('out.nii'))).equals(await pipeline.compute()))
  await assert.rejects(pipeline.write(file('out.xyz')), refusal('Unsupported'))
  await assert.rejects(
    pipeline.write(file('b.nii'), { compression: 3 }),
    refusal('InvalidArgument', 'write.compression'),
  )
})

test('a file may be indexed otherwise, cropped and left unscaled', async () => {
  const file = temporaryFiles()
  const volume = noise(shape, 'int16')
  await volume.write(file('a.nii'), { storage: 'RAS' })
  const options = { orientation: 'SRA', region: { start: [1, 2, 0], shape: [3, 5, 7] } }
  const read = await Volume.read(file('a.nii'), options)
  const made = await pipe(fromFile(file('a.nii'), options), median()).compute({ divisions: 2 })
  assert.ok(await made.equals(await pipe(read, median()).compute(), { geometry: true }))
  assert.throws(() => fromFile(file('a.nii'), { layout: 'RAS' } as object), refusal('InvalidArgument'))
})

test('information is read without voxels', async () => {
  const file = temporaryFiles()
  const volume = noise(shape, 'int16', { spacing: [0.7, 1.3, 2.1] })
  await volume.write(file('a.nii.gz'))
  const info = await pipe(file('a.nii.gz'), gaussian()).info()
  assert.deepEqual([info.shape, info.dtype, info.components], [shape, 'float32', 1])
  assert.ok(info.geometry.spacing.every((s, axis) => Math.abs(s - [0.7, 1.3, 2.1][axis]) < 1e-6))
})

test.run()
