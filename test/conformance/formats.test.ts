import * as assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { deflateSync, gzipSync } from 'node:zlib'
import { type DType, dtypes, formats, fromFile, median, pipe, Volume, VoxlineError } from '../../ts/index.ts'
import { noise } from '../support/naive-filters.ts'
import { suite } from '../support/suite.ts'
import { temporaryFiles } from '../support/temporary.ts'
import { isLong } from './decks.ts'

const test = suite('conformance/formats')
const suffixes = formats.flatMap(({ writes }) => writes)
const orders = ['LPI', 'RAS', 'SLP', 'AIR', 'PSR']

// An oblique place in the world.
const affine = [
  [1.9, -0.3, 0.2, -14.5],
  [0.4, 1.4, -0.5, 31.25],
  [-0.1, 0.6, 2.6, 7],
  [0, 0, 0, 1],
]

function sample(shape: readonly number[], dtype: DType, components: number): Volume {
  const values = noise(shape, dtype, { components })
  return Volume.wrap(values.data, { shape, components, ...(shape.length >= 3 && { affine }) })
}

// A refusal is an answer; everything else must come back as it was.
async function writes(volume: Volume, path: string, storage?: string): Promise<boolean> {
  try {
    await volume.write(path, { overwrite: true, ...(storage !== undefined && { storage }) })
    return true
  } catch (error) {
    if (error instanceof VoxlineError && error.code === 'Unsupported') return false
    throw error
  }
}

async function checkBack(volume: Volume, path: string, text: string): Promise<void> {
  const { orientation, shape } = volume
  const back = await Volume.read(path, { orientation })
  assert.ok(await back.equals(volume), `${text}: voxels`)
  // Columns of axes that the volume has not are nobody's.
  const columns = [0, 1, 2, 3].filter((column) => column === 3 || column < shape.length)
  const differences = [0, 1, 2].flatMap((row) =>
    columns.map((column) => Math.abs(back.affine[row]![column]! - volume.affine[row]![column]!)),
  )
  assert.ok(Math.max(...differences) < 1e-5, `${text}: affine differs by ${Math.max(...differences)}`)
  const region = { start: shape.map((n) => n >> 2), shape: shape.map((n) => Math.max(1, n >> 1)) }
  const part = await pipe(fromFile(path, { orientation })).compute({ region, divisions: 2 })
  assert.ok(await part.equals(volume.view(region)), `${text}: a region`)
}

for (const suffix of suffixes) {
  test(`${suffix}: every element type and number of components comes back in every order`, async () => {
    const file = temporaryFiles()
    let written = 0
    for (const dtype of dtypes)
      for (const components of [1, 2, 3, 4])
        for (const storage of orders) {
          const volume = sample([5, 3, 4], dtype, components)
          const text = `${suffix}, ${components} × ${dtype}, ${storage}`
          const isHeld = await writes(volume, file(`a${suffix}`), storage)
          assert.ok(isHeld || components > 1, `${text}: refused`)
          if (!isHeld) continue
          written++
          await checkBack(volume, file(`a${suffix}`), text)
          const found = await Volume.read(file(`a${suffix}`))
          assert.equal(found.storageOrientation, storage, text)
        }
    assert.ok(written >= dtypes.length * orders.length)
  })

  test(`${suffix}: volumes of one to five axes come back, also views of others`, async () => {
    const file = temporaryFiles()
    for (const shape of [[7], [5, 3], [1, 1, 1], [5, 1, 3], [5, 3, 4, 2], [3, 2, 4, 1, 2]]) {
      const volume = sample(shape, 'int16', 1)
      const flipped = volume.flip(shape.map((_, axis) => axis))
      for (const [k, one] of [volume, flipped].entries()) {
        if (await writes(one, file(`${k}${suffix}`)))
          await checkBack(one, file(`${k}${suffix}`), `${suffix} [${shape}]`)
        else assert.fail(`${suffix} [${shape}]: refused`)
      }
    }
  })
}

/** Small files of each kind, also kinds that are only read. */
async function wholeFiles(): Promise<Readonly<Record<string, Buffer>>> {
  const file = temporaryFiles()
  const volume = sample([3, 4, 2], 'int16', 1)
  const made: Record<string, Buffer> = {}
  for (const suffix of suffixes) {
    await volume.write(file(`a${suffix}`))
    made[`a${suffix}`] = readFileSync(file(`a${suffix}`))
  }
  const voxels = 3 * 4 * 2 * 2
  const { 'a.nrrd': nrrd, 'a.mha': mha } = made
  const compressed = (
    whole: Buffer,
    change: (text: string) => string,
    squeeze: (bytes: Buffer) => Buffer,
  ) => {
    const at = whole.length - voxels
    return Buffer.concat([
      Buffer.from(change(whole.toString('latin1', 0, at)), 'latin1'),
      squeeze(whole.subarray(at)),
    ])
  }
  if (nrrd)
    made['gz.nrrd'] = compressed(nrrd, (text) => text.replace('encoding: raw', 'encoding: gzip'), gzipSync)
  if (mha) {
    const isCompressed = (text: string) => text.replace(/CompressedData = \w+/, 'CompressedData = True')
    made['z.mha'] = compressed(mha, isCompressed, deflateSync)
  }
  return made
}

const files = await wholeFiles()

async function codeOf(work: Promise<unknown>): Promise<string> {
  return await work.then(
    () => 'none',
    (error: unknown) => (error instanceof VoxlineError ? error.code : `${error}`),
  )
}

for (const [name, whole] of Object.entries(files)) {
  test(`${name}: every truncation is a Format or Io error when voxels are read`, async () => {
    const file = temporaryFiles()
    writeFileSync(file(name), whole)
    assert.equal(await codeOf(Volume.read(file(name))), 'none')
    const wrong: string[] = []
    for (let end = 0; end < whole.length; end++) {
      writeFileSync(file(name), whole.subarray(0, end))
      const results = [
        await codeOf(Volume.read(file(name))),
        await codeOf(pipe(file(name), median()).compute()),
      ]
      if (isLong || end % 5 === 0) results.push(await codeOf(Volume.read(whole.subarray(0, end))))
      // Half of `LOCAL` names another file, which bytes have none beside them.
      const isCutName = /ElementDataFile = \w+$/.test(whole.toString('latin1', 0, end))
      const allowed = isCutName ? ['Format', 'Io', 'Unsupported'] : ['Format', 'Io']
      if (results.some((code) => !allowed.includes(code))) wrong.push(`${end}: ${results}`)
    }
    assert.deepEqual(wrong, [], `${name} has ${whole.length} bytes`)
  })
}

test.run()
