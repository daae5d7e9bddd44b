import * as assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { type ReadOptions, Volume } from '../../../ts/index.ts'
import { affines, checkExample, mappings } from '../../support/example-checks.ts'
import { suite } from '../../support/suite.ts'
import { temporaryFiles } from '../../support/temporary.ts'

// Worked examples 9, 10, 13 and 17 to 19 of the volume specification, and what the others are as files.
const test = suite('volume/examples-in-files')
const file = temporaryFiles()
const shape = [3, 4, 5]
const formats = ['.nii', '.nii.gz', '.mha', '.nrrd']

const base = Volume.wrap<'int16'>(
  Int16Array.from({ length: 60 }, (_, i) => i),
  { shape, affine: affines.LPI },
)

async function fileOf(ending: string): Promise<string> {
  const path = file(`base${ending}`)
  await base.write(path, { storage: 'RAS', overwrite: true })
  return path
}

async function read(ending: string, options: ReadOptions = {}): Promise<Volume<'int16'>> {
  return (await Volume.read(await fileOf(ending), options)) as Volume<'int16'>
}

const valuesAround = [
  [[-1, 0, 0], 27],
  [[0, 0, -1], 16],
  [[0, 2, 0], 34],
  [[2, 0, 0], 0],
] as const
const region = { start: [1, 1, 2], shape: [2, 2, 2] }

async function checkPart(volume: Volume<'int16'>, strides: readonly number[], offset: number): Promise<void> {
  checkExample(volume, { shape: [2, 2, 2], strides, offset })
  const view = (await read('.nii')).view(region)
  assert.ok(await volume.equals(view, { geometry: true }))
  assert.deepEqual(volume.storageMapping, view.storageMapping)
  assert.deepEqual(volume.origin, [89, 89, 103])
}

for (const ending of formats) {
  test(`${ending}: 9 is read with layout ASR`, async () => {
    checkExample(await read(ending, { layout: 'ASR' }), {
      shape,
      strides: [-20, -1, -4],
      offset: 59,
      at: [1, 2, 3],
      affine: affines.LPI,
      memory: 'ASR',
      mapping: mappings.LPI,
    })
  })

  test(`${ending}: 13 is read in LPI over memory as stored, or in storage order`, async () => {
    const volume = await read(ending)
    checkExample(volume, {
      shape,
      strides: [-1, -3, -12],
      offset: 59,
      at: [1, 2, 3],
      affine: affines.LPI,
      memory: 'RAS',
      mapping: mappings.LPI,
    })
    assert.equal(volume.data[0], 59)
    checkExample(await read(ending, { orientation: 'storage' }), {
      shape,
      strides: [1, 3, 12],
      offset: 0,
      at: [1, 1, 1],
      affine: affines.RAS,
      mapping: mappings.RAS,
    })
  })

  test(`${ending}: 17 is the region alone`, async () => {
    const volume = await read(ending, { region })
    await checkPart(volume, [-1, -2, -4], 7)
    assert.deepEqual([...volume.data], [44, 43, 41, 40, 32, 31, 29, 28])
  })

  test(`${ending}: 18 and 19 are the region with a margin, in three memory orders`, async () => {
    const orders = [
      [undefined, [-1, -4, -16], 42],
      ['ASR', [-16, -1, -4], 42],
      ['LPI', [1, 4, 16], 21],
    ] as const
    for (const [layout, strides, offset] of orders) {
      const volume = await read(ending, { region, margin: 1, ...(layout && { layout }) })
      await checkPart(volume, strides, offset)
      for (const [index, value] of valuesAround) assert.equal(volume.get(...index), value)
      const one = [1, 1]
      assert.deepEqual(volume.margins, [one, one, one])
    }
  })
}

test('written after any of 1 to 6 and 10, or moved in memory, the file is the same', async () => {
  const bytes = readFileSync(await fileOf('.nii'))
  const volume = await read('.nii', { layout: 'LPI' })
  const same = async (one: Volume, what: string) => {
    await one.write(file('again.nii'), { overwrite: true })
    assert.ok(bytes.equals(readFileSync(file('again.nii'))), what)
  }
  for (const code of ['LPI', 'ASR', 'RAS', 'RPI', 'IPL', 'LIP']) {
    await same(volume.flipToOrientation(code), code)
    await same(await volume.flipToOrientation(code, { layout: 'LIA' }), `${code} in LIA`)
    await same(await volume.flipToOrientation(code).copy(), `copy in ${code}`)
    await same(volume.flipToOrientation(code).snapshot(), `snapshot in ${code}`)
  }
})

test('four axes in tASR are written as the file they came from', async () => {
  const values = Int16Array.from({ length: 120 }, (_, i) => i)
  const four = Volume.wrap(values, { shape: [3, 4, 5, 2], affine: affines.LPI, spacing: [1, 2, 3, 2.5] })
  await four.write(file('four.nii'), { storage: 'RAS' })
  const volume = await Volume.read(file('four.nii'), { layout: 'LPI' })
  const turned = volume.flipToOrientation('tASR')
  assert.deepEqual([turned.strides, turned.offset], [[-60, -3, -12, -1], 119])
  assert.equal(turned.get(1, 1, 1, 1), volume.get(1, 2, 3, 0))
  await turned.write(file('four again.nii'))
  assert.ok(readFileSync(file('four.nii')).equals(readFileSync(file('four again.nii'))))
})

test.run()
