import * as assert from 'node:assert/strict'
import { closeSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs'
import { type DType, flip, pipe, Volume, VoxlineError } from '../../../ts/index.ts'
import { noise } from '../../support/naive-filters.ts'
import { niftiFile } from '../../support/nifti-fixtures.ts'
import { suite } from '../../support/suite.ts'
import { temporaryFiles } from '../../support/temporary.ts'

// Where integers lie in memory as they do in a plain file, they go straight from one to the other.
const test = suite('pipeline/direct-moves')
const file = temporaryFiles()

// Several parts of 4 MiB, none of which a row divides.
const shape = [211, 101, 107]

const bytesOf = ({ data }: Volume) => Buffer.from(data.buffer, data.byteOffset, data.byteLength)

async function written(name: string, volume: Volume): Promise<string> {
  await volume.write(file(name), { overwrite: true })
  return file(name)
}

test('a whole file, slabs of it and an odd window are read as by the reference', async () => {
  for (const dtype of ['int16', 'float32'] satisfies DType[]) {
    const path = await written(`${dtype}.nii`, noise(shape, dtype))
    for (const region of [
      undefined,
      { start: [0, 0, 50], shape: [211, 101, 55] },
      { start: [3, 1, 2], shape: [200, 99, 80] },
    ])
      for (const way of [
        { threads: 1 },
        { threads: 2, divisions: 5 },
        { split: 'blocks' as const, divisions: 6 },
      ]) {
        const options = region ? { region } : {}
        const wanted = await pipe(path).compute({ ...options, executor: 'reference' })
        const found = await pipe(path).compute({ ...options, ...way })
        assert.ok(bytesOf(found).equals(bytesOf(wanted)), `${dtype} ${JSON.stringify({ region, way })}`)
      }
  }
})

test('reversed voxels of volumes beyond the caches come out as by the reference', async () => {
  const large = [203, 160, 150]
  for (const dtype of ['uint8', 'int16', 'int32', 'uint64', 'float32'] satisfies DType[]) {
    const volume = noise(large, dtype)
    for (const axes of [[0], [0, 2]]) {
      const pipeline = pipe(volume, flip({ axes }))
      const canonical = () => Volume.create({ shape: large, dtype })
      const wanted = await pipeline.compute({ into: canonical(), executor: 'reference' })
      for (const threads of [1, 2]) {
        const found = await pipeline.compute({ into: canonical(), threads })
        assert.ok(bytesOf(found).equals(bytesOf(wanted)), `${dtype} ${axes} ${threads}`)
      }
    }
  }
})

test('other byte orders, orders of axes and views with gaps come out as by the reference', async () => {
  const voxels = 60 * 50 * 40
  const swapped = file('big.nii')
  writeFileSync(
    swapped,
    niftiFile({ bigEndian: true, shape: [60, 50, 40], datatype: 8, voxelBytes: 4 * voxels }),
  )
  const big = await pipe(swapped).compute({ executor: 'reference' })
  assert.ok(bytesOf(await pipe(swapped).compute()).equals(bytesOf(big)))
  const path = await written('axes.nii', noise([60, 50, 40], 'int16'))
  const wanted = await pipe(path).compute({ executor: 'reference' })
  for (const layout of ['LPI', 'RAS', 'SPL'] as const) {
    const volume = await Volume.read(path, { layout })
    assert.ok(await volume.equals(wanted), layout)
  }
  const around = Volume.create({ shape: [64, 54, 44], dtype: 'int16', affine: wanted.affine })
  const into = around.view({ start: [2, 2, 2], shape: [60, 50, 40] })
  await pipe(path).compute({ into })
  assert.ok(bytesOf(await into.copy()).equals(bytesOf(wanted)))
})

test('volumes, flipped ones and parts are written as by the reference', async () => {
  const volume = noise(shape, 'int16')
  const part = volume.view({ start: [0, 0, 7], shape: [211, 101, 90] })
  const window = volume.view({ start: [5, 6, 7], shape: [150, 90, 80] })
  for (const source of [volume, part, window, volume.flip([0]), volume.flip([2]), volume.permute([1, 0, 2])])
    for (const way of [{ threads: 1 }, { divisions: 7 }]) {
      await pipe(source).write(file('wanted.nii'), { executor: 'reference', overwrite: true })
      await pipe(source).write(file('found.nii'), { ...way, overwrite: true })
      assert.ok(
        readFileSync(file('found.nii')).equals(readFileSync(file('wanted.nii'))),
        `${source.strides} ${JSON.stringify(way)}`,
      )
    }
})

test('a file that is read whole takes the memory of its voxels, one that is written next to none', async () => {
  const volume = noise(shape, 'int16')
  const path = await written('sizes.nii', volume)
  const required = async (run: Promise<unknown>) => {
    const error = await run.then(
      () => undefined,
      (thrown: unknown) => thrown,
    )
    assert.ok(error instanceof VoxlineError && error.code === 'Memory')
    return Number(error.details.required)
  }
  const { process } = await pipe(volume).explain()
  const read = await required(pipe(path).compute({ memory: 1 }))
  assert.equal(read, volume.byteLength + process)
  const found = await pipe(path).compute({ memory: read })
  assert.ok(bytesOf(found).equals(bytesOf(volume)))
  const out = file('out.nii')
  assert.equal(await required(pipe(volume).write(out, { memory: 1 })), process)
  await pipe(volume).write(out, { memory: process })
  assert.ok(readFileSync(out).equals(readFileSync(path)))
})

test('a NaN of any kind comes out as one, read or written', async () => {
  const volume = noise([64, 50, 40], 'float32')
  const words = new Uint32Array(volume.data.buffer, volume.data.byteOffset, volume.size)
  for (let i = 0; i < words.length; i += 97) words[i] = 0xffc00000 + (i % 1000)
  volume.touch()
  const strange = file('strange.nii')
  writeFileSync(strange, niftiFile({ shape: [64, 50, 40], datatype: 16, voxelBytes: 4 * volume.size }))
  const descriptor = openSync(strange, 'r+')
  writeSync(descriptor, words, 0, words.byteLength, 352)
  closeSync(descriptor)
  const wanted = await pipe(strange).compute({ executor: 'reference' })
  assert.ok(bytesOf(await pipe(strange).compute()).equals(bytesOf(wanted)))
  const path = await written('nan.nii', volume)
  assert.ok(readFileSync(path).subarray(352).equals(bytesOf(wanted)))
})

test('progress goes up part by part', async () => {
  const volume = noise(shape, 'float32')
  const path = await written('progress.nii', volume)
  const seen: number[] = []
  await pipe(path).compute({ onProgress: ({ fraction }) => seen.push(fraction) })
  assert.deepEqual(
    seen,
    seen.toSorted((a, b) => a - b),
  )
  assert.equal(seen.at(-1), 1)
})

test.run()
