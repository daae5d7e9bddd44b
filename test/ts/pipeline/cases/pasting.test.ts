import * as assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { deflateSync, gzipSync } from 'node:zlib'
import { monitor, pipe, threshold, Volume, VoxlineError } from '../../../../ts/index.ts'
import { madeSource } from '../../../support/made-source.ts'
import { noise } from '../../../support/naive-filters.ts'
import { refusal } from '../../../support/refusal.ts'
import { suite } from '../../../support/suite.ts'
import { temporaryFiles } from '../../../support/temporary.ts'

const test = suite('pipeline/cases/pasting')

const shape = [9, 8, 12]
const third = { start: [0, 0, 4], shape: [9, 8, 4] }

test('case 31: the middle third is pasted in one run, and the rest stays as it is', async () => {
  const file = temporaryFiles()
  const step = threshold({ below: 5, outsideValue: 3 })
  const seen = monitor(step)
  const source = madeSource(shape, 'int16', (x, y, z) => x + y + z - 4)
  const pipeline = pipe(source, step)
  const all = await pipeline.compute()
  seen.reset()
  await pipeline.write(file('new.nii'), { region: third, divisions: 1 })
  assert.deepEqual(seen.needed, [third])
  const expected = Volume.create({ shape, dtype: all.dtype })
  await expected.view(third).copyFrom(all.view(third))
  assert.ok(await (await Volume.read(file('new.nii'))).equals(expected))
  const old = noise(shape, all.dtype, { low: 20, high: 90 })
  await old.write(file('old.nii'))
  const before = readFileSync(file('old.nii'))
  await pipeline.write(file('old.nii'), { region: third })
  await old.view(third).copyFrom(all.view(third))
  assert.ok(await (await Volume.read(file('old.nii'))).equals(old))
  const after = readFileSync(file('old.nii'))
  const outside = (bytes: Buffer) => [bytes.subarray(0, 352 + 4 * 144), bytes.subarray(352 + 8 * 144)]
  assert.deepEqual([after.length, outside(after)], [before.length, outside(before)])
  await pipeline.write(file('packed.nii.gz'))
  await assert.rejects(pipeline.write(file('packed.nii.gz'), { region: third }), refusal('Unsupported'))
})

/** A compressed file with the voxels of a plain one of the same format. */
function packed(plain: Buffer, ending: '.mha' | '.nrrd'): Buffer {
  const voxels = plain.subarray(plain.length - shape.reduce((a, b) => a * b) * 2)
  const header = plain.subarray(0, plain.length - voxels.length).toString('latin1')
  const own =
    ending === '.nrrd'
      ? header.replace('encoding: raw', 'encoding: gzip')
      : header
          .replace(/CompressedData = \w+\n/, '')
          .replace('ElementDataFile', 'CompressedData = True\nElementDataFile')
  const pack = ending === '.nrrd' ? gzipSync : deflateSync
  return Buffer.concat([Buffer.from(own, 'latin1'), pack(voxels)])
}

test('case 33: NIfTI is written streamed or not, pasted or not, compressed or not, but never pasted and compressed', async () => {
  const source = madeSource(shape, 'int16', (x, y, z) => x - y * z)
  const pipeline = pipe(source, threshold({ below: 5 }))
  const all = await pipeline.compute()
  const found: number[] = []
  for (const divisions of [1, 4])
    for (const isPaste of [false, true])
      for (const ending of ['.nii', '.nii.gz']) {
        const file = temporaryFiles()
        const path = file(`a${ending}`)
        const options = { divisions, ...(isPaste && { region: third }) }
        found.push(
          await pipeline.write(path, options).then(
            () => 0,
            (error: unknown) => {
              if (error instanceof VoxlineError && error.code === 'Unsupported') return 1
              throw error
            },
          ),
        )
        await pipeline.write(path, { divisions, overwrite: true })
        assert.ok(await (await Volume.read(path)).equals(all))
      }
  assert.deepEqual(found, [0, 0, 0, 1, 0, 0, 0, 1])
})

for (const ending of ['.mha', '.nrrd'] as const)
  test(`case 33: a ${ending} file takes parts unless it is compressed, then a whole write works`, async () => {
    const file = temporaryFiles()
    const pipeline = pipe(
      madeSource(shape, 'int16', (x, y, z) => x - y * z),
      threshold({ below: 5 }),
    )
    const all = await pipeline.compute()
    await pipeline.write(file(`a${ending}`))
    writeFileSync(file(`packed${ending}`), packed(readFileSync(file(`a${ending}`)), ending))
    assert.ok(await (await Volume.read(file(`packed${ending}`))).equals(all))
    for (const divisions of [1, 4]) {
      await pipeline.write(file(`a${ending}`), { divisions, region: third })
      const before = readFileSync(file(`packed${ending}`))
      const refused = pipeline.write(file(`packed${ending}`), { divisions, region: third })
      await assert.rejects(refused, refusal('Unsupported'))
      assert.deepEqual(readFileSync(file(`packed${ending}`)), before)
      await pipeline.write(file(`a${ending}`), { divisions, overwrite: true })
    }
    await pipeline.write(file(`packed${ending}`), { divisions: 4, overwrite: true })
    assert.deepEqual(readFileSync(file(`packed${ending}`)), readFileSync(file(`a${ending}`)))
  })

test.run()
